"""Why the hub does what it does for a thread: the rules that hold for it, where each value stands, and what fires next."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from hubctl.core.decisions.evaluate import evaluate, next_due
from hubctl.core.documents.policy import FileLine, Key, Override, Policy, Restarts, Rule, RuleId, Value
from hubctl.core.documents.policy_lint import UNTHREADED
from hubctl.core.ledger.actions import Action, Deliver, RaiseAlert, ResolveAlert, TakeBallBack
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.durations import format_duration
from hubctl.core.vocabulary.values import Struct

Shown = str | int | bool | list[str] | None
MOST_LOOKS: Final = 200
"""Dues of other threads that may come before the first one of this thread."""


class Stated(Struct, frozen=True, kw_only=True):
    """One value as POLICY.md writes it; `place` is None where no file says it and the vocabulary's own default holds."""

    key: Key
    value: Shown
    place: FileLine | None


class HeldRule(Struct, frozen=True, kw_only=True):
    """A rule as it holds for one thread. `acts`: it is not off."""

    rule: RuleId
    values: tuple[Stated, ...]
    acts: bool


class Due(Struct, frozen=True, kw_only=True):
    """The first thing that the hub does if nothing happens before; `because` is a rule or the hub's own reason."""

    at: datetime
    because: str
    does: str


# --- the policy, value by value -----------------------------------------------------------------------------------


def stated(policy: Policy) -> Iterator[Stated]:
    """Every value of a merged policy but its overrides, each with its place; a list of rules has one entry an item."""
    for id, rule in policy.rules.items():
        yield from _of_rule(rule, ("rules", id), policy.places)
    for word, section in (
        ("limits", policy.limits),
        ("alerts", policy.alerting),
        ("board", policy.board),
    ):
        for name in section.__struct_fields__:
            key = (word, name)
            yield Stated(key=key, value=shown(getattr(section, name)), place=policy.places.get(key))
    for above, items in (
        (("permissions", "allow"), policy.permissions.allow),
        (("permissions", "ask"), policy.permissions.ask),
        (("permissions", "deny"), sorted(policy.permissions.deny)),
        (("done", "requires"), sorted(policy.requires)),
    ):
        for item in items:
            yield Stated(key=above, value=str(item), place=policy.places.get((*above, item)))
        if not items and above in policy.places:
            yield Stated(key=above, value=[], place=policy.places[above])


def _of_rule(rule: Rule, above: Key, places: Mapping[Key, FileLine]) -> Iterator[Stated]:
    for name in rule.__struct_fields__:
        value = getattr(rule, name)
        if value is not None:
            key = (*above, name)
            yield Stated(key=key, value=shown(value), place=places.get(key))


def override_values(override: Override) -> Iterator[Stated]:
    """What an override changes; keys are of the rule: `("stalled", "after")`."""
    for key, place in override.changes.items():
        yield Stated(key=key, value=shown(override.value(*key)), place=place)


def shown(value: Value) -> Shown:
    """A value as a policy file writes it."""
    match value:
        case timedelta():
            return format_duration(value)
        case Restarts():
            return f"{value.count} in {format_duration(value.within)}"
        case tuple():
            texts = [f"{item:%H:%M}" if isinstance(item, time) else str(item) for item in value]
            return "-".join(texts) if any(isinstance(item, time) for item in value) else texts
        case StrEnum():
            return value.value
        case bool() | int() | str() | None:
            return value


# --- one thread ---------------------------------------------------------------------------------------------------


def held_rules(policy: Policy, thread: Thread) -> tuple[HeldRule, ...]:
    """The rules as they hold for this thread by its role and labels; those about no thread are left out."""
    labels = frozenset(thread.labels)
    places = {key[1:]: place for key, place in policy.places.items() if key[0] == "rules"}
    for override in policy.overrides:
        if override.holds(thread.role, labels):
            places |= override.changes
    return tuple(
        _held(id, policy.rule(id, role=thread.role, labels=labels), places)
        for id in policy.rules
        if id not in UNTHREADED
    )


def _held(id: RuleId, rule: Rule, places: Mapping[Key, FileLine]) -> HeldRule:
    return HeldRule(rule=id, values=tuple(_of_rule(rule, (id,), places)), acts=not rule.off)


def fires_next(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Due | None:
    """What `evaluate` says first of this thread, now or later, as long as nothing happens; None: nothing."""
    at: datetime | None = now
    for _ in range(MOST_LOOKS):
        if at is None:
            return None
        due = next((one for one in evaluate(policy, state, at) if _is_about(one, thread)), None)
        if due is not None:
            return Due(at=at, because=due.because, does=_does(due))
        at = next_due(policy, state, at)
    return None


def _is_about(action: Action, thread: Thread) -> bool:
    return action.thread == thread.id and not isinstance(action, ResolveAlert | TakeBallBack)


def _does(action: Action) -> str:
    match action:
        case RaiseAlert():
            return f"alert ({action.severity})"
        case Deliver():
            return f"deliver ({action.purpose})"
        case _:
            return action.name
