"""The law of the house: whatever happens, something will move every open thread, or a person has been told."""

from datetime import timedelta

from hubctl.core.decisions.asks import ask_due, reading_due
from hubctl.core.decisions.drops import is_idle
from hubctl.core.decisions.handoffs import handoff_due
from hubctl.core.decisions.lanes import taken_lanes
from hubctl.core.decisions.stuck import next_rung
from hubctl.core.documents.policy import RuleId
from hubctl.core.ledger import events as e
from hubctl.core.ledger.asks import open_asks
from hubctl.core.ledger.board import BOARD_ORDERS
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.waits import is_wait_broken, ring_of
from hubctl.core.vocabulary.words import (
    HUB,
    HUMAN,
    NOBODY,
    TURN_OVER,
    WORKER,
    ThreadId,
    ThreadState,
    View,
)
from support.core.stage import Stage

S = ThreadState


def dropped(stage: Stage) -> list[str]:
    """Every way in which a thread could lie there for ever and nobody knows; empty as long as the law holds."""
    found: list[str] = []
    for thread in stage.state.threads.values():
        if thread.state.running and not _moves(stage, thread.own):
            found.append(f"thread {thread.id} is {thread.state}, {thread.view}, {thread.ball}")
        if thread.state is S.QUEUED and not _will_start(stage, thread.own):
            found.append(f"thread {thread.id} is ready, and nothing starts it")
        if not _is_held_rightly(stage, thread):
            found.append(f"thread {thread.id} is {thread.state}, {thread.view}, and held by {thread.ball}")
    return found


def _moves(stage: Stage, thread: Thread) -> bool:
    own = (p for p in stage.state.pending.values() if p.thread == thread.id and p.name not in BOARD_ORDERS)
    if any(_is_fresh(stage, pending) for pending in own):
        return True
    if thread.view is View.GONE and thread.handoff and not thread.messages:
        return _is_away_rightly(stage, thread) or _is_ahead(stage, thread)
    if thread.view is View.GONE:
        due = next_rung(stage.policy, stage.state, thread, stage.now)
        return bool(stage.state.untrusted and _told(stage.state, None)) or due is not None
    if thread.id in {alert.thread for alert in stage.state.open_alerts}:
        return True
    due = next_rung(stage.policy, stage.state, thread, stage.now)
    if (
        thread.handoff
        and thread.state is S.WAITING
        and not (thread.dialog or thread.undelivered or thread.opening)
    ):
        return _is_away_rightly(stage, thread) or _is_ahead(stage, thread)
    works = thread.view not in (View.IDLE, View.WAITING) and not thread.undelivered
    if thread.dialog and _is_ahead(stage, thread):
        return True
    return works or (due is not None and due > stage.now)


def _is_fresh(stage: Stage, pending: e.ActionBegan) -> bool:
    """A start, a validation or an end may take its time; a prompt that waits for an empty composer may not.

    A look at a screen moves nothing.
    """
    late = stage.policy.rule(RuleId.PROMPT_UNDELIVERED).after or timedelta(0)
    return pending.name not in ("deliver", "read-screen") or (
        pending.name == "deliver" and stage.now < pending.at + late
    )


def _told(state: HubState, thread: ThreadId | None) -> bool:
    return any(alert.thread == thread for alert in state.open_alerts)


def _will_start(stage: Stage, thread: Thread) -> bool:
    if thread.ball.holder != HUB:
        other = stage.state.threads[ThreadId(thread.ball.holder.removeprefix("thread:"))]
        return not other.state.closed or is_wait_broken(stage.state, thread)
    running = sum(other.state.running for other in stage.state.threads.values())
    filing = any(pending.name == "file-issue" for pending in stage.state.pending.values())
    told = _told(stage.state, None) or _told(stage.state, thread.id)
    own = [p for p in stage.state.pending.values() if p.thread == thread.id and p.name not in BOARD_ORDERS]
    if own or _waits_for_board(stage, thread):
        return True  # what its life before left is being ended
    return running == stage.policy.limits.workers or filing or told or _lane_moves(stage, thread)


