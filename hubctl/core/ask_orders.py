"""What asks want done: the policy's own decision, the answer on its way to the worker, a person who is late."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.core.actions import Action, AnswerAsk, DecideAsk, JudgeAsk
from hubctl.core.ask_events import AskVia
from hubctl.core.ask_judging import judged
from hubctl.core.ask_text import cure_of, in_a_line
from hubctl.core.asks import Ask, open_asks
from hubctl.core.climbing import Drop, climb, rule_of, rung_due
from hubctl.core.policy import Policy, RuleId
from hubctl.core.state import HubState
from hubctl.core.thread import Thread


def answers(state: HubState) -> Iterator[Action]:
    """`hubctl ask` waits for a message, which is brought as all messages are."""
    for ask in state.asks.values():
        if ask.answer and not ask.over and ask.via is not AskVia.WORDS:
            because = "answer" if ask.answer.number else ask.answer.how
            yield AnswerAsk(because=because, episode=ask.id, thread=ask.thread, ask=ask.id)


def left_to_people(state: HubState) -> Iterator[Ask]:
    """The asks that a person must answer, oldest first."""
    return (ask for ask in open_asks(state.asks) if ask.judged)


def judgements(policy: Policy, state: HubState) -> Iterator[Action]:
    """The permissions decide the easy ones, once each."""
    for ask in open_asks(state.asks):
        thread = state.threads.get(ask.thread)
        looking = any(
            p.name == JudgeAsk.name and p.words.get("ask") == ask.id for p in state.pending.values()
        )
        if thread and not ask.judged and not looking:
            decision, reason = judged(policy, thread, ask)
            if not decision:
                yield JudgeAsk(because="permissions", episode=f"look-{ask.id}", thread=ask.thread, ask=ask.id)
                continue
            yield DecideAsk(
                because="permissions",
                episode=ask.id,
                thread=ask.thread,
                ask=ask.id,
                decision=decision,
                reason=reason,
            )


def late_asks(policy: Policy, state: HubState, now: datetime) -> Iterator[Action]:
    """Reminders, alerts and the default answer: each ask has a ladder of its own."""
    for drop in _waiting(state):
        yield from climb(policy, state, drop, now)


def asks_due(policy: Policy, state: HubState, now: datetime) -> Iterator[datetime]:
    """When `late_asks` has something new to say."""
    for drop in _waiting(state):
        due = rung_due(rule_of(policy, drop.thread, drop.kind), drop)
        if due is not None and due > now:
            yield due


def _waiting(state: HubState) -> Iterator[Drop]:
    for ask in left_to_people(state):
        thread = state.threads.get(ask.thread)
        if thread and thread.state.running:
            yield _drop(thread, ask)


def _drop(thread: Thread, ask: Ask) -> Drop:
    return Drop(
        kind=RuleId.ASK_UNANSWERED,
        thread=thread,
        episode=ask.id,
        since=ask.asked_at,
        text=f"{ask.kind.value} {ask.id} waits for a person since {ask.asked_at:%H:%M:%S} UTC: {in_a_line(ask)}",
        cure=cure_of(ask),
        ask=ask,
    )


def ask_due(policy: Policy, state: HubState, ask: Ask) -> datetime | None:
    """When a person is late with it; None where no rule says so."""
    thread = state.threads.get(ask.thread)
    if thread is None:
        return None
    rule = rule_of(policy, thread, RuleId.ASK_UNANSWERED)
    return None if rule.off else ask.asked_at + (rule.after or timedelta(0))
