"""A person's order about one thread: written down, and followed until the hub has carried it out or refused it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hubctl import clock
from hubctl.cli.shared import open_log
from hubctl.core.intake.requests import refusal
from hubctl.core.ledger.state import HubState, fold
from hubctl.core.ledger.thread import Thread
from hubctl.errors import HubError
from hubctl.ports.log import Asking
from hubctl.project.place import Place, is_running
from hubctl.store.eventlog import SqliteEventLog

LOOK_SECONDS = 0.05


@dataclass(slots=True, kw_only=True)
class SentRequest:
    """A request and the log behind it. `number` is 0 until it is given."""

    place: Place
    log: SqliteEventLog
    state: HubState = field(default_factory=HubState)
    number: int = 0
    _seen: int = 0

    @classmethod
    def begin(cls, place: Place) -> "SentRequest":
        """Reads the log as it stands."""
        order = cls(place=place, log=open_log(place))
        order.read()
        return order

    def read(self) -> HubState:
        for logged in self.log.read(since=self._seen):
            self.state, self._seen = fold([logged.event], self.state), logged.seq
        return self.state

    def give(
        self, verb: str, thread: Thread, *, text: str = "", words: Mapping[str, str] | None = None
    ) -> None:
        """Writes it down. Raises HubError where the thread's state has no use for it already."""
        if why := refusal(thread, verb):
            raise HubError(f"Nothing was done: {why}.")
        asking = Asking(verb=verb, by="human", thread=thread.id, text=text, words=words or {})
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


def later(place: Place) -> str:
    """What is said of an order that is written down and not carried out."""
    if is_running(place):
        return "The hub has it and is not done with it yet: see `hubctl status`."
    return "No hub runs: it is carried out by the next `hubctl up`."
