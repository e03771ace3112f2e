"""The law of the house: whatever happens, something will move every open thread, or a person has been told.

A world is played at random: workers work, rest, ask, die and speak; orders succeed and fail, early and late; people write,
stop and look on; time passes, clocks jump, hubs die. After each move the hub takes its turn, and then `dropped` must find
nothing. The moves are drawn from what can happen then, so that a failure shrinks to the shortest story.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubctl.agents.claude.screen.start_dialogs import StartDialog
from hubctl.core.decisions.asks import ask_due, reading_due
from hubctl.core.decisions.drops import is_idle
from hubctl.core.decisions.handoffs import handoff_due
from hubctl.core.decisions.lanes import taken_lanes
from hubctl.core.decisions.stuck import next_rung
from hubctl.core.documents.policy import Lane, Policy, RuleId
from hubctl.core.intake.observations import ClockSeen, TrustSeen, WorkSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import RaiseAlert
from hubctl.core.ledger.asks import open_asks, waiting_asks
from hubctl.core.ledger.board import BOARD_ORDERS
from hubctl.core.ledger.settling import recalled
from hubctl.core.ledger.state import HubState, Pending
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.waits import is_wait_broken, ring_of
from hubctl.core.messages.prompts import expected
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import (
    HUB,
    HUMAN,
    NOBODY,
    TURN_OVER,
    WORKER,
    ThreadId,
    ThreadState,
    View,
    Work,
)
from tests.core.board_acts import look, told
from tests.core.board_moves import board_moves, board_outcomes
from tests.core.builders import issue, plan, policy
from tests.core.stage import Stage, names, planned, request

pytestmark = pytest.mark.law
S = ThreadState
STRICT = policy(
    "rules: {idle-no-handoff: {after: 60s, nudges: 2, pause: 30s, then: [alert, escalate]}}",
    "limits: {workers: 2, attempts: 2, restarts: 2 in 10m}",
)
KEEPING = replace(policy(), lanes={"coder": Lane(key="coder", standing=True)})
"""One standing worker for all."""
DENYING = policy("rules: {ask-unanswered: {after: 60s, nudges: 1, pause: 30s, then: [alert], answer: deny}}")
FAILING = policy("rules: {idle-no-handoff: {then: [fail]}}", "limits: {workers: 1}")
LOOKS = [view for view in View if view is not View.GONE]
Move = tuple[str, Callable[[], object]]


# --- the law ------------------------------------------------------------------------------------------------------


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


def _is_fresh(stage: Stage, pending: Pending) -> bool:
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
    if thread.dialog and any(
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


# --- the world ----------------------------------------------------------------------------------------------------


LIKELY = {
    " pass": 3,
    " starts": 6,
    " fails": 2,
    " takes its": 2,
    "was told": 4,
    "is rejected": 4,
    "a person writes": 2,
    "looks idle": 6,
    " dies": 2,
    "the board takes": 6,
}
"""So that stories come far: by a part of a move's name, how often it stands among the others."""


def moves(stage: Stage) -> list[Move]:
    """What can happen now, the harmless first: a failure shrinks towards them."""
    return [move for move in _possible(stage) for _ in range(_weight(move))]


def _weight(move: Move) -> int:
    return max((weight for part, weight in LIKELY.items() if part in move[0]), default=1)


def _possible(stage: Stage) -> list[Move]:
    return [
        *_time(stage),
        *(move for pending in stage.state.pending.values() for move in _outcomes(stage, pending)),
        *(move for thread in stage.state.everyone for move in _of_a_thread(stage, thread)),
        *_hub(stage),
        *board_moves(stage),
    ]


def _time(stage: Stage) -> Iterator[Move]:
    for seconds in (1, 30, 90, 600):
        yield f"{seconds} s pass", partial(stage.wait, timedelta(seconds=seconds))


def _hub(stage: Stage) -> Iterator[Move]:
    yield "the hub dies and starts", stage.restart
    for hours in (1, -1):
        yield f"the clock jumps {hours} h", partial(_jump, stage, hours)
    for changed in ((), ("POLICY.md",), ("hubctl.yaml",)):
        yield (
            f"changed: {changed}",
            partial(_trust, stage, changed),
        )
    yield "a file is held", partial(stage.see, TrustSeen(at=stage.now, changed=(), held=("POLICY.md",)))


def _trust(stage: Stage, changed: tuple[str, ...]) -> None:
    stage.see(TrustSeen(at=stage.now, changed=changed))


def _jump(stage: Stage, hours: int) -> None:
    stage.now += timedelta(hours=hours)
    stage.see(ClockSeen(at=stage.now, slept=3600.0 * hours))


