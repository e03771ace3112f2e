"""Lanes: a standing worker, and a directory, have one thread at a time.

Rule: a lane is taken until nothing of its last thread can still move: a worker that runs its turn on would speak for the
next thread, and two workers in one directory would commit each other's files.
"""

from collections.abc import Iterator

from hubctl.core.decisions.ladder import AT_ONCE, Drop
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.documents.roles import Lifetime, Role
from hubctl.core.ledger.actions import OF_A_WORKER, Action, EndWorker, Interrupt, StartWorker
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import OVER_LIMIT, Thread, Worker
from hubctl.core.vocabulary.words import HUB, TURN_OVER, ThreadState, View

ENDINGS = (StartWorker, Interrupt, EndWorker)
"""While one of these is under way, what becomes of the worker is not known."""


def taken_lanes(policy: Policy, state: HubState) -> set[str]:
    """The keys of the lanes in which no thread may start now."""
    threads = (thread for thread in state.threads.values() if thread.role in policy.lanes)
    return {policy.lanes[thread.role].key for thread in threads if _is_moving(state, thread)}


def _is_moving(state: HubState, thread: Thread) -> bool:
    turning = thread.worker is not None and thread.worker.alive and thread.view not in TURN_OVER
    return thread.state.running or turning or bool(state.under_way(thread.id, *OF_A_WORKER))


def standing_by(policy: Policy, state: HubState, thread: Thread) -> Iterator[Action]:
    """A standing worker outlives its thread: its turn is cut where nobody wants it, and it ends only with its role, or
    where its cell used too much.

    Where Escape does not help the process goes: the next issue resumes the session.
    """
    worker, lane = thread.worker, policy.lanes.get(thread.role)
    if worker is None or not worker.standing or not worker.alive or state.under_way(thread.id, *ENDINGS):
        return
    if lane is None or not lane.standing:
        yield EndWorker(because="retired", episode=f"end-{worker.id}", thread=thread.id)
    elif thread.failed_by == OVER_LIMIT:
        yield EndWorker(because=OVER_LIMIT, episode=f"end-{thread.start}", thread=thread.id)
    elif thread.state is not ThreadState.DONE and thread.view in (View.BUSY, View.WAITING):
        episode = f"cut-{thread.start}-{thread.prompts}"
        cut = Interrupt(because="closed", episode=episode, thread=thread.id, request=0)
        yield cut
        if cut.id in state.failures:
            yield EndWorker(because="closed", episode=f"end-{thread.start}", thread=thread.id)


def blocked(policy: Policy, state: HubState, thread: Thread) -> Drop | None:
    """A queued thread is ready, and its lane's worker waits for a person although its own thread has ended."""
    lane = policy.lanes.get(thread.role)
    if lane is None or thread.ball.holder != HUB:
        return None
    lanes = (
        t for t in state.threads.values() if t.role in policy.lanes and policy.lanes[t.role].key == lane.key
    )
    other = next((t for t in lanes if _is_blocking(state, t)), None)
    if other is None:
        return None
    return Drop(
        kind=RuleId.UNDISPATCHED,
        thread=thread,
        episode=f"lane-{other.id}-{other.start}-{other.prompts}",
        since=thread.ball.since,
        text=lambda: f"it does not start: the worker of thread {other.id} waits for a person",
        cure=f"`hubctl attach {other.id}`",
        said_at=AT_ONCE,
    )


def _is_blocking(state: HubState, thread: Thread) -> bool:
    alive = thread.worker is not None and thread.worker.alive and thread.view is View.WAITING
    return not thread.state.running and alive and not state.under_way(thread.id, *ENDINGS)


def session_holder(state: HubState, thread: Thread, role: Role, *, resume: bool) -> Worker | None:
    """The worker whose session a start goes on with; None: it begins a fresh one.

    A standing worker keeps its own from thread to thread, also after `retry`; a changed role begins another, for the
    worker CLI sends the role that a session began with again for ever.
    """
    if role.lifetime is Lifetime.STANDING:
        last = state.standing_worker(role.name)
        return last if last and last.role_version == role.version else None
    return thread.worker if resume else None
