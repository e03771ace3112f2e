"""Watches what contained workers use: memory and processes often while they work, their files on disk now and then.

Rules: one thread looks, never the one that decides. A worker at rest, far from its limits, is looked at seldom. Its files are
walked over when a turn has ended and each minute, but seldom where that takes long. Being over a limit is told for as long as
it is so.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path

from hubctl.core.intake.observations import ExcessSeen, Observation
from hubctl.core.vocabulary.limits import CellLimits, CellUse, excess, is_near
from hubctl.core.vocabulary.values import replace

LOOK_SECONDS, REST_SECONDS = 1.0, 10.0
"""Between two looks at a worker that works or is near a limit, and at one that rests."""
WALK_SECONDS = 60.0
SHARE = 0.01
"""Of one core, for the walks over one worker's files."""
LONGEST_WALK_SECONDS = 5.0
CLOSE_SECONDS = 2.0


@dataclass(slots=True, kw_only=True)
class _Watched:
    """`due` and `walk_due` are when to look and to walk next, `walk_least` when to walk at the soonest, by the steady clock."""

    worker: str
    pid: int
    folders: Sequence[Path]
    busy: bool = True
    use: CellUse = field(default_factory=CellUse)
    due: float = 0.0
    walk_due: float = 0.0
    walk_least: float = 0.0


class LimitWatcher:
    """Puts an ExcessSeen while a worker's cell uses more than it may.

    `use(worker, pid)` says what the cell below that process uses of memory and processes, `disk(folders, seconds=...)` what
    folders take on disk, as far as it comes in that time.
    """

    def __init__(
        self,
        *,
        put: Callable[[Observation], None],
        now: Callable[[], datetime],
        limits: CellLimits,
        use: Callable[[str, int], CellUse],
        disk: Callable[..., int],
        look_seconds: float = LOOK_SECONDS,
        rest_seconds: float = REST_SECONDS,
        walk_seconds: float = WALK_SECONDS,
    ) -> None:
        self._put, self._now, self._limits, self._use, self._disk = put, now, limits, use, disk
        self._look_seconds, self._rest_seconds, self._walk_seconds = look_seconds, rest_seconds, walk_seconds
        self._wake = threading.Condition()
        self._watched: dict[str, _Watched] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="watch-limits", daemon=True)

    def start(self) -> None:
        """Starts the watching thread."""
        self._thread.start()

    def close(self) -> None:
        """Nothing is put after this; a walk under way is not waited for longer than a moment."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread.ident:
            self._thread.join(CLOSE_SECONDS)

    def watch(self, *, worker: str, pid: int, folders: Sequence[Path]) -> None:
        """`pid` is the outermost process of its cell."""
        with self._wake:
            self._watched[worker] = _Watched(worker=worker, pid=pid, folders=folders)
            self._wake.notify()

    def forget(self, worker: str) -> None:
        """One last look: the kernel may have ended it, and says so until its cgroup is gone."""
        with self._wake:
            watched = self._watched.pop(worker, None)
        if watched:
            self._tell(watched, self._use(worker, watched.pid))

    def turned(self, worker: str, *, busy: bool) -> None:
        """A turn of the worker began or ended."""
        with self._wake:
            watched = self._watched.get(worker)
            if watched and busy != watched.busy:
                watched.busy, watched.due = busy, 0.0
                if not busy:
                    watched.walk_due = watched.walk_least
                self._wake.notify()

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while watched := self._next():
            self._look(watched)
            if time.monotonic() >= watched.walk_due:
                self._walk(watched)
            with self._wake:
                if not self._closed and self._watched.get(watched.worker) is watched:
                    self._tell(watched, watched.use)

    def _next(self) -> _Watched | None:
        """Waits for the worker that is to be looked at; None: no more."""
        with self._wake:
            while not self._closed:
                first = min(self._watched.values(), key=lambda one: one.due, default=None)
                pause = first.due - time.monotonic() if first else inf
                if first and pause <= 0:
                    return first
                self._wake.wait(None if pause == inf else pause)
        return None

    def _look(self, watched: _Watched) -> None:
        watched.use = replace(self._use(watched.worker, watched.pid), disk=watched.use.disk)
        often = watched.busy or is_near(self._limits, watched.use)
        watched.due = time.monotonic() + (self._look_seconds if often else self._rest_seconds)

    def _walk(self, watched: _Watched) -> None:
        began = time.monotonic()
        watched.use = replace(watched.use, disk=self._disk(watched.folders, seconds=LONGEST_WALK_SECONDS))
        ended = time.monotonic()
        watched.walk_least = ended + (ended - began) / SHARE
        watched.walk_due = max(watched.walk_least, ended + self._walk_seconds)

    def _tell(self, watched: _Watched, use: CellUse) -> None:
        if over := excess(self._limits, use):
            self._put(ExcessSeen(at=self._now(), worker=watched.worker, excess=over))
