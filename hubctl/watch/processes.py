"""Watches the workers' processes: a death is the one sighting that no other source can contradict.

Rules: a pidfd is readable as soon as its process has ended, zombies too. Pids are used again, so the start time is
compared after the pidfd is open: from then on it can only mean that process. Without pidfds (macOS, or no descriptor
left) the processes are looked at once a second.
"""

import os
import selectors
import threading
from collections.abc import Callable, Iterable
from datetime import datetime

from hubctl.core.intake.observations import Observation, ProcessSeen
from hubctl.core.vocabulary.values import Struct

LOOK_SECONDS = 1.0
"""The pause between two looks at processes without a pidfd."""
ENDED = "the process has ended"


class _Watched(Struct, frozen=True, kw_only=True):
    worker: str
    pid: int
    start: str
    pidfd: int | None


class ProcessWatcher:
    """Puts ProcessSeen once when a process is watched (it lives, or has ended already), and once at its death.

    `alive(pid, start)` says whether the process that began at `start` still runs; a zombie does not.
    """

    def __init__(
        self,
        *,
        put: Callable[[Observation], None],
        now: Callable[[], datetime],
        alive: Callable[[int, str], bool],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._put, self._now, self._alive, self._look_seconds = put, now, alive, look_seconds
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._selector = selectors.DefaultSelector()
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._rope, False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="process-watch", daemon=True)

    def start(self) -> None:
        """Starts the watching thread."""
        self._thread.start()

    def close(self) -> None:
        """Ends it; nothing is put after this. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._ring()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            for worker in list(self._watched):
                self._drop(worker)
            self._selector.close()
            os.close(self._bell)
            os.close(self._rope)

    def watch(self, *, worker: str, pid: int, start: str) -> None:
        """`start` is field 22 of `/proc/<pid>/stat` as text; empty: not compared. A worker has one process."""
        with self._lock:
            self._drop(worker)
            watched = _Watched(worker=worker, pid=pid, start=start, pidfd=_pidfd(pid))
            self._watched[worker] = watched
            if watched.pidfd is not None:
                self._selector.register(watched.pidfd, selectors.EVENT_READ, watched)
            if self._alive(pid, start):
                self._put(ProcessSeen(at=self._now(), worker=worker, alive=True))
            else:
                self._report_end(worker)
            self._ring()

    def forget(self, worker: str) -> None:
        """Nothing more is reported of this worker."""
        with self._lock:
            self._drop(worker)

    def _drop(self, worker: str) -> None:
        watched = self._watched.pop(worker, None)
        if watched and watched.pidfd is not None:
            self._selector.unregister(watched.pidfd)
            os.close(watched.pidfd)

    def _report_end(self, worker: str) -> None:
        self._drop(worker)
        self._put(ProcessSeen(at=self._now(), worker=worker, alive=False, how=ENDED))

    def _run(self) -> None:
        while not self._closed:
            with self._lock:
                blind = any(watched.pidfd is None for watched in self._watched.values())
            ready = self._selector.select(self._look_seconds if blind else None)
            if any(key.fd == self._bell for key, _ in ready):
                os.read(self._bell, 4096)
            with self._lock:
                self._look([key.data for key, _ in ready if key.data])

    def _look(self, ended: Iterable[_Watched]) -> None:
        blind = [watched for watched in self._watched.values() if watched.pidfd is None]
        gone = [watched for watched in blind if not self._alive(watched.pid, watched.start)]
        for watched in [*ended, *gone]:
            # In the meantime the worker may have been forgotten, or have got another process.
            if self._watched.get(watched.worker) is watched:
                self._report_end(watched.worker)

    def _ring(self) -> None:
        try:
            os.write(self._rope, b".")
        except BlockingIOError:
            # The pipe is full of unheard rings: one more says nothing new.
            return


def _pidfd(pid: int) -> int | None:
    open_pidfd = getattr(os, "pidfd_open", None)
    if open_pidfd is None:
        return None
    try:
        return int(open_pidfd(pid))
    except (OSError, OverflowError, ValueError):
        return None
