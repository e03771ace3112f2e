"""What policy wants done now: a pure function of rules, state and time (law 5).

Rules: level-triggered, so it may be called at any moment and any number of times; an action's identity (rule, thread,
episode, rung) keeps it from being given twice (law 6). Nothing here looks at the world.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.core.actions import (
    Action,
    CloseIssue,
    Deliver,
    EndWorker,
    FailThread,
    FileIssue,
    Interrupt,
    JudgeClaim,
    RaiseAlert,
    ReopenIssue,
    ReopenThread,
    ResolveAlert,
    StartWorker,
    claim_episode,
    feedback_episode,
)
from hubctl.core.climbing import climb, is_delivering, is_starting, rule_of, rung_due
from hubctl.core.drops import death, undispatched
from hubctl.core.handoffs import called_back, handoff_alerts, wake_reason
from hubctl.core.ladders import deadline as deadline
from hubctl.core.ladders import given_up, hub_alerts, left_alert, next_rung, resolutions, stuck, unstarted
from hubctl.core.lanes import TURN_OVER, lane_alerts, standing_by, taken_lanes
from hubctl.core.outbox import next_notice, notices
from hubctl.core.policy import Policy, RuleId
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.waits import is_wait_broken, wait_alerts
from hubctl.core.words import HUB, ThreadState, View

S = ThreadState


def evaluate(policy: Policy, state: HubState, now: datetime) -> Iterator[Action]:
    """Every action that is due. `now` is aware UTC; at most `policy.limits.workers` threads run at once."""
    wanted = (
        *_filing(state),
        *_threads(policy, state, now),
        *_dispatch(policy, state),
        *unstarted(policy, state, now),
        *hub_alerts(policy, state),
        *lane_alerts(policy, state),
        *wait_alerts(policy, state),
        *resolutions(state),
        *notices(policy, state, now),
    )
    yield from (action for action in wanted if not _given(state, action))


def next_due(policy: Policy, state: HubState, now: datetime) -> datetime | None:
    """When `evaluate` may have something new to say although nothing happens; None: never."""
    running = [thread for thread in state.threads.values() if thread.state.running]
    rungs = (next_rung(policy, state, thread, now) for thread in running)
    ready = (drop for t in state.threads.values() if (drop := undispatched(policy, state, t)))
    starts = (rung_due(rule_of(policy, drop.thread, drop.kind), drop) for drop in ready)
    dues = (*rungs, *(at for at in starts if at and at > now), next_notice(policy, state, now))
    return min((at for at in dues if at is not None), default=None)


def _given(state: HubState, action: Action) -> bool:
    if isinstance(action, RaiseAlert):
        return action.alert in state.alerts
    if isinstance(action, ResolveAlert):
        return False
    thread = state.threads.get(action.thread) if action.thread else None
    acted = thread.acted.get(action.because) if thread and not action.rung else None
    done = acted is not None and acted.episode == action.episode
    return done or action.id in state.pending or action.id in state.failures


# --- plan to board ------------------------------------------------------------------------------------------------


def _filing(state: HubState) -> Iterator[Action]:
    """One issue of a plan at a time, in plan order: numbers follow the order in which people wrote them."""
    for name, plan in state.plans.items():
        for key in plan.unfiled[:1]:
            yield FileIssue(because="plan", episode=f"{name}:{key}", plan=name, key=key)


# --- dispatch -----------------------------------------------------------------------------------------------------


def _dispatch(policy: Policy, state: HubState) -> Iterator[Action]:
    if state.untrusted:
        return
    free = policy.limits.workers - sum(thread.state.running for thread in state.threads.values())
    for thread, _ in zip(_ready(policy, state), range(max(0, free)), strict=False):
        start, resume = thread.start + 1, thread.resume
        yield StartWorker(
            because="dispatch", episode=f"start-{start}", thread=thread.id, start=start, resume=resume
        )


def _ready(policy: Policy, state: HubState) -> Iterator[Thread]:
    """The threads that could start now, of each lane one at most."""
    lanes = taken_lanes(policy, state)
    for thread in state.threads.values():
        lane = policy.lanes.get(thread.role)
        ready = thread.state is S.QUEUED and thread.ball.holder == HUB and not _is_left(state, thread)
        if ready and _is_filed(state, thread) and (lane is None or lane.key not in lanes):
            lanes |= {lane.key} if lane else set()
            yield thread


def _is_left(state: HubState, thread: Thread) -> bool:
    """Something of its life before is still there: two processes in one worktree would disturb each other."""
    alive = thread.worker is not None and thread.worker.alive and not thread.worker.standing
    return alive or any(pending.thread == thread.id for pending in state.pending.values())


def _is_filed(state: HubState, thread: Thread) -> bool:
    """A plan starts when all of it is on the board: a worker may be told of the threads beside its own."""
    plan = state.plans.get(thread.plan)
    return plan is None or not plan.unfiled


# --- one thread ---------------------------------------------------------------------------------------------------


def _threads(policy: Policy, state: HubState, now: datetime) -> Iterator[Action]:
    for thread in state.threads.values():
        match thread.state:
            case S.STARTING | S.WORKING | S.WAITING:
                yield from _running(policy, state, thread, now)
            case S.REVIEWING:
                yield from _reviewing(policy, state, thread, now)
            case S.DONE | S.CANCELED | S.FAILED:
                yield from _ending(state, thread)
                yield from standing_by(policy, state, thread)
                yield from given_up(policy, thread)
            case S.QUEUED:
                yield from _taking_up(policy, state, thread)


def _running(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    yield from handoff_alerts(policy, thread, now)
    if thread.view is View.GONE:
        if not thread.handoff or called_back(state, thread, now):
            yield from _after_death(policy, state, thread, now)
        return
    if thread.interrupt:
        because, request = "interrupt", thread.interrupt
        yield Interrupt(because=because, episode=str(request), thread=thread.id, request=request)
    yield from _next_task(state, thread)
    yield from _bringing(state, thread, now)
    yield from stuck(policy, state, thread, now)


def _next_task(state: HubState, thread: Thread) -> Iterator[Action]:
    """For a standing worker that lived already: its process was started with another thread's task."""
    untold = thread.worker is not None and thread.worker.untold and thread.worker.alive
    waiting = thread.state is S.STARTING and thread.view in (View.IDLE, View.BACKGROUND)
    ready = waiting and not thread.undelivered and not is_delivering(state, thread)
    if untold and ready and not is_starting(state, thread):
        episode = f"start-{thread.start}-{thread.episode}"
        yield Deliver(because="task", episode=episode, thread=thread.id, purpose="task")


