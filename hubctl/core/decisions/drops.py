"""How a ball is dropped: for each kind the facts that make it late, what was seen, and what a person can do.

Rule: evidence, not timers alone. A turn that ended with something running behind it is not idle; a busy worker whose
tool may still run is not stalled, and a spinner that turns is no movement; text that a worker prints is no fact at all.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from hubctl.core.decisions.ladder import AT_ONCE, Drop, is_begun, rule_of, rung_due
from hubctl.core.decisions.lanes import taken_lanes
from hubctl.core.documents.policy import Policy, RuleId, Severity
from hubctl.core.ledger.actions import RaiseAlert, ReadScreen
from hubctl.core.ledger.guarded import Guarded
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import OVER_LIMIT, Tally, Thread
from hubctl.core.ledger.waits import broken_path, ring_of, waited_for
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import HUB, ThreadId, ThreadState, View

S = ThreadState
AFTER_RETRY = timedelta(seconds=30)
"""An API that is asked again takes its time to answer, if only to refuse."""
FAILURES: Mapping[str, RuleId] = {
    **{rule.value: rule for rule in (RuleId.WORKER_DEAD, RuleId.IDLE_NO_HANDOFF, RuleId.STALLED)},
    "start-failed": RuleId.UNDISPATCHED,
    OVER_LIMIT: RuleId.WORKER_DEAD,
}
"""By which rule people hear of a failure; of all others by `attempts-exhausted`."""


def drops(policy: Policy, thread: Thread) -> Iterator[Drop]:
    """All that is wrong with a thread whose worker lives, each with the fact that its rule counts from."""
    for drop in (idle(thread), stalled(thread), limit_overdue(thread)):
        if drop and (thread.called is None or thread.called.rule == drop.kind):
            yield drop  # else it may rest, for the ball is the human's
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
        text=lambda: (
            f"the worker is idle since {thread.idle_since:%H:%M:%S} UTC{error} and said neither done nor handoff"
        ),
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
        text=lambda: (
            f"the worker is busy, yet nothing of it moves since {thread.moved_at:%H:%M:%S} UTC{tool}{retry}"
        ),
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
        text=lambda: f"its usage limit was to reset at {handoff.until:%H:%M} UTC, and the worker still rests",
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
            yield _of_tally(thread, kind, tally, text)


def _of_tally(thread: Thread, kind: RuleId, tally: Tally, text: str) -> Drop:
    return Drop(
        kind=kind,
        thread=thread,
        episode=str(tally.episode),
        since=tally.at,
        text=lambda: text.format(tally.count, f"{tally.at:%H:%M:%S}"),
        cure=f"`hubctl logs {thread.id}`, then `hubctl send {thread.id} -- TEXT`",
    )


def death(thread: Thread) -> Drop:
    """The process of a thread that needs it is gone; an orphan was dead when the hub came back."""
    since = thread.deaths[-1] if thread.deaths else thread.ball.since
    return Drop(
        kind=RuleId.ORPHANED if thread.orphaned else RuleId.WORKER_DEAD,
        thread=thread,
        episode=f"start-{thread.start + 1}",
        since=since,
        text=lambda: f"its worker is gone since {since:%H:%M:%S} UTC ({thread.ball.why})",
        cure=f"`hubctl logs {thread.id}`",
    )


def undispatched(policy: Policy, state: HubState, thread: Thread) -> Drop | None:
    """Ready work that nobody starts, with what is in its way."""
    if thread.state is not S.QUEUED or thread.ball.holder != HUB:
        return None
    since = thread.ball.since
    return Drop(
        kind=RuleId.UNDISPATCHED,
        thread=thread,
        episode=f"ready-{thread.reopened}-{_milliseconds(since)}",
        since=since,
        text=lambda: (
            f"it is ready since {since:%H:%M:%S} UTC and has not started: {_in_its_way(policy, state, thread)}"
        ),
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
    return Drop(
        kind=FAILURES.get(thread.failed_by, RuleId.ATTEMPTS_EXHAUSTED),
        thread=thread,
        episode=f"failed-{thread.reopened}-{thread.start}",
        since=thread.ball.since,
        text=lambda: f"it was given up at {thread.ball.since:%H:%M:%S} UTC: {thread.ball.why}",
        cure=f"{thread.cure} `hubctl retry {thread.id}`".strip(),
        said_at=AT_ONCE,
    )


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


HOOKS_SILENT = "hooks-silent"
"""Kind and reason: no rule of the policy, as nothing of it may be set."""


def silence_alert(thread: Thread) -> Iterator[RaiseAlert]:
    """Once for each silence."""
    if thread.hookless is None or thread.worker is None or not thread.worker.alive:
        return
    yield RaiseAlert(
        because=HOOKS_SILENT,
        episode=_silent_turn(thread),
        thread=thread.id,
        kind=HOOKS_SILENT,
        severity=Severity.CRITICAL.value,
        text=(
            f"Thread {thread.id} ({thread.title}): its worker took a prompt at {thread.hookless:%H:%M:%S} UTC and ended "
            "the turn, and no hook of it was heard: the policy judges none of its permissions any more. Look for "
            f"`disableAllHooks` in `.claude/` of `{thread.worker.worktree}`, then `hubctl stop {thread.id}`, or take it "
            f"out and `hubctl send {thread.id} -- 'Go on.'`"
        ),
    )


def _silent_turn(thread: Thread) -> str:
    since = f"-{round(thread.hookless.timestamp() * 1000)}" if thread.hookless else ""
    return f"hooks-{thread.start}{since}"


LOOK = "look"
AHEAD = timedelta(seconds=5)
"""A screen is read within some milliseconds; a busy machine takes longer."""


def look_due(policy: Policy, drop: Drop) -> datetime | None:
    """When the screen of a worker that stalls is to be read; None where nothing could be put off by it."""
    if drop.kind is not RuleId.STALLED or drop.said_at:
        return None
    rule = rule_of(policy, drop.thread, drop.kind)
    due = rung_due(rule, drop)
    if due is None or is_begun(drop):
        return None
    return due - min(AHEAD, (rule.after or AHEAD) / 4)


def looking(policy: Policy, drop: Drop, now: datetime) -> Iterator[ReadScreen]:
    """Once for each moment at which the rule would fire."""
    at = look_due(policy, drop)
    if at is not None and now >= at:
        yield _look(drop, at)


def looked_at(policy: Policy, state: HubState, drop: Drop, now: datetime) -> Drop:
    """The drop, put off while its look is under way or has not begun yet, by `AHEAD` at most."""
    at = look_due(policy, drop)
    if at is None or now < at:
        return drop
    look, acted = _look(drop, at), drop.thread.acted.get(LOOK)
    pending = state.pending.get(look.id)
    begun = look.id in state.failures or (acted is not None and acted.episode == look.episode)
    if begun and pending is None:
        return drop
    until = (pending.at if pending else now) + AHEAD
    return replace(drop, excused=max(until, drop.excused or until))


def _look(drop: Drop, at: datetime) -> ReadScreen:
    episode = f"{drop.episode}-{round(at.timestamp() * 1000)}"
    return ReadScreen(because=LOOK, episode=episode, thread=drop.thread.id)


HELD, REFUSED, GIT, LABEL = "trust", "policy", "git", "label"
"""Why these alerts are raised. Their kind is `undispatched`: of the vocabulary the one that is about no thread's worker."""