def _outcomes(stage: Stage, pending: Pending) -> Iterator[Move]:
    name, thread = pending.name, pending.thread
    yield f"{name} {thread} fails", partial(stage.finish, pending.action, error="it did not work")
    match name:
        case _ if name in BOARD_ORDERS:
            yield from board_outcomes(stage, pending)
        case "start-worker":
            yield f"worker {thread} starts", lambda: stage.start(thread or ThreadId(""))
        case "judge-claim":
            yield f"{thread} is accepted", lambda: stage.judge(thread or ThreadId(""))
            yield f"{thread} is rejected", lambda: stage.judge(thread or ThreadId(""), why="the tests fail")
        case "deliver":
            yield from _deliveries(stage, pending)
        case "read-screen":
            yield from _readings(stage, pending)
        case "read-dialog":
            yield f"{name} {thread} tells nothing", partial(stage.finish, pending.action)
            said = {"kind": "permission", "text": "touch x", "options": "Yes\nNo"}
            yield f"{thread}'s screen asks", partial(stage.finish, pending.action, said)
        case _:
            yield f"{name} {thread} succeeds", partial(stage.finish, pending.action)


def _deliveries(stage: Stage, pending: Pending) -> Iterator[Move]:
    name, thread = pending.name, pending.thread
    for proof in ("hook", "transcript"):
        yield f"{thread} was told ({proof})", partial(stage.end, name, thread, {"proof": proof})
    if pending.words["purpose"] == "message":
        yield f"{thread} refuses it", lambda: stage.end(name, thread, {"refused": "a draft"})
    if _would_skip(stage, pending):
        yield f"{thread} need not be told", lambda: stage.end(name, thread, {"skipped": "yes"})


def _readings(stage: Stage, pending: Pending) -> Iterator[Move]:
    for seconds in ("", "2", "3600"):
        facts = {"retry_seconds": seconds} if seconds else {}
        yield (
            f"{pending.thread} shows a retry: {seconds}",
            partial(stage.finish, pending.action, facts),
        )


def _would_skip(stage: Stage, pending: Pending) -> bool:
    """As `perform.delivery` decides it: the worker is gone, or has gone on."""
    thread = stage.thread(pending.thread or ThreadId(""))
    if thread.worker is None or not thread.worker.alive:
        return True
    if pending.words["purpose"] == "task":
        return thread.state is not S.STARTING
    if pending.words["purpose"] == "message":
        return all(str(one.number) != pending.words["message"] for one in thread.messages)
    if pending.words["purpose"] == "wake":
        return thread.state is not S.WAITING or thread.handoff is None
    if pending.words["purpose"] == "feedback":
        return thread.state is not S.REVIEWING or thread.rejection is None
    return thread.state is not S.WORKING or thread.view is not View.IDLE


def _of_a_thread(stage: Stage, thread: Thread) -> Iterator[Move]:
    id = thread.id
    for verb in ("stop", "send", "interrupt", "retry"):
        yield f"a person's {verb} to {id}", partial(stage.ask, verb, id, by="human", text="Go on.")
    yield from _own_words(stage, thread)
    if thread.worker:
        yield from _prompts(stage, thread)
    if thread.worker:
        for what in Work:
            yield f"{id} makes {what}", partial(_make, stage, thread, what)
    if thread.worker and thread.worker.alive:
        yield f"{id} dies", lambda: stage.die(id)
        for view in LOOKS:
            yield f"{id} looks {view}", partial(stage.view, view, id, "a question" * (view is View.WAITING))
        yield from _asks(stage, thread)
        for dialog in (StartDialog.TRUST, StartDialog.API_KEY, StartDialog.BYPASS):
            yield f"{id} shows a {dialog}", partial(stage.screen, dialog, id)


def _make(stage: Stage, thread: Thread, what: Work) -> None:
    """A look at its checkout may come late, and at any moment."""
    assert thread.worker
    mark = f"m{stage.now.timestamp()}"
    stage.see(WorkSeen(at=stage.now, worker=thread.worker.id, what=what, mark=mark))


def _asks(stage: Stage, thread: Thread) -> Iterator[Move]:
    """Hooks that wait, of the main agent and of a subagent, what answers them, and what shows that they were answered."""
    id = thread.id
    for agent in ("", "sub"):
        gate = f"{stage.state.asked}.gate"
        asks = partial(stage.hook, "PermissionRequest", id, tool="Bash", agent=agent, gate=gate, input="{}")
        yield f"{agent or 'main'} of {id} asks", asks
        yield (
            f"{agent or 'main'} of {id} went on",
            partial(stage.hook, "PostToolUse", id, tool="Bash", agent=agent, input="{}"),
        )
    for ask in waiting_asks(stage.state.asks, id):
        for verb in ("approve", "deny", "answer"):
            answer = partial(stage.ask, verb, id, by="human", text="Because.", words={"ask": ask.id})
            yield f"a person's {verb} to {ask.id}", answer


