"""A ball that is handed away: what brings it back, and what is said when nobody takes it.

Rule: a wait ends by facts (the other thread is done, the clock's time has come), a person's ball by that person's
prompt. Nothing here moves a ball: it says what is due.
"""

from datetime import datetime

from hubctl.core.decisions.ladder import Drop, rule_of
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Handoff, Thread
from hubctl.core.vocabulary.words import CLOCK, HUB, HUMAN, OUTSIDE, ThreadId, ThreadState

CLAIMED = (HUB, HUMAN, OUTSIDE)
"""Holders that must pick the ball up by themselves."""


def wake_reason(state: HubState, thread: Thread, now: datetime) -> str:
    """What the worker waited for and has come, as it is told; empty while it has not."""
    handoff = thread.handoff
    if handoff is None:
        return ""
    if handoff.to == CLOCK:
        if handoff.limit:  # the worker CLI goes on by itself, up to 90 s later: a prompt would double that
            return ""
        return "the time is over" if handoff.until and now >= handoff.until else ""
    other = state.threads.get(handoff.awaited or ThreadId(""))
    if other is None or other.state is not ThreadState.DONE:
        return ""
    return f"thread {other.id} ({other.title}) is done: {other.summary or 'no summary'}"


def called_back(state: HubState, thread: Thread, now: datetime) -> bool:
    """A worker whose ball was away has something to do again: a dead one is worth starting."""
    return bool(thread.messages) or bool(wake_reason(state, thread, now))


def handoff_due(policy: Policy, thread: Thread) -> datetime | None:
    """When the holder of a ball that was handed away is late; None where no rule says so."""
    handoff = thread.handoff
    if handoff is None:
        return None
    if handoff.to == CLOCK and not handoff.limit:
        return handoff.until
    rule = rule_of(policy, thread, _kind(handoff))
    since = handoff.until if handoff.limit else handoff.since if handoff.to in CLAIMED else None
    return None if since is None or rule.off or rule.after is None else since + rule.after


def unclaimed(policy: Policy, thread: Thread) -> Drop | None:
    """Handed to somebody who must pick it up; an ask has a ladder of its own (`ask_orders`)."""
    handoff = thread.handoff
    due = handoff_due(policy, thread)
    if handoff is None or handoff.to not in CLAIMED or handoff.ask or due is None:
        return None
    return Drop(
        kind=RuleId.HANDOFF_UNCLAIMED,
        thread=thread,
        episode=f"handoff-{handoff.episode}",
        since=handoff.since,
        text=lambda: (
            f"it was handed to {handoff.to} at {handoff.since:%H:%M:%S} UTC, and nobody took it: {handoff.why}"
        ),
        cure=f"`hubctl send {thread.id} -- TEXT`",
        said_at=due,
    )


def _kind(handoff: Handoff) -> RuleId:
    if handoff.limit:
        return RuleId.LIMIT_OVERDUE
    return RuleId.ASK_UNANSWERED if handoff.ask else RuleId.HANDOFF_UNCLAIMED
