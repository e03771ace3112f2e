"""A person's request to the hub: written down, and followed until the hub has carried it out or refused it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hubctl import clock
from hubctl.cli.shared import SHOWN, bare, find_thread, open_log, person
from hubctl.core.intake.requests import refusal
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.errors import HubError
from hubctl.ports.log import Asking
from hubctl.project.place import is_running
from hubctl.store.history import SqliteHistory

LOOK_SECONDS = 0.05


class SentRequest(SqliteHistory):
    """A request of this verb and the log behind it. `number` is 0 until it is written down."""

    def __init__(self, verb: str, repo: Path) -> None:
        """Raises HubError in a worker's pane."""
        self.verb = verb
        self.place = person(verb, repo)
        self.number = 0
        super().__init__(open_log(self.place))
        self.read()

    def find(self, name: str) -> Thread:
        """The thread of this number. Raises UsageError where there is none."""
        return find_thread(self.shown(bare(name), last=SHOWN), name)

    def give(self, thread: Thread, *, text: str = "", words: Mapping[str, str] | None = None) -> None:
        """Writes it down. Raises HubError where the thread's state has no use for it already."""
        if why := refusal(thread, self.verb):
            raise HubError(f"Nothing was done: {why}.")
        self.write(thread.id, text=text, words=words)

    def write(self, thread: str = "", *, text: str = "", words: Mapping[str, str] | None = None) -> None:
        asking = Asking(verb=self.verb, by="human", thread=thread, text=text, words=words or {})
        self.number = self.log.ask(asking, at=clock.now())

    def follow(self, open: Callable[[HubState, int], bool], *, seconds: float) -> bool:
        """Until it is taken and no longer `open`; False when no hub runs, or not within `seconds`.

        Raises HubError with the reason where the hub refused it.
        """
        state = self.await_end(self.number, open, seconds=seconds)
        if why := state.refusals.get(self.number):
            raise HubError(f"Nothing was done: {why}.")
        return state.requests >= self.number and not open(state, self.number)

    def await_end(self, number: int, open: Callable[[HubState, int], bool], *, seconds: float) -> HubState:
        """The state once this request is refused, or taken and no longer `open`; or when no hub runs any more."""

        def is_over(state: HubState) -> bool:
            taken = state.requests >= number and not open(state, number)
            return taken or number in state.refusals or not is_running(self.place)

        return clock.wait_until(self.read, is_over, seconds=seconds, every=LOOK_SECONDS)

    def later(self) -> str:
        """What is said of a request that is written down and not carried out."""
        if is_running(self.place):
            return "The hub has it and is not done with it yet: see `hubctl status`."
        return "No hub runs: it is carried out by the next `hubctl up`."
