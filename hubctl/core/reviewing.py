"""A claim on its way: judged when the turn has ended, accepted, or told what it lacks, or given up."""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.actions import Action, Deliver, FailThread, JudgeClaim, claim_episode, feedback_episode
from hubctl.core.bringing import bringing
from hubctl.core.climbing import is_delivering, rule_of
from hubctl.core.deaths import after_death
from hubctl.core.ladders import stuck
from hubctl.core.lanes import TURN_OVER
from hubctl.core.policy import Policy, RuleId
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.words import View


def reviewing(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    if thread.view is not View.GONE:
        yield from bringing(state, thread, now)
    if thread.rejection is None:
        yield from _judging(policy, state, thread, now)
    elif thread.attempt >= policy.limits.attempts and not _goes_on(policy, thread):
        yield FailThread(
            because=RuleId.ATTEMPTS_EXHAUSTED,
            episode=claim_episode(thread),
            thread=thread.id,
            why=f"{thread.rejection.why}, {thread.attempt} times",
            cure=f"Read `{thread.rejection.output}`." if thread.rejection.output else "",
        )
    elif thread.view is View.GONE:
        yield from after_death(policy, state, thread, now)
    else:
        yield from _telling(policy, state, thread, now)


def _goes_on(policy: Policy, thread: Thread) -> bool:
    """Nobody watches how often a claim is rejected."""
    return rule_of(policy, thread, RuleId.ATTEMPTS_EXHAUSTED).off


def _judging(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """One judgement at a time: two validations in one worktree would disturb each other."""
    judging = any(p.thread == thread.id and p.name == JudgeClaim.name for p in state.pending.values())
    if thread.view in TURN_OVER and not judging:
        yield JudgeClaim(because="done", episode=claim_episode(thread), thread=thread.id)
    yield from stuck(policy, state, thread, now)


def _telling(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    ready = thread.view is View.IDLE and not thread.undelivered
    if ready and not is_delivering(state, thread):
        episode = feedback_episode(thread)
        yield Deliver(because="done", episode=episode, thread=thread.id, purpose="feedback")
    yield from stuck(policy, state, thread, now)
