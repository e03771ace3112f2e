"""A report of `hubctl check`, as monitoring reads it: a summary line with performance data, then a line a finding."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from hubctl.core.documents.policy import Severity
from hubctl.core.reports.health import Finding, Kind, Level, level, tells_itself
from hubctl.core.vocabulary.values import Struct, field

UNITS = {"heartbeat_age": "s"}


class Report(Struct, frozen=True, kw_only=True):
    """`reason` says why nothing could be told; it is empty where something could."""

    findings: tuple[Finding, ...] = ()
    performance: Mapping[str, int | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reason: str = ""

    @property
    def level(self) -> Level:
        return Level.UNKNOWN if self.reason else level(self.findings)


def report_lines(report: Report) -> list[str]:
    """The first line is the summary. Nothing but the one bar of the convention stands before the numbers."""
    numbers = " ".join(f"{name}={_number(name, value)}" for name, value in report.performance.items())
    first = f"HUBCTL {report.level.name} - {_plain(_summary(report))}"
    lines = [f"{first} | {numbers}" if numbers else first]
    lines += [f"{one.severity.upper()} {one.kind}: {_plain(one.text)}" for one in report.findings]
    return lines + [_plain(note) for note in report.notes]


def report_document(report: Report) -> dict[str, Any]:
    """The same for `--json`."""
    return {
        "status": report.level.name.lower(),
        "code": int(report.level),
        "reason": report.reason or None,
        "findings": [
            {"kind": one.kind.value, "severity": one.severity.value, "thread": one.thread, "text": one.text}
            for one in report.findings
        ],
        "performance": dict(report.performance),
        "notes": list(report.notes),
    }


def _summary(report: Report) -> str:
    if report.reason:
        return report.reason
    if not report.findings:
        return "nothing is late, and nobody is missing"
    critical = sum(one.severity is Severity.CRITICAL for one in report.findings)
    warnings = len(report.findings) - critical
    counts = [f"{critical} critical"] if critical else []
    counts += [f"{warnings} warning{'s' if warnings > 1 else ''}"] if warnings else []
    return f"{', '.join(counts)}: {report.findings[0].text}"


def _number(name: str, value: int | None) -> str:
    return "U" if value is None else f"{value}{UNITS.get(name, '')}"


def _plain(text: str) -> str:
    """One line without the bar that begins the numbers."""
    return " ".join(text.replace("|", "/").split())


class Told(Struct, frozen=True, kw_only=True):
    """One finding that was delivered: when last, and in which words."""

    at: datetime
    text: str


Memory = Mapping[str, Told]
"""By the finding's key."""


class CheckMessage(Struct, frozen=True, kw_only=True):
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
) -> CheckMessage:
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
    return CheckMessage(due=due, over=over, memory={**kept, **fresh})


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
