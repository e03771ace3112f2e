"""What CLI verbs ask of the hub: each request is taken once, with its effect or its refusal.

Rule: a worker (`by` = `worker:<thread>`) may speak for its own thread only, and only in a worker's words. What a
person's `send interrupt stop retry` do in each state is the table under *What people say* in README.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from hubctl.core.intake.asks import VERBS as ANSWERS
from hubctl.core.intake.asks import answer_refusal, answered
from hubctl.core.intake.observations import RequestSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.alerts import RAISED, RESOLVED
from hubctl.core.ledger.state import HubState, next_ask
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.transitions import TRANSITIONS
from hubctl.core.vocabulary.durations import parse_duration
from hubctl.core.vocabulary.words import CLOCK, HUB, HUMAN, OUTSIDE, ThreadState
from hubctl.errors import HubError

S = ThreadState
WORKERS_WORDS: Mapping[str, type[e.Event]] = {
    "done": e.DoneClaimed,
    "progress": e.ProgressReported,
    "handoff": e.HandedOff,
    "ask": e.Asked,
    "unproven": e.DoneRefused,
}
"""A worker's verbs, and what each says; `unproven` is a `done` that was refused at once."""
PEOPLES_WORDS = frozenset({"plan", "send", "interrupt", "stop", "retry", "down", "ack", "trigger", *ANSWERS})
"""`down` and `trigger` are carried out by the loop, which ends or looks at the board; here they are only written down."""
OF_THE_HUB = frozenset({"plan", "down", "trigger"})
HOLDERS = "hub, human, thread:N, outside:NAME or clock:DURATION"


def take(state: HubState, seen: RequestSeen) -> tuple[e.Event, ...]:
    """The request's events, and always the note that it was taken; nothing for one that was taken before."""
    if seen.number <= state.requests:
        return ()
    refusal = _refusal(state, seen)
    taken = e.RequestTaken(at=seen.at, number=seen.number, verb=seen.verb, by=seen.by, refusal=refusal)
    effect = _EFFECTS.get(seen.verb)
    return (taken,) if refusal or not effect else (*effect(state, seen), taken)


def _refusal(state: HubState, seen: RequestSeen) -> str:
    if seen.verb in PEOPLES_WORDS:
        return _peoples_refusal(state, seen)
    if seen.verb not in WORKERS_WORDS:
        return f"`{seen.verb}` is no request that this version of hubctl knows"
    if seen.by != f"worker:{seen.thread}":
        return f"`{seen.by}` may not speak for thread {seen.thread}"
    thread = state.thread(seen.thread or "")
    if thread is None:
        return f"there is no thread `{seen.thread}`"
    if thread.state is S.QUEUED or WORKERS_WORDS[seen.verb] not in TRANSITIONS[thread.state]:
        return f"thread {thread.id} is {thread.state.value}"
    return holder_refusal(state, thread, seen.words.get("to", "")) if seen.verb == "handoff" else ""


def _peoples_refusal(state: HubState, seen: RequestSeen) -> str:
    if seen.by != "human":
        return f"`{seen.verb}` is a person's word"
    if seen.verb == "plan" and seen.content is None:
        return "the plan cannot be read"
    if seen.verb in OF_THE_HUB:
        return ""
    if seen.verb == "ack":
        return alert_refusal(state, seen.words.get("alert", ""))
    if seen.verb in ANSWERS:
        return answer_refusal(state.asks, seen.words.get("ask", ""), seen.verb)
    thread = state.thread(seen.thread or "")
    if thread is None:
        return f"there is no thread `{seen.thread}`"
    return refusal(thread, seen.verb)


def alert_refusal(state: HubState, name: str) -> str:
    """Why this alert cannot be acknowledged; empty when it can, also where it is already."""
    alert = state.alerts.get(name)
    if alert is None:
        return f"there is no alert `{name}`, or it is resolved since long"
    return f"the alert `{name}` is resolved already" if alert.state == RESOLVED else ""


