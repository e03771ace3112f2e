"""What a thread waits on: other threads (waits that cannot come, and rings) and open dialogs.

Rule: all of it follows from the state, found as it arises. No timer looks for it.
"""

from hubctl.core.ledger.alerts import Target
from hubctl.core.ledger.asks import waiting_asks
from hubctl.core.ledger.outside_events import AskVia
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.transitions import BROKEN
from hubctl.core.vocabulary.words import ThreadId, ThreadState

S = ThreadState


def waited_for(state: HubState, thread: Thread) -> tuple[ThreadId, ...]:
    """The threads that must be done before this one can move: those of its plan, or the one it gave its ball to."""
    if thread.state is S.QUEUED:
        return tuple(name for name in thread.after if not _is_done(state, name))
    if thread.state.running and thread.handoff:
        other = thread.handoff.awaited
        return (other,) if other and not _is_done(state, other) else ()
    return ()


def _is_done(state: HubState, name: ThreadId) -> bool:
    other = state.threads.get(name)
    return other is not None and other.state is S.DONE


def is_wait_broken(state: HubState, thread: Thread) -> bool:
    """It waits, directly or through others, for one that is failed, canceled or gone."""
    return bool(broken_path(state, thread))


def broken_path(state: HubState, thread: Thread) -> tuple[ThreadId, ...]:
    """From the first thread that this one waits for to the one that cannot finish; empty where all can."""
    seen = {thread.id}
    front: list[tuple[ThreadId, ...]] = [(name,) for name in waited_for(state, thread)]
    while front:
        path = front.pop(0)
        other = state.threads.get(path[-1])
        if other is None or other.state in BROKEN:
            return path
        if path[-1] not in seen:
            front += [(*path, name) for name in waited_for(state, other)]
        seen.add(path[-1])
    return ()


def ring_of(state: HubState, thread: Thread) -> tuple[ThreadId, ...]:
    """The threads of the ring that this one waits in, itself first; empty where there is none."""
    paths: list[tuple[ThreadId, ...]] = [(thread.id,)]
    seen: set[ThreadId] = set()
    while paths:
        path = paths.pop(0)
        last = state.threads.get(path[-1])
        for name in waited_for(state, last) if last else ():
            if name == thread.id:
                return path
            if name not in seen:
                seen.add(name)
                paths.append((*path, name))
    return ()


def failing_targets(state: HubState) -> tuple[Target, ...]:
    """The targets whose last notice did not get through."""
    return tuple(target for target in state.targets.values() if target.listed and target.failures)


READING = "dialog"


def is_explained(state: HubState, thread: Thread) -> bool:
    """An ask tells of what the worker waits for."""
    return any(ask.holds_worker for ask in waiting_asks(state.asks, thread.id))


def reading_episode(state: HubState, thread: Thread) -> str:
    """Each dialog is read once, and again after an ask of it that came to nothing."""
    mine = (ask for ask in reversed(tuple(state.asks.values())) if ask.thread == thread.id)
    last = next((ask.id for ask in mine if ask.via is not AskVia.DOOR), "a0")
    return f"{dialog_episode(thread)}-{last}"


def dialog_episode(thread: Thread) -> str:
    """The occasion of an alert: this dialog, since a person has the ball."""
    return f"dialog-{thread.start}-{round(thread.ball.since.timestamp() * 1000)}"
