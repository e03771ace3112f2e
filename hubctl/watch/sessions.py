"""Watches the session file of each worker: the first witness of busy, idle and waiting.

Rules: the file is written in place, so a reader may meet half of it and reads again; it stays behind when a worker is
killed, so whoever reads it (`look`) compares the process's start time. Only changes are reported. Where a shell stands
around the worker CLI the pane's own process has no file: another one is `find`'s to name, once.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hubctl.core.intake.observations import Observation, SessionSeen
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.watch.folders import ROUND_SECONDS, FolderWatch
from hubctl.watch.stamps import Stamps, stamp_of


class ReadSession(Protocol):
    """Reads a session file; None where it is torn, gone, or of another process than the one that began at `start`."""

    def __call__(self, path: Path, *, worker: str, start: str, at: datetime) -> SessionSeen | None: ...


Find = Callable[[], tuple[Path, int, str] | None]
"""The file of a process below the pane's own, its pid and the process's start time; None: there is none yet."""
Found = Callable[[str, int, str], None]
"""Told of the process that turned out to be a worker's: its pid and start time."""


class _Watched(Struct, frozen=True, kw_only=True):
    worker: str
    file: Path
    start: str
    find: Find | None = None


class SessionWatcher:
    """Puts a SessionSeen whenever a watched file says something new; `status` None when a file that was there is gone.

    A file that a killed worker left behind says nothing more: its death is the ProcessWatcher's news.
    """

    def __init__(
        self,
        *,
        put: Callable[[Observation], None],
        now: Callable[[], datetime],
        look: ReadSession,
        found: Found = lambda _worker, _pid, _start: None,
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        self._put, self._now, self._read, self._found = put, now, look, found
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._last: dict[str, SessionSeen] = {}
        self._stamps = Stamps(now=now)
        self._folders = FolderWatch(look=self._look, walk=self._walk, round_seconds=round_seconds)

    def start(self) -> None:
        """Starts the watching thread."""
        self._folders.start()

    def close(self) -> None:
        """Ends it; nothing is put after this."""
        self._folders.close()

    def watch(self, *, worker: str, file: Path, start: str, find: Find | None = None) -> None:
        """`file` is `<HOME>/.claude/sessions/<pid>.json`, which may not exist yet; `start` the process's start time.

        A worker has one file: an older one is forgotten. `find` is asked while `file` has said nothing.
        """
        with self._lock:
            self._drop(worker)
            self._add(_Watched(worker=worker, file=file, start=start, find=find))
        self._follow()

    def forget(self, worker: str) -> None:
        """Nothing more is reported of this worker."""
        with self._lock:
            self._drop(worker)
        self._follow()

    def _follow(self) -> None:
        with self._lock:
            folders = {watched.file.parent for watched in self._watched.values()}
        self._folders.follow(folders)

    def _add(self, watched: _Watched) -> None:
        self._stamps.forget(str(watched.file))
        self._watched[str(watched.file)] = watched

    def _drop(self, worker: str) -> None:
        for path in [path for path, watched in self._watched.items() if watched.worker == worker]:
            del self._watched[path]
            self._last.pop(path, None)

    def _walk(self) -> None:
        with self._lock:
            self._find()
            paths = list(self._watched)
        for path in paths:
            with self._lock:
                if self._stamps.changed(path):
                    self._look_at(path)

    def _look(self, path: str) -> bool:
        """False: the file is there and cannot be read yet."""
        with self._lock:
            if path not in self._watched:
                self._find()
            return path not in self._watched or (
                self._stamps.changed(path, told=True) and self._look_at(path)
            )

    def _look_at(self, path: str) -> bool:
        watched = self._watched.get(path)
        if watched is None:
            return True
        seen = self._read(watched.file, worker=watched.worker, start=watched.start, at=self._now())
        if seen is None and stamp_of(path):
            self._stamps.forget(path)
            return False
        self._report(path, seen)
        return True

    def _find(self) -> None:
        """Whose own process has no file may have one below it."""
        for path, watched in list(self._watched.items()):
            if watched.find is None or path in self._last or stamp_of(path):
                continue
            if found := watched.find():
                file, pid, start = found
                del self._watched[path]
                self._add(_Watched(worker=watched.worker, file=file, start=start))
                self._found(watched.worker, pid, start)

    def _report(self, path: str, seen: SessionSeen | None) -> None:
        last = self._last.get(path)
        if seen is None:
            # A file that never was has nothing to say; one that went is news, once.
            if last is None or last.status is None:
                return
            seen = replace(last, at=self._now(), status=None, waiting_for=None, updated_at=None)
        if last is None or replace(last, at=seen.at) != seen:
            self._last[path] = seen
            self._put(seen)