def _own_words(stage: Stage, thread: Thread) -> Iterator[Move]:
    id = thread.id
    if not thread.start:
        return
    for verb in ("done", "progress", "ask"):
        yield f"{id} says {verb}", partial(stage.ask, verb, id, text="Which one?")
    for to in (
        "human",
        "hub",
        "outside:CI",
        "clock:2m",
        *(f"thread:{other.id}" for other in stage.state.everyone),
    ):
        yield f"{id} hands to {to}", partial(stage.ask, "handoff", id, words={"to": to})


def _prompts(stage: Stage, thread: Thread) -> Iterator[Move]:
    """Hooks of the dead are heard too: a spool is read when it is read."""
    id = thread.id
    known = {one.purpose for one in expected(recalled(stage.state, [id]), thread)}
    for purpose in ("task", "feedback", "nudge", "resume", "message", "wake"):
        if purpose in known:
            yield f"{id} takes its {purpose}", partial(stage.prompt, id, purpose)
    yield f"a person writes to {id}", partial(stage.hook, "UserPromptSubmit", id, prompt="Go on.")
    yield f"{id} writes to itself", partial(stage.hook, "UserPromptSubmit", id, prompt="<task-notification>")
    for error in ("server_error", "billing_error"):
        yield f"{id} has a {error}", partial(stage.hook, "StopFailure", id, error=error)


def world(rules: Policy, *, watched: bool = False) -> Stage:
    """Two threads, the second behind the first, one beside them, and one of another plan that is still to be filed."""
    stage = planned(issue("a"), issue("b", "a"), issue("c"), policy=rules)
    stage.see(request(stage.state, "plan", content=plan(issue("d"), issue("e"))))
    if watched:
        stage.see(told(look(number=78)))
    return stage


def live(rules: Policy, story: list[int], *, watched: bool = False) -> None:
    """Plays the story, and tells it where the law breaks."""
    stage, tale = world(rules, watched=watched), list[str]()
    for number in story:
        stage.now += timedelta(milliseconds=250)
        possible = moves(stage)
        name, move = possible[number % len(possible)]
        given_before = len(stage.orders)
        move()
        tale.append(f"{name}: {', '.join(names(stage.orders[given_before:]))}")
        assert not dropped(stage), "\n".join([*tale, *dropped(stage)])
        assert not stage.state.anomalies, "\n".join([*tale, str(stage.state.anomalies)])
    stage.replayed()


stories = st.lists(st.integers(0, 10_000), min_size=30, max_size=50)
"""Long from the start: hypothesis' own lists are short, and the first drops need ten moves. Nought is a second's wait."""


@pytest.mark.parametrize(
    "rules",
    [policy(), STRICT, FAILING, KEEPING, DENYING],
    ids=["shipped", "strict", "failing", "keeping", "denying"],
)
def test_no_ball_is_ever_dropped(rules: Policy) -> None:
    @settings(max_examples=120)
    @given(stories)
    def check(story: list[int]) -> None:
        live(rules, story)

    check()


def test_no_ball_is_dropped_where_people_work_on_the_board() -> None:
    @settings(max_examples=120)
    @given(stories)
    def check(story: list[int]) -> None:
        live(STRICT, story, watched=True)

    check()


# --- the law can fail ---------------------------------------------------------------------------------------------


def test_the_law_sees_a_worker_that_rests_and_nobody_knows() -> None:
    stage = world(policy())
    stage.start()
    stage.prompt()
    stage.view(View.IDLE)
    assert dropped(stage) == []
    late = Stage(policy=policy("rules: {idle-no-handoff: {off: true}}"), state=stage.state, now=stage.now)
    assert len(dropped(late)) == 2, "nothing moves it, and the ball is a worker's that rests for good"


def test_the_law_sees_a_dialog_that_nobody_was_told_of() -> None:
    stage = world(policy("rules: {ask-unanswered: {off: true}}"))
    stage.start()
    stage.view(View.WAITING)
    stage.wait(timedelta(seconds=1))
    stage.end("read-dialog")
    assert len(dropped(stage)) == 2


def test_the_law_sees_a_death_without_an_heir() -> None:
    stage = world(policy())
    stage.start()
    stage.fold(e.WorkerDied(at=stage.now, thread=ThreadId("1"), how="exit 1"))
    assert len(dropped(stage)) == 1
    assert not any(isinstance(order, RaiseAlert) for order in stage.turn())
    assert dropped(stage) == []
