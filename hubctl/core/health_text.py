"""A report of `hubctl check`, as monitoring reads it: a summary line with performance data, then a line a finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.core.health import Finding, Level, level
from hubctl.core.policy import Severity

UNITS = {"heartbeat_age": "s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
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
