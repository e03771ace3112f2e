"""A person at a worker's pane: types into it by tmux, and tells what the hub believed meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, TypeVar

from hubctl.core.ledger.event import Event
from hubctl.core.ledger.fold import apply
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread, Worker
from hubctl.core.ledger.worker_events import PromptTaken, ViewChanged
from hubctl.ports.log import Logged
from hubctl.store.eventlog import SqliteEventLog
from support.live.project import SECONDS, Project
from support.waiting import wait_until

Kind = TypeVar("Kind", bound=Event)


@dataclass(slots=True, kw_only=True)
class Person:
    """At the pane of thread 1. What the hub knows is read from its log: a process for each look would cost minutes."""

    project: Project
    place: Any = None
    since: int = 0
    """the sequence number from which on a test looks"""
    _seen: list[Logged] = field(default_factory=list)

    # --- what the hub knows ---------------------------------------------------------------------------------------

    def log(self) -> list[Logged]:
        self.place = self.place or self.project.json("init")
        log = SqliteEventLog(Path(self.place["state"]) / "hub.db")
        self._seen += log.read(since=self._seen[-1].seq if self._seen else 0)
        log.close()
        return self._seen

    def events(self, kind: type[Kind]) -> list[Kind]:
        """Since the test looks."""
        new = (logged.event for logged in self.log() if logged.seq > self.since)
        return [event for event in new if isinstance(event, kind)]

    def heard(self) -> list[tuple[str, bool]]:
        """The prompts that the hub did not send: the text, and whether a person typed it."""
        return [(event.text, event.by_person) for event in self.events(PromptTaken)]

    def _threads(self) -> list[tuple[int, Thread]]:
        """The thread after each event; a prompt that was heard changes the view too."""
        states = accumulate((logged.event for logged in self.log()), apply, initial=HubState())
        pairs = zip((0, *(logged.seq for logged in self._seen)), states, strict=True)
        return [(seq, thread) for seq, state in pairs for thread in state.everyone]

    @property
    def thread(self) -> Thread:
        return self._threads()[-1][1]

    @property
    def worker(self) -> Worker:
        worker = self.thread.worker
        assert worker
        return worker

    def views(self) -> list[str]:
        """What was believed since the test looks, each change once; not what was believed before."""
        found = [thread.view.value for seq, thread in self._threads() if seq >= self.since]
        return [view for view, _ in groupby(found)][1:]

    def until(self, *views: str) -> None:
        wait_until(lambda: tuple(self.views()[-len(views) :]) == views, SECONDS, f"believed {views}")

    @contextmanager
    def watching(self, *views: str, maybe: str = "") -> Iterator[None]:
        """From here on the hub believes exactly these, one after the other; `status` shows the last.

        `maybe` is one that a fast machine passes over, and a busy one may show in between.
        """
        self.since = self.log()[-1].seq
        yield
        self.until(views[-1])
        believed = tuple(view for view, _ in groupby(view for view in self.views() if view != maybe))
        assert believed == views, f"{believed} by {self.events(ViewChanged)}"
        assert self.status()["worker"]["view"] == views[-1]

    def status(self) -> Any:
        return self.project.json("status")["threads"][0]

    # --- what a person does -----------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        self.project.tmux("send-keys", "-t", self.worker.pane, key)

    def type(self, text: str) -> None:
        """A paste, and Enter as soon as it stands in the composer."""
        self.project.tmux("set-buffer", text, ";", "paste-buffer", "-p", "-d", "-t", self.worker.pane)
        words = text.partition("\n")[0][:60]
        wait_until(lambda: words in self.screen().rpartition("❯")[2], SECONDS, f"`{words}` in the composer")
        self.press("Enter")

    def screen(self) -> str:
        return self.project.tmux("capture-pane", "-p", "-t", self.worker.pane)

    def sees(self, words: str) -> None:
        wait_until(lambda: words in self.screen(), SECONDS, f"`{words}` on the screen")
