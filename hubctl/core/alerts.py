"""An alert from its raising to its end, folded from the log.

Rule: `number` is its place among all alerts, oldest first; it never changes, so an order may name alerts by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hubctl.core.events import AlertAcknowledged, AlertRaised, AlertResolved
from hubctl.core.words import ThreadId

RAISED, ACKNOWLEDGED, RESOLVED = "raised", "acknowledged", "resolved"
Alerts = Mapping[str, "Alert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Raised once an episode; `state` is `raised`, `acknowledged` or `resolved`, since `changed`."""

    id: str
    number: int
    kind: str
    thread: ThreadId | None
    severity: str
    since: datetime
    because: str
    episode: str
    text: str
    changed: datetime
    state: str = RAISED


def changed(alerts: Alerts, event: AlertRaised | AlertAcknowledged | AlertResolved) -> Alerts | None:
    """The alerts after the event; None where there is no such alert. What is resolved stays resolved."""
    known = alerts.get(event.alert)
    if isinstance(event, AlertRaised):
        return {**alerts, event.alert: _raised(event, known.number if known else len(alerts) + 1)}
    if known is None:
        return None
    state = RESOLVED if isinstance(event, AlertResolved) else ACKNOWLEDGED
    if known.state in (state, RESOLVED):
        return alerts
    return {**alerts, event.alert: replace(known, state=state, changed=event.at)}


def _raised(event: AlertRaised, number: int) -> Alert:
    return Alert(
        id=event.alert,
        number=number,
        kind=event.kind,
        thread=event.thread,
        severity=event.severity,
        since=event.at,
        because=event.because,
        episode=event.episode,
        text=event.text,
        changed=event.at,
    )


def told_alerts(alerts: Alerts, words: str) -> tuple[tuple[Alert, str], ...]:
    """What an order of `NUMBER:STATE` words tells; a number that no alert has is left out."""
    pairs = (word.partition(":") for word in words.split())
    numbered = {str(alert.number): alert for alert in alerts.values()}
    return tuple((numbered[number], state) for number, _, state in pairs if number in numbered)
