"""The slow list of panes: the safety net for deaths, and the screens of workers that no file speaks for.

`EdgeWatcher` is the better way to look; this one needs no standing connection, and serves where there is none.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.core.intake.observations import ProcessSeen, ScreenSeen
from hubctl.core.ledger.thread import Worker
from hubctl.errors import HubError
from hubctl.ports.worker import Pane, Put, Runtime

ROUND_SECONDS = 2.0
NO_FILE_SECONDS = 5.0
"""A session file comes 0.6-0.9 s after the start; none after this long means: look at the screen
(docs/facts/claude-code.md#versions-and-start)."""


class PaneWatcher:
    """Puts ProcessSeen for a pane that is dead or gone, and ScreenSeen where the screen is all there is."""

    def __init__(
        self, *, runtime: Runtime, put: Put, now: Callable[[], datetime], needs_screen: Callable[[str], bool]
    ) -> None:
        self._runtime, self._put, self._now, self._needs_screen = runtime, put, now, needs_screen
        self._watched: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch-panes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.ident:
            self._thread.join()

    def watch(self, worker: Worker) -> None:
        with self._lock:
            self._watched[worker.id] = self._now()

    def forget(self, worker: str) -> None:
        with self._lock:
            self._watched.pop(worker, None)

    def _run(self) -> None:
        while not self._stop.wait(ROUND_SECONDS):
            self.look()

    def look(self) -> None:
        """One round. A list that failed says nothing: unknown is not gone."""
        with self._lock:
            watched = dict(self._watched)
        if not watched:
            return
        try:
            panes = {pane.tags.get("worker", ""): pane for pane in self._runtime.panes()}
        except HubError:
            return
        for worker, since in watched.items():
            self._report(worker, panes.get(worker), since)

    def _report(self, worker: str, pane: Pane | None, since: datetime) -> None:
        now = self._now()
        if pane is None or pane.dead:
            self._put(end_seen(worker, pane, now))
        elif self._needs_screen(worker) and lacks_file(since, now):
            self._look_at(worker, pane)

    def _look_at(self, worker: str, pane: Pane) -> None:
        try:
            text = self._runtime.capture(pane.id)
        except HubError:
            return
        self._put(screen_seen(worker, text, self._now(), title=pane.title))


def lacks_file(since: datetime, now: datetime) -> bool:
    """A worker followed since then would have written its session file by now."""
    return (now - since).total_seconds() >= NO_FILE_SECONDS


def screen_seen(worker: str, text: str, at: datetime, *, title: str = "") -> ScreenSeen:
    screen = parse_screen(text, title=title)
    return ScreenSeen(
        at=at,
        worker=worker,
        view=screen.view.value,
        start=screen.start or "",
        draft=screen.draft,
        text=text,
        background=screen.background,
    )


def end_seen(worker: str, pane: Pane | None, at: datetime) -> ProcessSeen:
    """`pane` is dead, or None: gone."""
    return ProcessSeen(at=at, worker=worker, alive=False, how=_how(pane))


def _how(pane: Pane | None) -> str:
    if pane is None:
        return "its pane is gone"
    if pane.signal:
        return f"signal {pane.signal}"
    return "the process has ended" if pane.status is None else f"exit {pane.status}"
