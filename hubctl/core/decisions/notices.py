"""What each target is to be told now: one notice at a time, oldest first, until it got through.

Rules: every alert that is raised while a target is listed is told to it, and its end once; an open one that nobody
acknowledged again, as often as policy says. Nothing is skipped: where a notice failed, all that is owed goes into the
next. A moment ahead of `now` is one before the clock was set back: it counts as past.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final

from hubctl.core.documents.policy import Alerting, Policy, Severity
from hubctl.core.ledger.actions import Notify
from hubctl.core.ledger.alerts import RAISED, REPEATED, RESOLVED, Alert, Target
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import Struct

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
"""Before a target is tried again, by how often it failed in a row; the last holds for all that follow."""
MOST_AT_ONCE: Final = 20
"""Alerts in one notice: services cut or refuse long messages."""


class _Owed(Struct, frozen=True, kw_only=True):
    """An alert that a target has not heard of in its present state."""

    alert: Alert
    state: str
    since: datetime
    due: datetime


def notices(policy: Policy, state: HubState, now: datetime) -> Iterator[Notify]:
    """For each target that is due and not being told: all that it has not heard."""
    for target in _free_targets(state):
        due = _due(policy.alerting, state, target, now)
        if due is not None and due <= now:
            yield _notify(policy.alerting, state, target, now)


def next_notice(policy: Policy, state: HubState, now: datetime) -> datetime | None:
    """When `notices` has something new to say although nothing happens; None: never."""
    dues = (_due(policy.alerting, state, target, now) for target in _free_targets(state))
    return min((due for due in dues if due is not None and due > now), default=None)


def _free_targets(state: HubState) -> Iterator[Target]:
    told = {begun.words.get("target") for begun in state.under_way(None, Notify)}
    return (target for target in state.targets.values() if target.listed and target.name not in told)


def _due(alerting: Alerting, state: HubState, target: Target, now: datetime) -> datetime | None:
    held = (_released(alerting, state, owed, now) for owed in _owed(alerting, state, target, now))
    due = now if target.stale else min(held, default=None)
    if due is None or target.failed_at is None or target.failed_at > now:
        return due
    return max(due, target.failed_at + PAUSES[min(target.failures, len(PAUSES)) - 1])


def _notify(alerting: Alerting, state: HubState, target: Target, now: datetime) -> Notify:
    """News that are younger than their group's time come along; what is held by quiet hours does not."""
    owed = sorted(_owed(alerting, state, target, now), key=lambda owed: (owed.since, owed.alert.number))
    free = [one for one in owed if one.state != REPEATED or one.due <= now]
    wanted = [one for one in free if not _is_held(alerting, state, one, now)][:MOST_AT_ONCE]
    return Notify(
        because="alerts",
        episode=f"{target.name}-{target.tries + 1}",
        target=target.name,
        alerts=" ".join(f"{one.alert.number}:{one.state}" for one in wanted),
    )


def _owed(alerting: Alerting, state: HubState, target: Target, now: datetime) -> Iterator[_Owed]:
    for alert in state.alerts.values():
        told = target.told.get(alert.id)
        if told is None or (alert.state == RESOLVED and told.state != RESOLVED):
            since = alert.changed if told else alert.at
            yield _Owed(alert=alert, state=alert.state, since=since, due=_after(since, alerting.group, now))
        elif alert.state == RAISED and alerting.repeat:
            due = _after(told.at, alerting.repeat, now)
            yield _Owed(alert=alert, state=REPEATED, since=due, due=due)


def _after(at: datetime, span: timedelta, now: datetime) -> datetime:
    return at + span if at <= now else now


# --- quiet hours --------------------------------------------------------------------------------------------------


def _is_held(alerting: Alerting, state: HubState, owed: _Owed, now: datetime) -> bool:
    quiet = alerting.quiet is not None and owed.alert.severity != Severity.CRITICAL
    return quiet and _quiet_end(alerting, state, now) > now


def _released(alerting: Alerting, state: HubState, owed: _Owed, now: datetime) -> datetime:
    """When this may be told: late enough, and out of the quiet hours unless it is critical."""
    due = max(owed.due, now)
    if owed.alert.severity == Severity.CRITICAL:
        return due
    return _quiet_end(alerting, state, due)


def _quiet_end(alerting: Alerting, state: HubState, at: datetime) -> datetime:
    """The end of the quiet hours in which this moment lies, or the moment itself."""
    if alerting.quiet is None:
        return at
    wall = at + state.zone
    start, end = alerting.quiet
    if not _lies_between(start, wall.time(), end):
        return at
    over = wall.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (over if over > wall else over + timedelta(days=1)) - state.zone


def _lies_between(start: time, at: time, end: time) -> bool:
    return start <= at < end if start < end else at >= start or at < end
