"""What a living worker is brought: the task that a standing one was not started with, people's words, what it waited for."""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.decisions.asks import dialog_orders
from hubctl.core.decisions.handoffs import wake_reason
from hubctl.core.decisions.ladder import rule_of
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger import actions as a
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.words import TURN_OVER, ThreadState, View

S = ThreadState


def next_task(state: HubState, thread: Thread) -> Iterator[a.Action]:
    """For a standing worker that lived already: its process was started with another thread's task."""
    untold = thread.worker is not None and thread.worker.untold and thread.worker.alive
    waiting = thread.state is S.STARTING and thread.view in (View.IDLE, View.BACKGROUND)
    ready = waiting and not thread.undelivered and not state.under_way(thread.id, a.Deliver)
    if untold and ready and not state.under_way(thread.id, a.StartWorker):
        episode = f"start-{thread.start}-{thread.episode}"
        yield a.Deliver(because="task", episode=episode, thread=thread.id, purpose="task")


def bringing(state: HubState, thread: Thread, now: datetime) -> Iterator[a.Action]:
    """What people wrote, one after the other; then what the worker waited for."""
    if thread.state is S.STARTING or thread.opening or state.under_way(thread.id, a.Deliver):
        return  # what opens a start is told by its first prompt
    if state.under_way(thread.id, a.StartWorker) or thread.worker is None or not thread.worker.alive:
        return
    for message in thread.messages[:1]:
        if message.patient and thread.dialog:
            return
        yield a.Deliver(
            because="send",
            episode=f"message-{message.number}-{thread.start}",
            thread=thread.id,
            purpose="message",
            message=message.number,
        )
    if not thread.messages and thread.handoff and wake_reason(state, thread, now):
        episode = f"wake-{thread.handoff.episode}-{thread.episode}-{thread.prompts}-{thread.start}"
        yield a.Deliver(because="handoff", episode=episode, thread=thread.id, purpose="wake")


def reviewing(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[a.Action]:
    if thread.view is not View.GONE:
        yield from bringing(state, thread, now)
    if thread.rejection is None:
        yield from _judging(state, thread)
    elif thread.attempt >= policy.limits.attempts and not _goes_on(policy, thread):
        yield a.FailThread(
            because=RuleId.ATTEMPTS_EXHAUSTED,
            episode=a.claim_episode(thread),
            thread=thread.id,
            why=f"{thread.rejection.why}, {thread.attempt} times",
            cure=f"Read `{thread.rejection.output}`." if thread.rejection.output else "",
        )
    elif thread.view is not View.GONE:
        yield from _telling(state, thread)
    yield from dialog_orders(state, thread, now)


def _goes_on(policy: Policy, thread: Thread) -> bool:
    """Nobody watches how often a claim is rejected."""
    return rule_of(policy, thread, RuleId.ATTEMPTS_EXHAUSTED).off


def _judging(state: HubState, thread: Thread) -> Iterator[a.Action]:
    """One judgement at a time: two validations in one worktree would disturb each other."""
    if thread.view in TURN_OVER and not state.under_way(thread.id, a.JudgeClaim):
        yield a.JudgeClaim(because="done", episode=a.claim_episode(thread), thread=thread.id)


def _telling(state: HubState, thread: Thread) -> Iterator[a.Action]:
    ready = thread.view is View.IDLE and not thread.undelivered
    if ready and not state.under_way(thread.id, a.Deliver):
        episode = a.feedback_episode(thread)
        yield a.Deliver(because="done", episode=episode, thread=thread.id, purpose="feedback")