def _waits_for_board(stage: Stage, thread: Thread) -> bool:
    """Its plan is not filed, for the board is away, and not for longer than a person must be told."""
    plan, outage = stage.state.plans.get(thread.plan), stage.state.board.outage
    after = stage.policy.rule(RuleId.BOARD_UNREACHABLE).after or timedelta(0)
    return bool(plan and plan.unfiled and outage and stage.now < outage.since + after)


def _lane_moves(stage: Stage, thread: Thread) -> bool:
    """Its lane is taken, and what takes it goes on by itself, or is judged as a running thread."""
    lane = stage.policy.lanes.get(thread.role)
    if lane is None or lane.key not in taken_lanes(stage.policy, stage.state):
        return False
    ended = [t for t in stage.state.threads.values() if not t.state.running and t.worker and t.worker.alive]
    pending = {p.thread for p in stage.state.pending.values()}
    return all(
        t.view in (View.BUSY, View.STARTING, View.UNKNOWN, *TURN_OVER) or t.id in pending for t in ended
    )


def _is_held_rightly(stage: Stage, thread: Thread) -> bool:
    match thread.state:
        case S.DONE | S.CANCELED:
            return thread.ball.holder == NOBODY
        case S.FAILED:
            return thread.ball.holder == HUMAN
        case S.QUEUED:
            called = thread.ball.holder == HUMAN and _told(stage.state, thread.id)
            return called or thread.ball.holder == HUB or thread.ball.holder.startswith("thread:")
        case _:
            return _is_runner_held_rightly(stage, thread)


def _is_runner_held_rightly(stage: Stage, thread: Thread) -> bool:
    """A dead worker holds nothing; and what a person shall do, the person was told."""
    match thread.ball.holder:
        case str(holder) if holder == WORKER:
            return thread.view is not View.GONE and not _rests_for_good(stage, thread)
        case str(holder) if holder == HUMAN:
            if thread.called and thread.state in (S.STARTING, S.WORKING):
                return False
            answering = any(
                p.name in ("answer-ask", "read-dialog") and p.thread == thread.id
                for p in stage.state.pending.values()
            )
            due = reading_due(thread)
            if due is not None and due > stage.now:
                return True  # what it is about to be asked is read first
            return _told(stage.state, thread.id) or _is_ahead(stage, thread) or answering
        case holder:
            return holder == HUB or _is_away_rightly(stage, thread)


def _rests_for_good(stage: Stage, thread: Thread) -> bool:
    """It rests, and its rule has done all that it says: then the ball is a person's."""
    going = any(pending.thread == thread.id for pending in stage.state.pending.values())
    due = next_rung(stage.policy, stage.state, thread, stage.now)
    return is_idle(thread) and due is None and not going and not thread.messages


def _is_ahead(stage: Stage, thread: Thread) -> bool:
    """The ball was handed away, or a person is asked, who is not late yet."""
    due = handoff_due(stage.policy, thread)
    mine = [ask for ask in open_asks(stage.state.asks) if ask.thread == thread.id]
    if (thread.dialog or thread.awaited_host) and any(
        (at := ask_due(stage.policy, stage.state, ask)) and at > stage.now for ask in mine
    ):
        return True
    return due is not None and due > stage.now and not thread.dialog


def _is_away_rightly(stage: Stage, thread: Thread) -> bool:
    """Who has it can give it back, or somebody was told that it cannot; what has come is being brought."""
    other = thread.handoff.awaited if thread.handoff else None
    if thread.handoff is None or thread.handoff.to != thread.ball.holder:
        return False
    if thread.view is View.GONE and stage.state.untrusted:
        return _told(stage.state, None)
    if thread.view is View.GONE and next_rung(stage.policy, stage.state, thread, stage.now):
        return True
    if other is None:
        bringing = any(pending.thread == thread.id for pending in stage.state.pending.values())
        return _is_ahead(stage, thread) or _told(stage.state, thread.id) or bringing
    ring = ring_of(stage.state, thread)
    can_come = not is_wait_broken(stage.state, thread) and not ring
    return can_come or any(_told(stage.state, name) for name in (thread.id, *ring))