def _bringing(state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """What people wrote, one after the other; then what the worker waited for."""
    if thread.state is S.STARTING or thread.opening or is_delivering(state, thread):
        return  # what opens a start is told by its first prompt
    if is_starting(state, thread) or thread.worker is None or not thread.worker.alive:
        return
    for message in thread.messages[:1]:
        yield Deliver(
            because="send",
            episode=f"message-{message.number}-{thread.start}",
            thread=thread.id,
            purpose="message",
            message=message.number,
        )
    if not thread.messages and thread.handoff and wake_reason(state, thread, now):
        episode = f"wake-{thread.handoff.episode}-{thread.episode}-{thread.prompts}-{thread.start}"
        yield Deliver(because="handoff", episode=episode, thread=thread.id, purpose="wake")


def _after_death(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    if rule_of(policy, thread, RuleId.WORKER_DEAD).off:
        return
    limit = policy.limits.restarts
    recent = [at for at in thread.deaths if now - at <= limit.within]
    if len(recent) > limit.count:
        yield FailThread(
            because=RuleId.WORKER_DEAD,
            episode=f"death-{thread.start}",
            thread=thread.id,
            why=f"the worker died {len(recent)} times in {_words(limit.within)} ({thread.ball.why})",
            cure=f"Read `hubctl logs {thread.id}`.",
        )
    else:
        yield from climb(policy, state, death(thread, now), now)


# --- the claim ----------------------------------------------------------------------------------------------------


def _reviewing(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    if thread.view is not View.GONE:
        yield from _bringing(state, thread, now)
    if thread.rejection is None:
        yield from _judging(policy, state, thread, now)
    elif thread.attempt >= policy.limits.attempts and not _goes_on(policy, thread):
        yield FailThread(
            because=RuleId.ATTEMPTS_EXHAUSTED,
            episode=claim_episode(thread),
            thread=thread.id,
            why=f"{thread.rejection.why}, {thread.attempt} times",
            cure=f"Read `{thread.rejection.output}`." if thread.rejection.output else "",
        )
    elif thread.view is View.GONE:
        yield from _after_death(policy, state, thread, now)
    else:
        yield from _telling(policy, state, thread, now)


def _goes_on(policy: Policy, thread: Thread) -> bool:
    """Nobody watches how often a claim is rejected."""
    return rule_of(policy, thread, RuleId.ATTEMPTS_EXHAUSTED).off


def _judging(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """One judgement at a time: two validations in one worktree would disturb each other."""
    judging = any(p.thread == thread.id and p.name == JudgeClaim.name for p in state.pending.values())
    if thread.view in TURN_OVER and not judging:
        yield JudgeClaim(because="done", episode=claim_episode(thread), thread=thread.id)
    yield from stuck(policy, state, thread, now)


def _telling(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    ready = thread.view is View.IDLE and not thread.undelivered
    if ready and not is_delivering(state, thread):
        episode = feedback_episode(thread)
        yield Deliver(because="done", episode=episode, thread=thread.id, purpose="feedback")
    yield from stuck(policy, state, thread, now)


# --- the end ------------------------------------------------------------------------------------------------------


def _ending(state: HubState, thread: Thread) -> Iterator[Action]:
    """The window of a worker that died goes too, and its token; one that is just being started is ended after that."""
    if thread.state is S.DONE and thread.messages:
        why = "a person's message came before it was done"
        yield ReopenThread(because="send", episode=f"reopen-{thread.episode}", thread=thread.id, why=why)
        return
    if thread.worker and not thread.worker.standing and not is_starting(state, thread):
        yield EndWorker(because="closed", episode=f"end-{thread.start}", thread=thread.id)
    if thread.state is not S.FAILED and not thread.issue_closed:
        outcome = "completed" if thread.state is S.DONE else "not planned"
        episode = f"issue-{thread.reopened}"
        yield CloseIssue(because="board", episode=episode, thread=thread.id, outcome=outcome)


def _taking_up(policy: Policy, state: HubState, thread: Thread) -> Iterator[Action]:
    """A thread that goes on after its end: the old process goes first, and the issue is open again."""
    if not thread.reopened:
        return
    worker = thread.worker
    if worker and worker.alive and not worker.standing and not is_starting(state, thread):
        end = EndWorker(because="closed", episode=f"end-{thread.start}", thread=thread.id)
        yield end
        yield from left_alert(policy, thread, state.failures.get(end.id, ""))
    if thread.issue_closed:
        yield ReopenIssue(because="board", episode=f"reopened-{thread.reopened}", thread=thread.id)


def is_ending(state: HubState, thread: Thread) -> bool:
    """A thread at its end for which something is under way or due. What failed is left to the next start of a hub."""
    if any(pending.thread == thread.id for pending in state.pending.values()):
        return True
    return any(not _given(state, action) for action in _ending(state, thread))


def has_ended(state: HubState, thread: Thread) -> bool:
    """Nothing more will happen to it by itself: what `run` waits for."""
    if thread.state is S.QUEUED:
        return is_wait_broken(state, thread)
    return not thread.state.running and not is_ending(state, thread)


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} minutes" if minutes else f"{int(span.total_seconds())} seconds"
