"""Lanes: a standing worker, and a directory, have one thread at a time.

Rule: a lane is taken until nothing of its last thread can still move: a worker that runs its turn on would speak for the
next thread, and two workers in one directory would commit each other's files.
"""

from hubctl.core.actions import CloseIssue
from hubctl.core.policy import Policy
from hubctl.core.role import Lifetime, Role
from hubctl.core.state import HubState
from hubctl.core.thread import Thread, Worker
from hubctl.core.words import View

TURN_OVER = (View.IDLE, View.BACKGROUND, View.GONE)
"""A claim is judged then, and the next thread begins: a server that was left running may run for ever."""


def taken_lanes(policy: Policy, state: HubState) -> set[str]:
    """The keys of the lanes in which no thread may start now."""
    threads = (thread for thread in state.threads.values() if thread.role in policy.lanes)
    return {policy.lanes[thread.role].key for thread in threads if _is_moving(state, thread)}


def _is_moving(state: HubState, thread: Thread) -> bool:
    under_way = any(p.thread == thread.id and p.name != CloseIssue.name for p in state.pending.values())
    turning = thread.worker is not None and thread.worker.alive and thread.view not in TURN_OVER
    return thread.state.running or under_way or turning


def standing_worker(state: HubState, role: str) -> Worker | None:
    """The role's standing worker: the one that took a thread last, alive or not."""
    for worker in reversed(tuple(state.workers)):
        thread = state.worker_thread(worker)
        if thread and thread.role == role and thread.worker and thread.worker.standing:
            return thread.worker
    return None


def session_holder(state: HubState, thread: Thread, role: Role, *, resume: bool) -> Worker | None:
    """The worker whose session a start goes on with; None: it begins a fresh one.

    A standing worker keeps its own from thread to thread, also after `retry`; a changed role begins another, for the
    worker CLI sends the role that a session began with again for ever.
    """
    if role.lifetime is Lifetime.STANDING:
        last = standing_worker(state, role.name)
        return last if last and last.role_version == role.version else None
    return thread.worker if resume else None