OVER: Final[Mapping[str, str]] = {
    RuleId.IDLE_NO_HANDOFF: "a person wrote to the worker, or it went on",
    RuleId.ASK_UNANSWERED: "it was decided, or nothing waits for it any more",
    RuleId.STALLED: "it moves again",
    RuleId.WORKER_DEAD: "its worker lives again",
    RuleId.ORPHANED: "its worker lives again",
    RuleId.PROMPT_UNDELIVERED: "the worker took a prompt",
    RuleId.HANDOFF_UNCLAIMED: "a person took the ball, or the worker did",
    RuleId.WAIT_BROKEN: "what it waits for can come again, or it does not wait any more",
    RuleId.WAIT_CYCLE: "what it waits for can come again, or it does not wait any more",
    RuleId.PING_PONG: "there was progress, or it is counted anew",
    RuleId.UNPROVEN_DONE: "there was progress, or it is counted anew",
    RuleId.UNDISPATCHED: "what was in the way is gone",
    RuleId.LIMIT_OVERDUE: "it moves again",
    RuleId.ATTEMPTS_EXHAUSTED: "it was taken up again, or is wanted no more",
    RuleId.BOARD_UNREACHABLE: "the board took it",
    HOOKS_SILENT: "its hooks are heard again, or a new worker was started",
    LABEL: "it was labelled again, or is wanted no more",
    HELD: "the files are trusted, or others changed",
    REFUSED: "the rules can be read, or something else is wrong",
    GIT: "git's files are as they were, changed again, or a new hub began with them",
}
"""Why an alert is over, by why it was raised."""


def guarded_alerts(policy: Policy, known: Guarded) -> Iterator[RaiseAlert]:
    """One for each way in which what holds is not what stands in the files."""
    usual = policy.rule(RuleId.UNDISPATCHED).severity
    if known.held:
        text = f"{_listed(known.held)} changed, and nobody trusted it: the trusted version holds."
        yield _alert(HELD, known.held_since, usual, f"{text} Look at it, then `hubctl trust`")
    if known.refused:
        problems = " ".join(known.refused.split("\n"))
        text = f"The rules that were trusted last cannot be read, so those before them hold: {problems}"
        yield _alert(REFUSED, known.refused_since, usual, f"{text} Correct it, then `hubctl trust`")
    if known.git:
        text = f"{_listed(tuple(known.git))} changed while the hub runs: git may now execute something else."
        yield _alert(
            GIT,
            known.git_since,
            Severity.CRITICAL,
            f"{text} Look at it; if it is yours, `hubctl down` and `up`",
        )


def _listed(files: tuple[str, ...]) -> str:
    return ", ".join(f"`{file}`" for file in files)


def _alert(because: str, since: datetime | None, severity: Severity, text: str) -> RaiseAlert:
    episode = f"{because}-{_milliseconds(since) if since else ''}"
    kind = RuleId.UNDISPATCHED
    return RaiseAlert(because=because, episode=episode, kind=kind, severity=severity.value, text=text)


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
    since = max(state.threads[name].own.ball.since for name in ring)
    return Drop(
        kind=RuleId.WAIT_CYCLE,
        thread=thread,
        episode=_episode(state, *ring),
        since=since,
        text=lambda: (
            f"threads wait for each other in a ring since {since:%H:%M:%S} UTC: {', '.join((*ring, thread.id))}"
        ),
        cure=f"`hubctl send {thread.id} -- TEXT` breaks it",
        said_at=AT_ONCE,
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
        text=lambda: f"it waits since {thread.ball.since:%H:%M:%S} UTC for thread {path[-1]}, which {what}",
        cure=f"`hubctl retry {path[-1]}`, or {way}",
        said_at=AT_ONCE,
    )


def _episode(state: HubState, *names: ThreadId) -> str:
    known = (state.threads.get(name) for name in names)
    lives = (f"{t.id}.{t.reopened}.{t.handoff.episode if t.handoff else 0}" for t in known if t)
    return "-".join(lives)
