"""What policy wants done now: a pure function of rules, state and time (law 5).

Rules: level-triggered, so it may be called at any moment and any number of times; an action's identity (rule, thread,
episode, rung) keeps it from being given twice (law 6). Nothing here looks at the world.
"""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.decisions import stuck
from hubctl.core.decisions.asks import answers, dialog_orders, judgements
from hubctl.core.decisions.board import is_put_off, is_unshown, must_wait, next_try, showing
from hubctl.core.decisions.delivering import bringing, next_task, reviewing
from hubctl.core.decisions.endings import ending, reopening, taking_up
from hubctl.core.decisions.lanes import standing_by, taken_lanes
from hubctl.core.decisions.notices import next_notice, notices
from hubctl.core.decisions.stuck import deadline as deadline
from hubctl.core.decisions.stuck import overdue as overdue
from hubctl.core.documents.policy import Policy
from hubctl.core.ledger import actions as a
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.waits import is_wait_broken
from hubctl.core.vocabulary.words import HUB, ThreadState, View

S = ThreadState


def evaluate(policy: Policy, state: HubState, now: datetime) -> Iterator[a.Action]:
    """Every action that is due. `now` is aware UTC; at most `policy.limits.workers` threads run at once."""
    own = state.own
    wrong = stuck.all_dropped(policy, own, now)
    wanted = (
        *judgements(own),
        *answers(own),
        *_filing(own),
        *showing(policy, state),
        *_threads(policy, own, wrong, now),
        *_dispatch(policy, own),
        *_unstarted(policy, own, wrong, now),
        *stuck.announcements(policy, own, now),
        *stuck.resolutions(policy, own, wrong),
        *stuck.calls(policy, own, wrong, now),
        *notices(policy, own, now),
    )
    yield from (one for one in wanted if not _given(state, one) and not must_wait(state, one, now))


def next_due(policy: Policy, state: HubState, now: datetime) -> datetime | None:
    """When `evaluate` may have something new to say although nothing happens; None: never."""
    state = state.own
    rungs = (stuck.next_rung(policy, state, thread, now) for thread in state.threads.values())
    dues = (*rungs, next_notice(policy, state, now), next_try(policy, state, now))
    return min((at for at in dues if at is not None), default=None)


def _given(state: HubState, action: a.Action) -> bool:
    if isinstance(action, a.RaiseAlert):
        return action.alert in state.alerts
    if isinstance(action, a.ResolveAlert | a.CallHuman | a.TakeBallBack):
        return False
    thread = state.threads.get(action.thread) if action.thread else None
    acted = thread.acted.get(action.because) if thread and not action.rung else None
    done = acted is not None and acted.episode == action.episode
    return done or action.id in state.pending or action.id in state.failures


# --- plan to board ------------------------------------------------------------------------------------------------


def _filing(state: HubState) -> Iterator[a.Action]:
    """One issue of a plan at a time, in plan order: numbers follow the order in which people wrote them."""
    for name, plan in state.plans.items():
        for key in plan.unfiled[:1]:
            yield a.FileIssue(because="plan", episode=f"{name}:{key}", plan=name, key=key)


# --- dispatch -----------------------------------------------------------------------------------------------------


def _dispatch(policy: Policy, state: HubState) -> Iterator[a.Action]:
    if state.untrusted:
        return
    free = policy.limits.workers - sum(thread.state.running for thread in state.threads.values())
    for thread, _ in zip(_ready(policy, state), range(max(0, free)), strict=False):
        start, resume = thread.start + 1, thread.resume
        yield a.StartWorker(
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
    return alive or bool(state.under_way(thread.id, *a.OF_A_WORKER))


def _is_filed(state: HubState, thread: Thread) -> bool:
    """A plan starts when all of it is on the board: a worker may be told of the threads beside its own."""
    plan = state.plans.get(thread.plan)
    return plan is None or not plan.unfiled


# --- one thread ---------------------------------------------------------------------------------------------------


def _threads(policy: Policy, state: HubState, wrong: stuck.Wrong, now: datetime) -> Iterator[a.Action]:
    for thread in state.threads.values():
        match thread.state:
            case S.STARTING | S.WORKING | S.WAITING:
                yield from reopening(state, thread)
                yield from _running(state, thread, now)
            case S.REVIEWING:
                yield from reopening(state, thread)
                yield from reviewing(policy, state, thread, now)
            case S.DONE | S.CANCELED | S.FAILED:
                yield from ending(state, thread)
                yield from standing_by(policy, state, thread)
            case S.QUEUED:
                yield from taking_up(state, thread)
        if thread.state is not S.QUEUED:
            yield from stuck.followed_up(policy, state, wrong[thread.id], now)


def _unstarted(policy: Policy, state: HubState, wrong: stuck.Wrong, now: datetime) -> Iterator[a.Action]:
    """Ready work that nothing starts, and waits that cannot end; asked after what is started now."""
    for thread in state.threads.values():
        if thread.state is S.QUEUED:
            yield from stuck.followed_up(policy, state, wrong[thread.id], now)


def _running(state: HubState, thread: Thread, now: datetime) -> Iterator[a.Action]:
    if thread.view is View.GONE:
        return
    if thread.interrupt:
        because, request = "interrupt", thread.interrupt
        yield a.Interrupt(because=because, episode=str(request), thread=thread.id, request=request)
    yield from next_task(state, thread)
    yield from bringing(state, thread, now)
    yield from dialog_orders(state, thread, now)


def is_ending(state: HubState, thread: Thread) -> bool:
    """A thread at its end for which something is under way or due. What failed is left to the next start of a hub."""
    if thread.id not in state.threads:
        return False
    if state.under_way(thread.id):
        return True
    wanted = (action for action in ending(state, thread) if not is_put_off(state, action))
    return any(not _given(state, action) for action in wanted) or is_unshown(state, thread)


def has_ended(state: HubState, thread: Thread) -> bool:
    """Nothing more will happen to it by itself: what `run` waits for."""
    if thread.state is S.QUEUED:
        return is_wait_broken(state, thread)
    return not thread.state.running and not is_ending(state, thread)
