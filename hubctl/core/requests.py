"""What CLI verbs ask of the hub: each request is taken once, with its effect or its refusal.

Rule: a worker (`by` = `worker:<thread>`) may speak for its own thread only, and only in a worker's words.
"""

from collections.abc import Callable, Iterator

from hubctl.core import events as e
from hubctl.core.observations import RequestSeen
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.transitions import TRANSITIONS
from hubctl.core.words import ThreadId, ThreadState

S = ThreadState
WORKERS_WORDS = frozenset({"done", "progress"})
PEOPLES_WORDS = frozenset({"plan", "stop", "down"})
"""`down` is carried out by the loop, which ends; here it is only written down."""


def take(state: HubState, seen: RequestSeen) -> tuple[e.Event, ...]:
    """The request's events, and always the note that it was taken; nothing for one that was taken before."""
    if seen.number <= state.requests:
        return ()
    refusal = _refusal(state, seen)
    taken = e.RequestTaken(at=seen.at, number=seen.number, verb=seen.verb, by=seen.by, refusal=refusal)
    return (taken,) if refusal else (*_effect(state, seen), taken)


def _refusal(state: HubState, seen: RequestSeen) -> str:
    if seen.verb in PEOPLES_WORDS:
        return _peoples_refusal(state, seen)
    if seen.verb not in WORKERS_WORDS:
        return f"`{seen.verb}` is no request that this version of hubctl knows"
    if seen.by != f"worker:{seen.thread}":
        return f"`{seen.by}` may not speak for thread {seen.thread}"
    thread = state.threads.get(seen.thread or ThreadId(""))
    if thread is None:
        return f"there is no thread `{seen.thread}`"
    return _state_refusal(thread, seen.verb)


def _state_refusal(thread: Thread, verb: str) -> str:
    said = e.DoneClaimed if verb == "done" else e.ProgressReported
    return "" if said in TRANSITIONS[thread.state] else f"thread {thread.id} is {thread.state.value}"


def _peoples_refusal(state: HubState, seen: RequestSeen) -> str:
    if seen.by != "human":
        return f"`{seen.verb}` is a person's word"
    if seen.verb == "plan" and seen.content is None:
        return "the plan cannot be read"
    if seen.verb != "stop":
        return ""
    thread = state.threads.get(seen.thread or ThreadId(""))
    if thread is None:
        return f"there is no thread `{seen.thread}`"
    return f"thread {thread.id} is done" if thread.state is S.DONE else ""


def _effect(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    effect = _EFFECTS.get(seen.verb)
    if effect:
        yield from effect(state, seen)


def _plan(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    name = seen.words.get("plan", f"r{seen.number}")
    if name not in state.plans and seen.content is not None:
        yield e.PlanAccepted(at=seen.at, plan=name, base=seen.words.get("base", ""), content=seen.content)


def _stop(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    thread = state.threads.get(seen.thread or ThreadId(""))
    if thread and thread.state is not S.CANCELED:
        yield e.ThreadCanceled(at=seen.at, thread=thread.id, why="stopped by a person")


def _done(_: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    yield e.DoneClaimed(at=seen.at, thread=seen.thread, summary=seen.text)


def _progress(_: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    yield e.ProgressReported(at=seen.at, thread=seen.thread, text=seen.text)


_EFFECTS: dict[str, Callable[[HubState, RequestSeen], Iterator[e.Event]]] = {
    "plan": _plan,
    "stop": _stop,
    "done": _done,
    "progress": _progress,
}
