"""An alert from its raising to its end, folded from the log.

Rule: `number` is its place among all alerts, oldest first; it never changes, so an order may name alerts by it.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from hubctl.core.ledger.outside_events import (
    AlertAcknowledged,
    AlertRaised,
    AlertResolved,
    NoticeFailed,
    NoticeSent,
)
from hubctl.core.vocabulary.values import Struct, field, grown, replace
from hubctl.core.vocabulary.words import ThreadId

RAISED, ACKNOWLEDGED, RESOLVED = "raised", "acknowledged", "resolved"
Alerts = Mapping[str, "Alert"]


class Alert(AlertRaised, frozen=True, kw_only=True):
    """Raised once an episode; `state` is `raised`, `acknowledged` or `resolved`, since `changed`."""

    number: int
    changed: datetime
    state: str = RAISED

    @property
    def id(self) -> str:
        return self.alert


def changed(
    alerts: Alerts, event: AlertRaised | AlertAcknowledged | AlertResolved, *, number: int
) -> Alerts | None:
    """The alerts after the event; None where there is no such alert. What is resolved stays resolved.

    `number` is that of the next new one.
    """
    known = alerts.get(event.alert)
    if isinstance(event, AlertRaised):
        number = known.number if known else number
        return {**alerts, event.alert: grown(Alert, event, number=number, changed=event.at)}
    if known is None:
        return None
    state = RESOLVED if isinstance(event, AlertResolved) else ACKNOWLEDGED
    if known.state in (state, RESOLVED):
        return alerts
    return {**alerts, event.alert: replace(known, state=state, changed=event.at)}


def alerts_of_order(alerts: Alerts, words: str) -> tuple[tuple[Alert, str], ...]:
    """What an order of `NUMBER:STATE` words tells; a number that no alert has is left out."""
    pairs = (word.partition(":") for word in words.split())
    numbered = {str(alert.number): alert for alert in alerts.values()}
    return tuple((numbered[number], state) for number, _, state in pairs if number in numbered)


EMBEDDED: Final = "tmux"
"""The bell, a message and the status line of the hub's own tmux: what holds where no target is configured."""
HOSTED: Final = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"})
"""Schemes whose host is a host. In the addresses of services a token or a secret topic may stand there."""


class LastNotice(Struct, frozen=True, kw_only=True):
    """The state in which a target heard of an alert last."""

    state: str
    at: datetime


class Target(Struct, frozen=True, kw_only=True):
    """`tries` counts all its notices, `failures` those that failed since one got through; `told` is by alert.

    `stale` asks the embedded target to show again what a hub before this one had shown.
    """

    name: str
    listed: bool = True
    told: Mapping[str, LastNotice] = field(default_factory=dict)
    tries: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    failed_at: datetime | None = None
    why: str = ""
    stale: bool = False


Targets = Mapping[str, Target]


def labelled(addresses: Iterable[str]) -> dict[str, str]:
    """The addresses by labels that hold no secret: `json://127.0.0.1:9000`, `slack`; the next alike is `slack#2`."""
    made: dict[str, str] = {}
    for address in dict.fromkeys(addresses or (f"{EMBEDDED}://",)):
        label = _public(address)
        alike = sum(name.partition("#")[0] == label for name in made)
        made[f"{label}#{alike + 1}" if alike else label] = address
    return made


def _public(address: str) -> str:
    scheme = address.partition("://")[0].lower()
    try:
        parts = urlsplit(address)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return scheme
    return f"{scheme}://{host}" if scheme in HOSTED and host else scheme


def listed(known: Targets, alerts: Alerts, names: Iterable[str], at: datetime) -> Targets:
    """Exactly these are told from now on. A new one is not told what was over before it came."""
    wanted = tuple(names)
    over = {
        name: LastNotice(state=RESOLVED, at=at) for name, alert in alerts.items() if alert.state == RESOLVED
    }
    left = {name: replace(old, listed=name in wanted) for name, old in known.items()}
    for name in wanted:
        old = known.get(name)
        if old is None or not old.listed:
            left[name] = Target(name=name, told=over, tries=old.tries if old else 0)
    return left


def noticed(target: Target, event: NoticeSent | NoticeFailed) -> Target:
    """The target after a notice for it."""
    tries = target.tries + 1
    if isinstance(event, NoticeSent):
        news = {alert: LastNotice(state=state, at=event.at) for alert, state in event.told.items()}
        told = {**target.told, **news}
        return Target(name=target.name, listed=target.listed, told=told, tries=tries)
    return replace(
        target,
        tries=tries,
        failures=target.failures + 1,
        failing_since=target.failing_since or event.at,
        failed_at=event.at,
        why=event.why,
    )


def is_told_everywhere(known: Targets, alerts: Alerts, threads: Container[ThreadId | None]) -> frozenset[str]:
    """The resolved alerts of which every target has heard, and whose thread nobody looks at any more."""
    listed = [target for target in known.values() if target.listed]
    return frozenset(
        name
        for name, alert in alerts.items()
        if alert.state == RESOLVED
        and alert.thread not in threads
        and all(name in target.told and target.told[name].state == RESOLVED for target in listed)
    )


def forgetting(known: Targets, alerts: Container[str]) -> Targets:
    """What they have heard, but for these alerts."""
    return {
        name: replace(target, told={id: told for id, told in target.told.items() if id not in alerts})
        for name, target in known.items()
    }


def restarted(targets: Targets) -> Targets:
    """A hub has started, maybe after a reboot: nobody's terminal shows anything, and what failed is tried at once."""
    return {
        name: replace(target, failed_at=None, stale=name == EMBEDDED and _shows(target))
        for name, target in targets.items()
    }


def _shows(target: Target) -> bool:
    return any(telling.state != RESOLVED for telling in target.told.values())


REPEATED: Final = "repeated"
"""How a target hears of an alert again that nobody acknowledged."""
