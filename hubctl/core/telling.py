"""What people are told of findings: once an episode, again when `alerts.repeat` has passed, and when it is over.

Rule: what could not be delivered was not told, so each target has a memory of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from hubctl.core.health import Finding, Kind, tells_itself
from hubctl.core.policy import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One finding that was delivered: when last, and in which words."""

    at: datetime
    text: str


Memory = Mapping[str, Told]
"""By the finding's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be delivered now, and the memory that holds once it is."""

    due: tuple[Finding, ...]
    over: tuple[str, ...]
    memory: Memory

    @property
    def is_empty(self) -> bool:
        return not self.due and not self.over


def message(
    findings: Iterable[Finding],
    told: Memory,
    *,
    now: datetime,
    repeat: timedelta,
    quiet: bool,
    running: bool = False,
    complete: bool = True,
) -> Message:
    """`quiet` holds warnings back, and what is over; where the look was not `complete`, nothing counts as over.

    What a `running` hub tells itself is forgotten: neither new nor over. A clock that was put back repeats rather than
    keeps silent.
    """
    waits = quiet or not complete
    known = tuple(findings)
    others = {finding.key for finding in known if tells_itself(finding, running=running)}
    told = {key: one for key, one in told.items() if key not in others}
    found = {finding.key: finding for finding in known if finding.key not in others}
    due = tuple(one for one in found.values() if _is_due(one, told, now, repeat, quiet=quiet))
    ended = {key: known for key, known in told.items() if key not in found}
    kept = {key: known for key, known in told.items() if key in found or waits}
    fresh = {one.key: Told(at=now, text=one.text) for one in due if one.kind is not Kind.HUB_STARTED}
    over = () if waits else tuple(known.text for known in ended.values())
    return Message(due=due, over=over, memory={**kept, **fresh})


def _is_due(finding: Finding, told: Memory, now: datetime, repeat: timedelta, *, quiet: bool) -> bool:
    if quiet and finding.severity is Severity.WARNING:
        return False
    known = told.get(finding.key)
    return known is None or abs(now - known.at) >= repeat


def is_quiet(hours: tuple[time, time] | None, wall: time) -> bool:
    """Whether the clock on the wall stands within the quiet hours, which may pass midnight."""
    if hours is None:
        return False
    start, end = hours
    return start <= wall < end if start <= end else wall >= start or wall < end
