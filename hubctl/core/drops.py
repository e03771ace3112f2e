"""How a ball is dropped: for each kind the facts that make it late, what was seen, and what a person can do.

Rule: evidence, not timers alone. A turn that ended with something running behind it is not idle; a busy worker whose
tool may still run is not stalled, and a spinner that turns is no movement; text that a worker prints is no fact at all.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.core.climbing import Drop, rule_of
from hubctl.core.lanes import taken_lanes
from hubctl.core.policy import Policy, RuleId
from hubctl.core.state import HubState
from hubctl.core.thread import Tally, Thread
from hubctl.core.words import HUB, ThreadState, View

S = ThreadState
AFTER_RETRY = timedelta(seconds=30)
"""An API that is asked again takes its time to answer, if only to refuse."""
FAILURES = (RuleId.ATTEMPTS_EXHAUSTED, RuleId.WORKER_DEAD, RuleId.IDLE_NO_HANDOFF, RuleId.STALLED)


def drops(policy: Policy, thread: Thread) -> Iterator[Drop]:
    """All that is wrong with a thread whose worker lives, each with the fact that its rule counts from."""
    for drop in (idle(thread), stalled(thread), limit_overdue(thread)):
        if drop:
            yield drop
    yield from _counted(policy, thread)


def is_idle(thread: Thread) -> bool:
    """The worker has the ball, its turn is over, nothing runs behind it, and it said nothing."""
    free = not thread.dialog and not thread.undelivered
    return thread.state is S.WORKING and thread.view is View.IDLE and free


def idle(thread: Thread) -> Drop | None:
    """Ended its turn without done, handoff or ask."""
    if not is_idle(thread) or thread.idle_since is None:
        return None
    error = f" after an API error ({thread.turn_error})" if thread.turn_error else ""
    return Drop(
        kind=RuleId.IDLE_NO_HANDOFF,
        thread=thread,
        episode=str(thread.episode),
        since=thread.idle_since,
        text=f"the worker is idle since {thread.idle_since:%H:%M:%S} UTC{error} and said neither done nor handoff",
        cure=f"`hubctl attach {thread.id}`",
    )


def stalled(thread: Thread) -> Drop | None:
    """Busy, and nothing moves: no word of the model, and no tool that may still run by its own limit."""
    busy = thread.view is View.BUSY and thread.state in (S.STARTING, S.WORKING, S.REVIEWING)
    if not busy or thread.dialog or thread.moved_at is None:
        return None
    since = max(thread.moved_at, thread.tool_until or thread.moved_at)
    tool = " and its tool's own time limit is over" if thread.tool_until else ""
    retry = ", though its screen announced an API retry" if thread.retry_at else ""
    return Drop(
        kind=RuleId.STALLED,
        thread=thread,
        episode=f"{thread.start}-{_milliseconds(since)}",
        since=since,
        text=f"the worker is busy, yet nothing of it moves since {thread.moved_at:%H:%M:%S} UTC{tool}{retry}",
        cure=f"`hubctl attach {thread.id}`, or `hubctl interrupt {thread.id}`",
        excused=thread.retry_at + AFTER_RETRY if thread.retry_at else None,
    )


def limit_overdue(thread: Thread) -> Drop | None:
    """The reset of a usage limit has passed, and the worker still rests."""
    handoff = thread.handoff
    if handoff is None or not handoff.limit or handoff.until is None or thread.view is not View.IDLE:
        return None
    return Drop(
        kind=RuleId.LIMIT_OVERDUE,
        thread=thread,
        episode=str(handoff.episode),
        since=handoff.until,
        text=f"its usage limit was to reset at {handoff.until:%H:%M} UTC, and the worker still rests",
        cure=f"`hubctl attach {thread.id}`, or `hubctl send {thread.id} -- 'Go on.'`",
    )


def _counted(policy: Policy, thread: Thread) -> Iterator[Drop]:
    tallies = (
        (
            RuleId.PING_PONG,
            thread.passes,
            "the ball was handed away {} times, last at {} UTC, and nothing came of it",
        ),
        (
            RuleId.UNPROVEN_DONE,
            thread.unproven,
            "done was claimed {} times, last at {} UTC, without the evidence for it",
        ),
    )
    for kind, tally, text in tallies:
        most = rule_of(policy, thread, kind).count
        if tally is not None and most is not None and tally.count >= most:
            yield _of_tally(thread, kind, tally, text.format(tally.count, f"{tally.at:%H:%M:%S}"))


def _of_tally(thread: Thread, kind: RuleId, tally: Tally, text: str) -> Drop:
    cure = f"`hubctl logs {thread.id}`, then `hubctl send {thread.id} -- TEXT`"
    return Drop(kind=kind, thread=thread, episode=str(tally.episode), since=tally.at, text=text, cure=cure)


def death(thread: Thread, now: datetime) -> Drop:
    """The process of a thread that needs it is gone; an orphan was dead when the hub came back."""
    since = thread.deaths[-1] if thread.deaths else now
    return Drop(
        kind=RuleId.ORPHANED if thread.orphaned else RuleId.WORKER_DEAD,
        thread=thread,
        episode=f"start-{thread.start + 1}",
        since=since,
        text=f"its worker is gone since {since:%H:%M:%S} UTC ({thread.ball.why})",
        cure=f"`hubctl logs {thread.id}`",
    )


def undispatched(policy: Policy, state: HubState, thread: Thread) -> Drop | None:
    """Ready work that nobody starts, with what is in its way."""
    if (
        thread.state is not S.QUEUED or thread.ball.holder != HUB or state.untrusted
    ):  # that is said of the hub
        return None
    since = thread.ball.since
    return Drop(
        kind=RuleId.UNDISPATCHED,
        thread=thread,
        episode=f"ready-{thread.reopened}-{_milliseconds(since)}",
        since=since,
        text=f"it is ready since {since:%H:%M:%S} UTC and has not started: {_in_its_way(policy, state, thread)}",
        cure="`hubctl status`",
    )


def _in_its_way(policy: Policy, state: HubState, thread: Thread) -> str:
    running = [other.id for other in state.threads.values() if other.state.running]
    lane = policy.lanes.get(thread.role)
    if len(running) >= policy.limits.workers:
        return f"threads {', '.join(running)} take all {policy.limits.workers} places"
    if lane and lane.key in taken_lanes(policy, state):
        return f"another thread has its lane ({lane.key})"
    return "its plan is not filed yet, or what is left of it is still being ended"


def failure(thread: Thread) -> Drop:
    """A thread that was given up is a person's, who must hear of it."""
    kind = next((kind for kind in FAILURES if kind == thread.failed_by), RuleId.ATTEMPTS_EXHAUSTED)
    return Drop(
        kind=RuleId.UNDISPATCHED if thread.failed_by == "start-failed" else kind,
        thread=thread,
        episode=f"failed-{thread.reopened}-{thread.start}",
        since=thread.ball.since,
        text=f"it was given up at {thread.ball.since:%H:%M:%S} UTC: {thread.ball.why}",
        cure=f"{thread.cure} `hubctl retry {thread.id}`".strip(),
    )


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
