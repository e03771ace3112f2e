"""Threads that wait for each other: waits that cannot come, and rings.

Rule: both are facts of the state, found as they arise. No timer looks for them.
"""

from collections.abc import Iterator

from hubctl.core.actions import Action
from hubctl.core.climbing import Drop, say
from hubctl.core.handoffs import waited_thread
from hubctl.core.policy import Policy, RuleId
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.words import ThreadId, ThreadState

S = ThreadState
BROKEN = (S.FAILED, S.CANCELED)


def waited_for(state: HubState, thread: Thread) -> tuple[ThreadId, ...]:
    """The threads that must be done before this one can move: those of its plan, or the one it gave its ball to."""
    if thread.state is S.QUEUED:
        return tuple(name for name in thread.after if not _is_done(state, name))
    if thread.state.running and thread.handoff:
        other = waited_thread(thread.handoff)
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


# --- what is said of them -----------------------------------------------------------------------------------------


def bad_wait(state: HubState, thread: Thread) -> Drop | None:
    """What is wrong with this thread's wait; of a ring its oldest thread speaks.

    Its episode is which life and which handing away of each thread on the way.
    """
    if not waited_for(state, thread):
        return None
    if broken := broken_path(state, thread):
        return _broken(state, thread, broken)
    ring = ring_of(state, thread)
    order = {name: number for number, name in enumerate(state.threads)}
    if not ring or thread.id != min(ring, key=order.__getitem__):
        return None
    since = max(state.threads[name].ball.since for name in ring)
    return Drop(
        kind=RuleId.WAIT_CYCLE,
        thread=thread,
        episode=_episode(state, *ring),
        since=since,
        text=f"threads wait for each other in a ring since {since:%H:%M:%S} UTC: {', '.join((*ring, thread.id))}",
        cure=f"`hubctl send {thread.id} -- TEXT` breaks it",
    )


def _broken(state: HubState, thread: Thread, path: tuple[ThreadId, ...]) -> Drop:
    other = state.threads.get(path[-1])
    what = f"is {other.state.value}" if other else "does not exist"
    way = f"`hubctl send {thread.id} -- TEXT`" if thread.state.running else f"`hubctl stop {thread.id}`"
    return Drop(
        kind=RuleId.WAIT_BROKEN,
        thread=thread,
        episode=_episode(state, thread.id, *path),
        since=thread.ball.since,
        text=f"it waits since {thread.ball.since:%H:%M:%S} UTC for thread {path[-1]}, which {what}",
        cure=f"`hubctl retry {path[-1]}`, or {way}",
    )


def _episode(state: HubState, *names: ThreadId) -> str:
    known = (state.threads.get(name) for name in names)
    lives = (f"{t.id}.{t.reopened}.{t.handoff.episode if t.handoff else 0}" for t in known if t)
    return "-".join(lives)


def wait_alerts(policy: Policy, state: HubState) -> Iterator[Action]:
    """One for each thread whose wait is broken, and one for each ring."""
    for thread in state.threads.values():
        if wait := bad_wait(state, thread):
            yield from say(policy, wait)


def wait_resolved(state: HubState, thread: Thread, *, kind: str, episode: str) -> str:
    """Why the alert of a wait is over; empty while it holds."""
    wait = bad_wait(state, thread)
    if wait and (wait.kind, wait.episode) == (kind, episode):
        return ""
    return "what it waits for can come again, or it does not wait any more"