def refusal(thread: Thread, verb: str) -> str:
    """Why a person's word about this thread has no effect now; empty when it has."""
    state = thread.state
    match verb:
        case "send" if state is S.CANCELED:
            return f"thread {thread.id} is canceled; `hubctl retry {thread.id}` takes it up again"
        case "send" if thread.dialog and state.running:
            return f"a dialog is open ({thread.dialog}): answer it first, `hubctl inbox` or `hubctl attach {thread.id}`"
        case "interrupt" if state not in (S.STARTING, S.WORKING, S.WAITING):
            return f"thread {thread.id} is {state.value}: there is no turn to cut"
        case "stop" if state is S.DONE:
            return f"thread {thread.id} is done"
        case "retry" if state.running or state is S.DONE:
            return f"thread {thread.id} is {state.value}; only what failed or was canceled is tried again"
        case _:
            return ""


def holder_refusal(state: HubState, thread: Thread, to: str) -> str:
    """Why the ball of this thread cannot be handed to `to`; empty when it can."""
    kind, colon, name = to.partition(":")
    match kind:
        case "hub" | "human" if not colon:
            return ""
        case "thread" if name == thread.id:
            return "a thread cannot wait for itself"
        case "thread":
            return "" if state.thread(name) else f"there is no thread `{name}`"
        case "outside" if name.strip():
            return ""
        case "clock":
            return _duration_refusal(name)
        case _:
            return f"`{to}` is no holder of a ball: {HOLDERS}"


def _duration_refusal(text: str) -> str:
    try:
        parse_duration(text)
    except HubError as error:
        return f"{error.message} {error.cure}"
    return ""


# --- effects ------------------------------------------------------------------------------------------------------


def _plan(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    name = seen.words.get("plan", f"r{seen.number}")
    if name not in state.plans and seen.content is not None:
        base, parent = seen.words.get("base", ""), seen.words.get("parent", "")
        of = int(parent) if parent.isdecimal() else 0
        yield e.PlanAccepted(at=seen.at, plan=name, base=base, content=seen.content, parent=of)


def _send(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    thread = state.thread(seen.thread or "")
    if thread and thread.state in (S.DONE, S.FAILED):
        why = "taken up again by a person's message"
        yield e.ThreadReopened(at=seen.at, thread=seen.thread, resume=True, why=why)
    yield e.MessageWritten(at=seen.at, thread=seen.thread, number=seen.number, text=seen.text)


def _stop(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    thread = state.thread(seen.thread or "")
    if thread and thread.state is not S.CANCELED:
        yield e.ThreadCanceled(at=seen.at, thread=seen.thread, why="stopped by a person")


def _retry(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    thread = state.thread(seen.thread or "")
    if thread and thread.state is not S.QUEUED:
        resume, why = seen.words.get("resume") == "yes", "tried again by a person"
        yield e.ThreadReopened(at=seen.at, thread=seen.thread, resume=resume, why=why)


def _ack(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    alert = state.alerts[seen.words["alert"]]
    if alert.state == RAISED:
        yield e.AlertAcknowledged(at=seen.at, thread=alert.thread, alert=alert.id, by=seen.by)


def _handoff(_: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    kind, _colon, name = seen.words.get("to", "").partition(":")
    at, thread, why = seen.at, seen.thread, seen.text
    match kind:
        case "clock":
            until = at + parse_duration(name)
            yield e.HandedOff(at=at, thread=thread, to=CLOCK, why=why, until=until)
        case "thread":
            yield e.HandedOff(at=at, thread=thread, to=f"thread:{name}", why=why)
        case "outside":
            yield e.HandedOff(at=at, thread=thread, to=OUTSIDE, why=f"{name}: {why}")
        case _:
            yield e.HandedOff(at=at, thread=thread, to=HUB if kind == HUB else HUMAN, why=why)


_EFFECTS: dict[str, Callable[[HubState, RequestSeen], Iterable[e.Event]]] = {
    "plan": _plan,
    "send": _send,
    "interrupt": lambda _, seen: [e.InterruptOrdered(at=seen.at, thread=seen.thread, number=seen.number)],
    "stop": _stop,
    "retry": _retry,
    "ack": _ack,
    **dict.fromkeys(ANSWERS, answered),
    "handoff": _handoff,
    "ask": lambda state, seen: [e.Asked(at=seen.at, thread=seen.thread, text=seen.text, ask=next_ask(state))],
    "done": lambda _, seen: [e.DoneClaimed(at=seen.at, thread=seen.thread, summary=seen.text)],
    "unproven": lambda _, seen: [e.DoneRefused(at=seen.at, thread=seen.thread, why=seen.text)],
    "progress": lambda _, seen: [e.ProgressReported(at=seen.at, thread=seen.thread, text=seen.text)],
}
