"""Watches what workers make: their checkouts are looked at when a turn begins and ends, and now and then while it lasts.

Rules: one thread looks, never the one that decides. A look that takes long is repeated seldom, so that a huge checkout
takes a small share of a core. A look that failed tells nothing.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path

from hubctl.core.intake.checkout import CheckoutLook, Track, began, ended, rested, worked
from hubctl.core.intake.observations import Observation, WorkSeen
from hubctl.core.vocabulary.words import Work
from hubctl.errors import HubError

ROUND_SECONDS = 60.0
"""Between two looks while a turn runs: far less than `stalled` waits by any sensible rule."""
REST_SECONDS = 2.0
"""So long after a turn's end one more look finds what is written without a turn."""
SHARE = 0.02
"""Of one core, for the looks at one long turn."""
CLOSE_SECONDS = 2.0


@dataclass(slots=True, kw_only=True)
class _Watched:
    """`turns` are those told of and not dealt with: whether one began, and when. `due` is when to look besides."""

    worker: str
    path: Path
    turns: deque[tuple[bool, datetime]] = field(default_factory=deque)
    track: Track | None = None
    due: float = 0.0

    @property
    def at(self) -> float:
        return 0.0 if self.turns else self.due


class WorkWatcher:
    """Puts a WorkSeen whenever a worker has made something. `look` is the looks of a checkout; it raises HubError."""

    def __init__(
        self,
        *,
        put: Callable[[Observation], None],
        now: Callable[[], datetime],
        look: Callable[[Path], CheckoutLook],
        round_seconds: float = ROUND_SECONDS,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._put, self._now, self._look = put, now, look
        self._round_seconds, self._rest_seconds = round_seconds, rest_seconds
        self._wake = threading.Condition()
        self._watched: dict[str, _Watched] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="watch-work", daemon=True)

    def start(self) -> None:
        """Starts the watching thread."""
        self._thread.start()

    def close(self) -> None:
        """Nothing is put after this; a look under way is not waited for longer than a moment."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread.ident:
            self._thread.join(CLOSE_SECONDS)

    def watch(self, *, worker: str, path: Path) -> None:
        """How the checkout looks now is what all is compared with."""
        with self._wake:
            self._watched[worker] = _Watched(worker=worker, path=path)
            self._wake.notify()

    def forget(self, worker: str) -> None:
        """Nothing more is reported of this worker."""
        with self._wake:
            self._watched.pop(worker, None)

    def turned(self, worker: str, *, busy: bool, at: datetime) -> None:
        """A turn of the worker began or ended at this time; what is known already changes nothing."""
        with self._wake:
            watched = self._watched.get(worker)
            if watched is None:
                return
            known = watched.turns[-1][0] if watched.turns else bool(watched.track and watched.track.runs)
            if busy != known:
                watched.turns.append((busy, at))
                self._wake.notify()

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while watched := self._next():
            self._take(watched)

    def _next(self) -> _Watched | None:
        """Waits for the checkout that is to be looked at; None: no more."""
        with self._wake:
            while not self._closed:
                first = min(self._watched.values(), key=lambda one: one.at, default=None)
                pause = first.at - time.monotonic() if first else inf
                if first and pause <= 0:
                    return first
                self._wake.wait(None if pause == inf else pause)
        return None

    def _take(self, watched: _Watched) -> None:
        before, at = time.monotonic(), self._now()
        try:
            seen: CheckoutLook | None = self._look(watched.path)
        except HubError:
            seen = watched.track.last if watched.track else None
        cost = time.monotonic() - before
        with self._wake:
            made = self._learn(watched, seen, cost)
            if made and seen and not self._closed and self._watched.get(watched.worker) is watched:
                self._put(WorkSeen(at=at, worker=watched.worker, what=made, mark=seen.digest))

    def _learn(self, watched: _Watched, seen: CheckoutLook | None, cost: float) -> Work | None:
        track = watched.track
        if seen is None or track is None:
            watched.track = Track(last=seen) if seen else None
            watched.due = inf
            if seen is None:
                watched.turns.clear()
            return None
        watched.track, made = _next_track(track, watched.turns, seen)
        pause = self._rest_seconds if track.runs else inf
        if watched.track.runs:
            pause = max(self._round_seconds, cost / SHARE)
        watched.due = time.monotonic() + pause
        return made


def _next_track(
    track: Track, turns: deque[tuple[bool, datetime]], seen: CheckoutLook
) -> tuple[Track, Work | None]:
    if turns:
        busy, at = turns.popleft()
        return (began(track, seen, at), None) if busy else ended(track, seen)
    return worked(track, seen) if track.runs else (rested(track, seen), None)
