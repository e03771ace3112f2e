"""Watches the workers' panes by their edges: a title that turns, an end; and by a slow list for what makes no edge.

Rules:
- The title only says busy, or "look": the screen, read a moment later, tells idle from a dialog. It is read only for
  workers that have no better witness, not under a title that says busy (which is believed before any screen), and only
  when something was printed since the last look.
- Each turn of a title is told, also beside a better witness: what they say is compared.
- The list is the safety net: it finds what the edges lost. A list that failed says nothing: unknown is not gone.
- Without a connection the panes are listed by calls of tmux, more often and at a higher price.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from math import inf
from queue import Empty, SimpleQueue
from typing import Protocol

from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.core.intake.observations import ProcessSeen, ScreenSeen, TitleSeen
from hubctl.core.ledger.thread import Worker
from hubctl.core.vocabulary.words import View
from hubctl.errors import HubError
from hubctl.ports.worker import Pane, Put, Runtime, RuntimeUnavailable

LIST_SECONDS, WITHOUT_SECONDS = 5.0, 2.0
"""Between two lists, with a connection and without."""
NO_FILE_SECONDS = 5.0
"""A session file comes 0.6-0.9 s after the start; none after this long means: look at the screen
(docs/facts/claude-code.md#versions-and-start)."""
SOON_SECONDS = 0.05
"""A window is tagged by its maker just after it is announced; and several changes make one list."""
SETTLE_SECONDS = 0.02
"""The title comes 2-11 ms before the screen is drawn (docs/facts/claude-code.md#screens)."""
LOOKS = 6
"""A screen that still says busy under a title at rest is read again after 20, 40, ... 640 ms."""
AGAIN_SECONDS = 1.0
"""A new worker that has no file yet is asked about again."""
_WORKING = ("busy", "retrying", "unknown")


class Edges(Protocol):
    """A standing connection to the workers' terminals, which tells a change the moment it happens.

    `panes` and `capture` raise RuntimeUnavailable while there is no connection; it is made anew by itself.
    """

    def start(self, told: Callable[[str, View], None]) -> None:
        """`told` gets a pane's id and BUSY, UNKNOWN (its title rests) or GONE; an empty id: list again, as when the
        connection came or went. It is called on the connection's thread, and must return at once."""

    def close(self) -> None:
        """Ends the connection and its process."""

    def panes(self) -> tuple[Pane, ...]:
        """All panes of the server."""

    def capture(self, pane: str) -> str:
        """The screen with its attributes."""


@dataclass(slots=True, kw_only=True)
class _Watched:
    """What was put of a worker last. Times are `time.monotonic`, but for `since` and `printed`."""

    worker: str
    since: datetime
    due: float
    """when its screen is to be read"""
    busy: bool = False
    turned: bool = False
    """its title has said busy"""
    text: str | None = None
    """its screen; None: not read since the title turned"""
    view: str = ""
    printed: int = 0
    """seconds since 1970 of the last look"""
    looks: int = 0


class EdgeWatcher:
    """Puts TitleSeen, ScreenSeen and, for a pane that is dead or gone, ProcessSeen.

    `needs_screen(worker)` says that nothing better speaks for the worker.
    """

    def __init__(
        self,
        *,
        edges: Edges,
        runtime: Runtime,
        put: Put,
        now: Callable[[], datetime],
        needs_screen: Callable[[str], bool],
        list_seconds: float = LIST_SECONDS,
    ) -> None:
        self._edges, self._runtime, self._put, self._now = edges, runtime, put, now
        self._needs_screen, self._list_seconds = needs_screen, list_seconds
        self._lock = threading.Lock()
        self._told: SimpleQueue[tuple[str, View] | float] = SimpleQueue()
        """edges; and in how many seconds to list at the latest"""
        self._watched: Mapping[str, _Watched] = {}
        """another mapping after each change"""
        self._list_at = inf
        self._connecting = self._closed = False
        self._panes: dict[str, _Watched] = {}
        """by pane, of the last list; this, and what a `_Watched` remembers, is the thread's own"""
        self._dues: list[tuple[float, str]] = []
        """a heap of when to look at which pane; another time than its `due` counts no more"""
        self._thread = threading.Thread(target=self._run, name="watch-edges", daemon=True)

    def start(self) -> None:
        """The connection is made when the first worker is watched: before it there may be no server."""
        self._thread.start()

    def close(self) -> None:
        """Ends the connection and the thread; nothing is put after it."""
        with self._lock:
            self._closed = True
        self._told.put(0.0)
        self._edges.close()  # first: whoever waits for an answer is let go
        if self._thread.ident:
            self._thread.join()

    def watch(self, worker: Worker) -> None:
        """Reported first: what its pane tells now."""
        new = _Watched(worker=worker.id, since=self._now(), due=time.monotonic() + NO_FILE_SECONDS)
        with self._lock:
            self._watched = {**self._watched, worker.id: new}
        self._told.put(0.0)

    def forget(self, worker: str) -> None:
        """Nothing more is reported of this worker."""
        with self._lock:
            self._watched = {name: one for name, one in self._watched.items() if name != worker}
        self._told.put(SOON_SECONDS)  # tmux may not know yet that its process has ended: a list makes it look

    def _heard(self, pane: str, view: View) -> None:
        self._told.put((pane, view) if pane else SOON_SECONDS)

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            told = self._wait()
            if self._closed:
                return
            known, listing = self._watched, self._list_at <= time.monotonic()
            # A list tells how a pane ended.
            if self._take(told, known) or listing:
                self._list(known)
            self._look_where_due(known)

    def _wait(self) -> list[tuple[str, View]]:
        """The edges that came, as soon as there are any or something is due."""
        next_due = min([self._list_at, *(due for due, _ in self._dues[:1])])
        pause = None if next_due == inf else max(0.0, next_due - time.monotonic())
        edges: list[tuple[str, View]] = []
        with suppress(Empty):
            one = self._told.get(timeout=pause)
            while True:
                if isinstance(one, tuple):
                    edges.append(one)
                else:
                    self._list_at = min(self._list_at, time.monotonic() + one)
                one = self._told.get_nowait()
        return edges

    def _take(self, told: Iterable[tuple[str, View]], known: Mapping[str, _Watched]) -> bool:
        """The edges of watched panes; True where one has ended."""
        ended = False
        for pane, view in told:
            watched = self._panes.get(pane)
            if watched is None or known.get(watched.worker) is not watched:
                continue
            if view is View.GONE:
                ended = True
            else:
                self._title(watched, busy=view is View.BUSY)
                watched.looks, watched.text = 0, None
                self._look_later(pane, watched, inf if watched.busy else time.monotonic() + SETTLE_SECONDS)
        return ended

    def _title(self, watched: _Watched, *, busy: bool) -> None:
        if busy != watched.busy:
            watched.busy, watched.turned, watched.text = busy, True, None
            self._put(TitleSeen(at=self._now(), worker=watched.worker, busy=busy))

    # --- the list -------------------------------------------------------------------------------------------------

    def _list(self, known: Mapping[str, _Watched]) -> None:
        self._connect()
        seconds = self._list_seconds
        try:
            panes = {pane.tags.get("worker", ""): pane for pane in self._edges.panes()}
        except RuntimeUnavailable:
            seconds = WITHOUT_SECONDS
            self._look_without(known)
        else:
            self._panes = {pane.id: known[worker] for worker, pane in panes.items() if worker in known}
            for worker, watched in known.items():
                self._report(watched, panes.get(worker))
            self._dues = [(watched.due, pane) for pane, watched in self._panes.items() if watched.due < inf]
            heapify(self._dues)
        self._list_at = time.monotonic() + seconds

    def _connect(self) -> None:
        with self._lock:
            if self._connecting or self._closed:
                return
            self._connecting = True
        self._edges.start(self._heard)

    def _look_without(self, known: Mapping[str, _Watched]) -> None:
        """No connection: nobody would say that a title turned, so what they said last is worth nothing."""
        self._panes, self._dues = {}, []
        for watched in known.values():
            self._title(watched, busy=False)
        with suppress(HubError):
            panes = {pane.tags.get("worker", ""): pane for pane in self._runtime.panes()}
            for watched in () if self._closed else known.values():
                self._report_without(watched, panes.get(watched.worker))

    def _report_without(self, watched: _Watched, pane: Pane | None) -> None:
        now = self._now()
        if pane is None or pane.dead:
            self._put(_end_seen(watched.worker, pane, now))
        elif self._needs_screen(watched.worker) and _lacks_file(watched.since, now):
            with suppress(HubError):
                text = self._runtime.capture(pane.id)
                self._put(_screen_seen(watched.worker, text, self._now(), title=pane.title))

    def _report(self, watched: _Watched, pane: Pane | None) -> None:
        now = self._now()
        if pane is None or pane.dead:
            self._put(_end_seen(watched.worker, pane, now))
            return
        self._title(watched, busy=pane.busy)
        # `printed` has whole seconds: the second of the last look may have had more to show.
        if watched.text is None or pane.printed >= watched.printed:
            watched.due = min(watched.due, time.monotonic())

    # --- screens --------------------------------------------------------------------------------------------------

    def _look_where_due(self, known: Mapping[str, _Watched]) -> None:
        while self._dues and self._dues[0][0] <= time.monotonic():
            due, pane = heappop(self._dues)
            watched = self._panes.get(pane)
            if watched and watched.due == due and known.get(watched.worker) is watched:
                self._look_later(pane, watched, self._look(pane, watched))

    def _look_later(self, pane: str, watched: _Watched, due: float) -> None:
        watched.due = due
        if due < inf:
            heappush(self._dues, (due, pane))

    def _look(self, pane: str, watched: _Watched) -> float:
        """Reads the screen where nothing better speaks; when to read it again."""
        if watched.busy or not self._needs_screen(watched.worker):
            return inf
        at = self._now()
        if not (watched.turned or _lacks_file(watched.since, at)):
            return time.monotonic() + AGAIN_SECONDS
        try:
            text = self._edges.capture(pane)
        except HubError:
            return inf
        watched.printed = int(at.timestamp())
        if text != watched.text:
            seen = _screen_seen(watched.worker, text, self._now())
            watched.text, watched.view = text, seen.view
            self._put(seen)
        if watched.view not in _WORKING or watched.looks == LOOKS:
            return inf
        watched.looks += 1
        return time.monotonic() + SETTLE_SECONDS * float(2 ** (watched.looks - 1))


def _lacks_file(since: datetime, now: datetime) -> bool:
    """A worker followed since then would have written its session file by now."""
    return (now - since).total_seconds() >= NO_FILE_SECONDS


def _screen_seen(worker: str, text: str, at: datetime, *, title: str = "") -> ScreenSeen:
    screen = parse_screen(text, title=title)
    return ScreenSeen(
        at=at,
        worker=worker,
        view=screen.view.value,
        start=screen.start or "",
        text=text,
        background=screen.background,
    )


def _end_seen(worker: str, pane: Pane | None, at: datetime) -> ProcessSeen:
    """`pane` is dead, or None: gone."""
    return ProcessSeen(at=at, worker=worker, alive=False, how=_how(pane))


def _how(pane: Pane | None) -> str:
    if pane is None:
        return "its pane is gone"
    if pane.signal:
        return f"signal {pane.signal}"
    return "the process has ended" if pane.status is None else f"exit {pane.status}"
