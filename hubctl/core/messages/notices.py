"""What a target is told, in words: a title, and for each alert what happened and its id.

Rule (law 7): a worker's words may stand in an alert. They are data for people, each alert on lines of its own.
"""

from enum import StrEnum

from hubctl.core.documents.policy import Severity
from hubctl.core.ledger.actions import Notify
from hubctl.core.ledger.alerts import ACKNOWLEDGED, RAISED, REPEATED, RESOLVED, Alert, alerts_of_order
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.text import escaped
from hubctl.core.vocabulary.values import Struct


class Gravity(StrEnum):
    """Of a whole notice: that of its gravest alert."""

    SILENT = "silent"
    """nothing is told: only the number of open alerts is shown anew"""
    OVER = "over"
    WARNING = "warning"
    CRITICAL = "critical"


class Notice(Struct, frozen=True, kw_only=True):
    """One message for one target. `open` is the number of open alerts at this moment."""

    title: str
    body: str
    gravity: Gravity
    open: int


def compose(state: HubState, order: Notify) -> Notice:
    """The notice that the order wants, as of the moment at which it was given."""
    told = alerts_of_order(state.alerts, order.alerts)
    return Notice(
        title=_title(told),
        body="\n".join(_lines(alert, as_what) for alert, as_what in told),
        gravity=_gravity(told),
        open=len(state.open_alerts),
    )


Told = tuple[tuple[Alert, str], ...]


def _title(told: Told) -> str:
    if len(told) != 1:
        return f"{len(told)} alerts"
    alert, as_what = told[0]
    about = f" of thread {alert.thread}" if alert.thread else ""
    return f"{_WORDS[as_what]}: {alert.kind}{about}"


_WORDS = {RAISED: "alert", REPEATED: "still open", ACKNOWLEDGED: "acknowledged", RESOLVED: "resolved"}


def _lines(alert: Alert, as_what: str) -> str:
    said = alert.severity if as_what == RAISED else _WORDS[as_what]
    return f"{said.upper()}: {escaped(alert.text)}\n    {alert.at:%Y-%m-%d %H:%M:%S} UTC, {alert.id}"


def _gravity(told: Told) -> Gravity:
    if not told:
        return Gravity.SILENT
    severities = {alert.severity for alert, as_what in told if as_what != RESOLVED}
    if not severities:
        return Gravity.OVER
    return Gravity.CRITICAL if Severity.CRITICAL in severities else Gravity.WARNING
