"""The ladder of a rule: what is due for a ball that was dropped, one rung after the other.

Rule (law 6): a rung is an action of its own (rule, thread, episode, number) and is begun once; the pause to the next
counts from it. A worker is started again at most as often as `limits.restarts` allows: then a person hears of it instead.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from hubctl.core.documents.policy import ANSWER, NUDGE, DefaultAnswer, Policy, Rule, RuleId, Severity, Step
from hubctl.core.ledger import actions as a
from hubctl.core.ledger.alerts import RESOLVED
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.outside_events import AskKind, AskVia
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Acted, Thread
from hubctl.core.vocabulary.values import Struct, replace

NO_TIME = timedelta(0)
AT_ONCE: Final = datetime.min.replace(tzinfo=UTC)
"""When something is said that needs no time to be late, whatever the clock does."""


class Drop(Struct, frozen=True, kw_only=True):
    """A ball that was dropped. `since` is the fact that made it late; `text` what was seen, `cure` what a person can do.

    `excused` is until when something explains it: not longer than the rule's own time again.
    """

    kind: RuleId
    thread: Thread
    episode: str
    since: datetime
    text: Callable[[], str]
    """made when it is said: what is late is looked at all the time"""
    cure: str
    excused: datetime | None = None
    said_at: datetime | None = None
    """when it is said, where nothing can be done about it first; None: the ladder of its rule is climbed"""
    ask: Ask | None = None
    """what waits for a person, with a ladder of its own: a thread may have several"""


def rule_of(policy: Policy, thread: Thread, kind: RuleId) -> Rule:
    """The rule as it holds for this thread."""
    return policy.rule(kind, role=thread.role, labels=frozenset(thread.labels))


def next_actions(policy: Policy, state: HubState, drop: Drop, now: datetime) -> Iterator[a.Action]:
    """The next rung, if it is due."""
    rule = rule_of(policy, drop.thread, drop.kind)
    due = rung_due(rule, drop)
    if due is None or now < due:
        return
    if drop.said_at:
        if not _is_said(state, drop):
            yield alert_of(drop, rule)
        return
    number = _rungs(drop) + 1
    does = rule.rungs[number - 1].does
    if drop.ask and does in (NUDGE, ANSWER):
        yield from _of_ask(drop, drop.ask, rule, number, answers=does == ANSWER)
    elif does == NUDGE:
        yield from _nudge(state, drop, number)
    elif does in (Step.RESUME, Step.REASSIGN):
        yield from _restart(policy, state, drop, number, resume=does is Step.RESUME, now=now)
    elif does is Step.FAIL:
        yield a.FailThread(
            because=drop.kind,
            episode=drop.episode,
            thread=drop.thread.id,
            rung=number,
            why=drop.text(),
            cure=f"Read `hubctl logs {drop.thread.id}`.",
        )
    else:
        yield alert_of(drop, rule, rung=number, critical=does is Step.ESCALATE)


def rung_due(rule: Rule, drop: Drop) -> datetime | None:
    """When the next rung is due: `after` from the drop, then `pause` from the last one; None above the last."""
    if drop.said_at:
        return None if rule.off else drop.said_at
    if _rungs(drop) >= len(rule.rungs):
        return None
    acted = _acted(drop)
    if acted:
        return acted.at + rule.pause
    due = drop.since + rule.rungs[0].offset
    return max(due, min(drop.excused, due + (rule.after or NO_TIME))) if drop.excused else due


def is_begun(drop: Drop) -> bool:
    """Its ladder was begun."""
    return _acted(drop) is not None


def alert_of(drop: Drop, rule: Rule, *, rung: int = 0, critical: bool = False) -> a.RaiseAlert:
    """Says it out loud: what was seen, and what to do."""
    thread = drop.thread
    return a.RaiseAlert(
        because=drop.kind,
        episode=drop.episode,
        thread=thread.id,
        rung=rung,
        kind=drop.kind,
        severity="critical" if critical else rule.severity.value,
        text=f"Thread {thread.id} ({thread.title}): {drop.text()}. {drop.cure}",
    )


def is_over(policy: Policy, state: HubState, drop: Drop, now: datetime) -> bool:
    """Its rule has nothing left but what it said."""
    rule = rule_of(policy, drop.thread, drop.kind)
    if rule.off:
        return False
    if drop.said_at:
        alert = state.alerts.get(a.alert_id(drop.kind, drop.thread.id, drop.episode))
        return now >= drop.said_at and alert is not None and alert.state != RESOLVED
    return _rungs(drop) >= len(rule.rungs)


def _is_said(state: HubState, drop: Drop) -> bool:
    return a.alert_id(drop.kind, drop.thread.id, drop.episode) in state.alerts


def _of_ask(drop: Drop, ask: Ask, rule: Rule, number: int, *, answers: bool) -> Iterator[a.Action]:
    """A reminder is a warning, whatever the alert will be; a question that only words answer has no default."""
    if not answers:
        yield replace(alert_of(drop, rule, rung=number), severity=Severity.WARNING.value)
        return
    allowed = rule.answer is DefaultAnswer.ALLOW and ask.kind in (AskKind.PERMISSION, AskKind.PLAN)
    if ask.via is AskVia.HOOK:
        yield a.DecideAsk(
            because=drop.kind,
            episode=drop.episode,
            thread=drop.thread.id,
            rung=number,
            ask=ask.id,
            decision="allow" if allowed else "deny",
            reason="Nobody answered in time. Go on without it where you can; else: hubctl handoff --to human --why ...",
        )


def _acted(drop: Drop) -> Acted | None:
    if drop.ask:
        return drop.ask.acted
    acted = drop.thread.acted.get(drop.kind)
    return acted if acted and acted.episode == drop.episode else None


def _rungs(drop: Drop) -> int:
    acted = _acted(drop)
    return acted.rungs if acted else 0


def _nudge(state: HubState, drop: Drop, number: int) -> Iterator[a.Action]:
    if not state.under_way(drop.thread.id, a.Deliver):  # a second one would be typed into the first
        because, episode, thread = drop.kind, drop.episode, drop.thread.id
        yield a.Deliver(because=because, episode=episode, thread=thread, rung=number, purpose="nudge")


def _restart(
    policy: Policy, state: HubState, drop: Drop, number: int, *, resume: bool, now: datetime
) -> Iterator[a.Action]:
    """Nothing is started while files are not trusted: that is said of the hub."""
    thread, limit = drop.thread, policy.limits.restarts
    if state.untrusted or state.under_way(thread.id, a.StartWorker):
        return
    if sum(now - at <= limit.within for at in thread.deaths) > limit.count:
        yield alert_of(drop, rule_of(policy, thread, drop.kind), rung=number, critical=True)
        return
    start = thread.start + 1
    yield a.StartWorker(
        because=drop.kind,
        episode=drop.episode,
        thread=thread.id,
        rung=number,
        start=start,
        resume=resume and thread.proven,
    )
