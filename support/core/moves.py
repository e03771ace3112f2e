"""What can happen: moves for the law's stories, and the worlds in which they begin.

Workers work, rest, ask, die and speak; orders succeed and fail, early and late; people write, stop and look on; time passes,
clocks jump, hubs die. The moves are drawn from what can happen then, so that a failure shrinks to the shortest story.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from hubctl.agents.claude.screen.start_dialogs import StartDialog
from hubctl.core.documents.policy import Lane, Policy
from hubctl.core.intake.observations import ClockSeen, Delivered, TrustSeen, WorkSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.asks import waiting_asks
from hubctl.core.ledger.board import BOARD_ORDERS
from hubctl.core.ledger.settling import recalled
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.prompts import expected
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import (
    Proof,
    ThreadId,
    ThreadState,
    View,
    Work,
)
from support.core.board_acts import look, told
from support.core.board_moves import board_moves, board_outcomes
from support.core.builders import issue, on_screen, plan, policy
from support.core.stage import Stage, planned, request, retry

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

LIKELY = {
    " pass": 3,
    " starts": 6,
    " fails": 2,
    " takes its": 2,
    "was told": 4,
    "is rejected": 5,
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


def _outcomes(stage: Stage, pending: e.ActionBegan) -> Iterator[Move]:
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
            said = on_screen(e.AskKind.PERMISSION, "touch x", "Yes", "No")
            yield f"{thread}'s screen asks", partial(stage.finish, pending.action, said)
        case _:
            yield f"{name} {thread} succeeds", partial(stage.finish, pending.action)


def _deliveries(stage: Stage, pending: e.ActionBegan) -> Iterator[Move]:
    name, thread = pending.name, pending.thread
    for proof in (Proof.HOOK, Proof.TRANSCRIPT):
        yield f"{thread} was told ({proof})", partial(stage.end, name, thread, Delivered(proof=proof))
    if pending.words["purpose"] == "message":
        yield f"{thread} refuses it", lambda: stage.end(name, thread, Delivered(refused="a draft"))
    if _would_skip(stage, pending):
        yield f"{thread} need not be told", lambda: stage.end(name, thread, Delivered())


def _readings(stage: Stage, pending: e.ActionBegan) -> Iterator[Move]:
    for seconds in ("", "2", "3600"):
        made = retry(stage, pending.thread or ThreadId(""), seconds)
        yield f"{pending.thread} shows a retry: {seconds}", partial(stage.finish, pending.action, made)


def _would_skip(stage: Stage, pending: e.ActionBegan) -> bool:
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
        yield f"{id} is over a limit", partial(stage.excess, id)
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
    if thread.view in (View.BUSY, View.IDLE) and not thread.asked_hosts:
        yield f"{id} is refused a host", partial(stage.refuse, f"h{len(thread.hosts)}.example:443", id)
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
