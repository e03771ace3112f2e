"""What follows a worker's death: it is started again, as often as the policy allows, and then given up."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.core.actions import Action, FailThread
from hubctl.core.climbing import climb, rule_of
from hubctl.core.drops import death
from hubctl.core.policy import Policy, RuleId
from hubctl.core.state import HubState
from hubctl.core.thread import Thread


def after_death(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """By the rule of the death's own kind: an orphan's, or a worker's that died before the hub's eyes."""
    died = death(thread, now)
    if rule_of(policy, thread, died.kind).off:
        return
    limit = policy.limits.restarts
    recent = [at for at in thread.deaths if now - at <= limit.within]
    if len(recent) > limit.count:
        yield FailThread(
            because=RuleId.WORKER_DEAD,
            episode=f"death-{thread.start}",
            thread=thread.id,
            why=f"the worker died {len(recent)} times in {_words(limit.within)} ({thread.ball.why})",
            cure=f"Read `hubctl logs {thread.id}`.",
        )
    else:
        yield from climb(policy, state, died, now)


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} minutes" if minutes else f"{int(span.total_seconds())} seconds"
