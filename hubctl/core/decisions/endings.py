"""The end of a thread, and what must go before it is taken up again."""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.decisions.drops import death
from hubctl.core.decisions.ladder import climb, is_starting, rule_of
from hubctl.core.decisions.stuck import left_alert
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger.actions import Action, CloseIssue, EndWorker, FailThread, ReopenIssue, ReopenThread
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.durations import format_duration
from hubctl.core.vocabulary.words import ThreadState

S = ThreadState


def ending(state: HubState, thread: Thread) -> Iterator[Action]:
    """The window of a worker that died goes too, and its token; one that is just being started is ended after that."""
    if thread.state is S.DONE and thread.messages:
        why = "a person's message came before it was done"
        yield ReopenThread(because="send", episode=f"reopen-{thread.episode}", thread=thread.id, why=why)
        return
    if thread.worker and not thread.worker.standing and not is_starting(state, thread):
        yield EndWorker(because="closed", episode=f"end-{thread.start}", thread=thread.id)
    is_there = thread.id not in state.board.lost
    if thread.state is not S.FAILED and not thread.issue_closed and is_there:
        outcome = "completed" if thread.state is S.DONE else "not planned"
        episode = f"issue-{thread.reopened}"
        yield CloseIssue(because="board", episode=episode, thread=thread.id, outcome=outcome)


def taking_up(policy: Policy, state: HubState, thread: Thread) -> Iterator[Action]:
    """A thread that goes on after its end: the old process goes first, and the issue is open again."""
    worker = thread.worker if thread.reopened else None
    if worker and worker.alive and not worker.standing and not is_starting(state, thread):
        end = EndWorker(because="closed", episode=f"end-{thread.start}", thread=thread.id)
        yield end
        yield from left_alert(policy, thread, state.failures.get(end.id, ""))
    yield from reopening(state, thread)


def reopening(state: HubState, thread: Thread) -> Iterator[Action]:
    """The issue of a thread that goes on is open, as soon as the board takes that."""
    if thread.reopened and thread.issue_closed and thread.id not in state.board.lost:
        yield ReopenIssue(because="board", episode=f"reopened-{thread.reopened}", thread=thread.id)


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
            why=f"the worker died {len(recent)} times in {format_duration(limit.within)} ({thread.ball.why})",
            cure=f"Read `hubctl logs {thread.id}`.",
        )
    else:
        yield from climb(policy, state, died, now)
