"""What a policy may say and had better not: things that are legal, and foolish or without effect."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from hubctl.core.documents.policy import DefaultAnswer, FileLine, Override, Policy, Rule, RuleId, Step
from hubctl.core.vocabulary.values import Struct

UNTHREADED: Final = frozenset({RuleId.HUB_DEAD, RuleId.BOARD_UNREACHABLE})
"""Rules about no thread in particular: no role, no label and no worker belong to them."""
UNHEARD: Final = UNTHREADED | {
    RuleId.WORKER_DEAD,
    RuleId.ORPHANED,
    RuleId.UNDISPATCHED,
    RuleId.ATTEMPTS_EXHAUSTED,
}
"""Rules whose thread has no worker that could hear a nudge, or has a dialog in its way."""
TELLING: Final = frozenset({Step.ALERT, Step.ESCALATE})
WORKING: Final = frozenset({Step.RESUME, Step.REASSIGN, Step.FAIL})


class Remark(Struct, frozen=True, kw_only=True):
    """Something worth saying about a policy. `place` is None where it was put together without a file."""

    place: FileLine | None
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def lint(policy: Policy) -> tuple[Remark, ...]:
    """Everything about a merged policy that is legal and foolish."""
    found: list[Remark] = []
    for id, rule in policy.rules.items():
        found += _about_rule(policy, id, rule)
    for number, override in enumerate(policy.overrides):
        found += _about_override(policy, override, policy.overrides[number + 1 :])
    found += _about_permissions(policy)
    if policy.alerting.repeat < policy.alerting.group:
        place = policy.places.get(("alerts", "repeat"))
        found.append(
            Remark(place=place, text="`repeat` is shorter than `group`: alerts repeat in every group.")
        )
    return tuple(found)


def _about_rule(policy: Policy, id: RuleId, rule: Rule) -> Iterator[Remark]:
    for key, text in _foolish(id, rule):
        yield Remark(place=policy.places.get(("rules", id, key)), text=f"`{id}`: {text}")


def _foolish(id: RuleId, rule: Rule) -> Iterator[tuple[str, str]]:
    """The key that is to blame, and why."""
    if rule.off:
        return
    if not TELLING & {*rule.then}:
        yield "then", "nobody is told: `then` has neither `alert` nor `escalate`."
    if rule.after is not None and rule.after < timedelta(seconds=1):
        yield "after", "`after` is shorter than `1s`: it is late before anybody could act."
    if not rule.pause and len(rule.rungs) > 1:
        yield "pause", "without a pause all steps come at once."
    if rule.answer is DefaultAnswer.ALLOW:
        yield (
            "answer",
            "what nobody looked at is allowed: every permission that is asked for, after this time.",
        )
    yield from _wasted(id, rule)


def _wasted(id: RuleId, rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.nudges and id in UNHEARD:
        yield "nudges", "no worker is there to hear a nudge."
    if id in UNTHREADED and WORKING & {*rule.then}:
        yield "then", "it is about no thread: `resume`, `reassign` and `fail` have nothing to act on."
    if Step.FAIL in rule.then and WORKING & {*rule.then[rule.then.index(Step.FAIL) + 1 :]}:
        yield "then", "`fail` ends the worker: what comes after it can only be `alert` or `escalate`."


def _about_override(policy: Policy, override: Override, later: tuple[Override, ...]) -> Iterator[Remark]:
    changed = dict.fromkeys(RuleId(key[0]) for key in override.changes)
    if not changed:
        yield Remark(place=override.place, text="the override changes nothing.")
    for id in changed:
        if id in UNTHREADED:
            text = f"the override of `{id}` can never hold: it is about no thread, so about no role and no label."
            yield Remark(place=override.place, text=text)
        for key, text in _foolish(id, override.changed(id, policy.rules[id])):
            if (id, key) in override.changes:
                yield Remark(place=override.changes[id, key], text=f"`{id}`: {text}")
    for other in later:
        if changed and _hides(other, override):
            text = f"the override can never matter: the one in line {other.place.line} undoes all of it."
            yield Remark(place=override.place, text=text)


def _hides(later: Override, earlier: Override) -> bool:
    wider = later.role in (None, earlier.role) and later.label in (None, earlier.label)
    return wider and earlier.changes.keys() <= later.changes.keys()


def _about_permissions(policy: Policy) -> Iterator[Remark]:
    place = policy.places.get(("permissions", "allow"))
    for rule in policy.permissions.allow:
        if rule in policy.permissions.deny:
            yield Remark(place=place, text=f"`{rule}` is in `allow` and in `deny`: deny wins.")
        # neither form matches any write (docs/facts/claude-code.md#permission-rules)
        if rule == "Edit" or rule.startswith("Write("):
            text = f"`{rule}` allows nothing: write `Write` for all files, or `Edit(/src/**)` for some."
            yield Remark(place=place, text=text)
