"""The facts about alerts: raised, seen, taken back, and told to their targets."""

from dataclasses import dataclass, field

from hubctl.core.event import Event

# --- alerts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    """A rule says out loud that a ball was dropped. `alert` is its id."""

    alert: str
    kind: str
    severity: str
    because: str
    episode: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertResolved(Event):
    """The facts took the alert back."""

    alert: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged(Event):
    """A person has seen the alert: it is not repeated. `by` is who said so."""

    alert: str
    by: str


# --- the outbox of alerts -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsChanged(Event):
    """Where alerts are delivered to from now on, by labels without secrets."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChanged(Event):
    """The hub's wall clock is this many seconds ahead of UTC: quiet hours go by it."""

    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent(Event):
    """A target took a notice: `told` has its alerts with the state in which they were told."""

    target: str
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFailed(Event):
    """A target did not take a notice; it is tried again with all that it has not heard."""

    target: str
    why: str
