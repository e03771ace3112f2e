"""The end of a thread, and what must go before it is taken up again."""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.decisions.ladder import AT_ONCE, Drop, is_over, next_actions, rule_of
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger import actions as a
from hubctl.core.ledger.rest import ENDED, end_episode
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.durations import format_duration
from hubctl.core.vocabulary.words import ThreadState

S = ThreadState


def ending(state: HubState, thread: Thread) -> Iterator[a.Action]:
    """The window of a worker that died goes too, and its token; one that is just being started is ended after that."""
    if thread.state is S.DONE and thread.messages:
        why = "a person's message came before it was done"
        yield a.ReopenThread(because="send", episode=f"reopen-{thread.episode}", thread=thread.id, why=why)
        return
    if thread.worker and not thread.worker.standing and not state.under_way(thread.id, a.StartWorker):
        yield a.EndWorker(because=ENDED, episode=end_episode(thread), thread=thread.id)
    elif thread.worker and thread.worker.alive and thread.open_hosts:
        yield a.CloseHosts(because="doors", episode=end_episode(thread), thread=thread.id)
    is_there = not state.board.is_lost(thread.id)
    if thread.state is not S.FAILED and not thread.issue_closed and is_there:
        outcome = "completed" if thread.state is S.DONE else "not planned"
        episode = f"issue-{thread.reopened}"
        yield a.CloseIssue(because="board", episode=episode, thread=thread.id, outcome=outcome)


def taking_up(state: HubState, thread: Thread) -> Iterator[a.Action]:
    """A thread that goes on after its end: the old process goes first, and the issue is open again."""
    yield from _old_worker(state, thread)
    yield from reopening(state, thread)


def _old_worker(state: HubState, thread: Thread) -> Iterator[a.EndWorker]:
    worker = thread.worker if thread.reopened else None
    if worker and worker.alive and not worker.standing and not state.under_way(thread.id, a.StartWorker):
        yield a.EndWorker(because=ENDED, episode=end_episode(thread), thread=thread.id)


def left(state: HubState, thread: Thread) -> Drop | None:
    """A thread that was taken up again waits for the end of its old worker, which could not be ended."""
    error = next((state.failures.get(end.id) for end in _old_worker(state, thread)), "")
    if not error:
        return None
    return Drop(
        kind=RuleId.UNDISPATCHED,
        thread=thread,
        episode=f"left-{thread.start}",
        since=thread.ball.since,
        text=lambda: f"it does not start, for its old worker could not be ended: {error}",
        cure=f"`hubctl attach {thread.id}` and /exit there",
        said_at=AT_ONCE,
    )


def reopening(state: HubState, thread: Thread) -> Iterator[a.Action]:
    """The issue of a thread that goes on is open, as soon as the board takes that."""
    if thread.reopened and thread.issue_closed and not state.board.is_lost(thread.id):
        yield a.ReopenIssue(because="board", episode=f"reopened-{thread.reopened}", thread=thread.id)


def after_death(policy: Policy, state: HubState, died: Drop, now: datetime) -> Iterator[a.Action]:
    """By the rule of the death's own kind: an orphan's, or a worker's that died before the hub's eyes."""
    thread = died.thread
    rule = rule_of(policy, thread, died.kind)
    if thread.messages and (rule.off or is_over(policy, state, died, now)):
        yield from _called_up(state, thread)
    if rule.off:
        return
    limit = policy.limits.restarts
    recent = [at for at in thread.deaths if now - at <= limit.within]
    if len(recent) > limit.count:
        yield a.FailThread(
            because=RuleId.WORKER_DEAD,
            episode=f"death-{thread.start}",
            thread=thread.id,
            why=f"the worker died {len(recent)} times in {format_duration(limit.within)} ({thread.ball.why})",
            cure=f"Read `hubctl logs {thread.id}`.",
        )
    else:
        yield from next_actions(policy, state, died, now)


def _called_up(state: HubState, thread: Thread) -> Iterator[a.Action]:
    """No rule brings it back any more, but a person who writes to it does."""
    if not state.untrusted and not state.under_way(thread.id, a.StartWorker):
        episode = f"message-{thread.messages[0].number}"
        start, resume = thread.start + 1, thread.proven
        yield a.StartWorker(because="send", episode=episode, thread=thread.id, start=start, resume=resume)
