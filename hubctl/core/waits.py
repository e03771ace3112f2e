"""Threads that wait for each other."""

from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.words import ThreadState

BROKEN = (ThreadState.FAILED, ThreadState.CANCELED)


def is_wait_broken(state: HubState, thread: Thread) -> bool:
    """A queued thread that waits, directly or through others, for one that is failed, canceled or gone."""
    seen, front = {thread.id}, list(thread.after) if thread.state is ThreadState.QUEUED else []
    while front:
        other = state.threads.get(name := front.pop())
        if other is None or other.state in BROKEN:
            return True
        if name not in seen and other.state is ThreadState.QUEUED:
            front += other.after
        seen.add(name)
    return False
