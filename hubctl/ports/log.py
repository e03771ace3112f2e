"""The port of the log, apart from the others: `hubctl status` reads the log and needs nothing else of the outside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from hubctl.core.vocabulary.values import Struct, field
from hubctl.errors import HubError

if TYPE_CHECKING:  # each of these costs milliseconds
    from hubctl.core.documents.plan import Plan
    from hubctl.core.intake.observations import Observation, RequestSeen
    from hubctl.core.ledger.event import Event
    from hubctl.core.ledger.state import HubState


class StaleHead(HubError):
    """Somebody else appended since this hub last looked: there are two writers."""


class Logged(Struct, frozen=True, kw_only=True):
    """An event with its place in the log; `seq` starts at 1 and has no gaps."""

    seq: int
    event: Event


class Heartbeat(Struct, frozen=True, kw_only=True):
    """The one row that says whether a hub runs: not an event. `started` is the process's own start mark."""

    pid: int
    started: str
    at: datetime


class Asking(Struct, frozen=True, kw_only=True):
    """A request of a CLI verb, as it is written down. `by` is who proved to have sent it."""

    verb: str
    by: str
    thread: str = ""
    text: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    content: Plan | None = None


class History(Protocol):
    """The state by the log, for the one that writes it."""

    @property
    def state(self) -> HubState:
        """As of the last event."""

    def catch_up(self) -> None:
        """With all that the log holds."""

    def append(self, events: Sequence[Event]) -> None:
        """To the log, and so to the state. Raises StaleHead where somebody else has written."""

    def about(self, seen: Observation) -> HubState:
        """The state with all that is settled which the observation may be about."""

    def keep(self) -> None:
        """So that the next one need not fold the whole log."""


class EventLog(Protocol):
    """The only truth about threads, and the requests that verbs leave for the hub."""

    def append(self, events: Sequence[Event], *, head: int) -> int:
        """Appends all or nothing and returns the new head; raises StaleHead unless `head` is the last seq."""

    def read(self, *, since: int = 0, kinds: Collection[str] = ()) -> Iterable[Logged]:
        """The events after `since`, in order; all kinds of them where none is named."""

    def ask(self, asking: Asking, *, at: datetime) -> int:
        """Writes a request down, durably, and returns its number."""

    def requests(self, *, after: int) -> tuple[RequestSeen, ...]:
        """The requests with a number above `after`, in order."""

    def beat(self, heartbeat: Heartbeat | None) -> None:
        """Writes the heartbeat; None takes it away."""

    def heartbeat(self) -> Heartbeat | None:
        """The last heartbeat, None after an orderly end."""
