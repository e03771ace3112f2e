"""What verbs may ask of the hub: who may say what, about which thread, and once."""

from datetime import timedelta

import pytest

from hubctl.core.intake.requests import OF_THE_HUB, PEOPLES_WORDS, WORKERS_WORDS, take
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadState
from support.core.builders import (
    CANCELED,
    DONE,
    FAILED,
    NOW,
    ONE,
    REVIEWING,
    STARTING,
    TWO,
    WAITING,
    WORKING,
    asked,
    issue,
    opened,
    plan,
)
from support.core.stage import request

S = ThreadState
SCENES = {
    S.QUEUED: (opened(),),
    S.STARTING: STARTING,
    S.WORKING: WORKING,
    S.WAITING: WAITING,
    S.REVIEWING: REVIEWING,
    S.DONE: DONE,
    S.FAILED: FAILED,
    S.CANCELED: CANCELED,
}
PLAN = plan(issue("a"))


def refusal(events: tuple[e.Event, ...]) -> str:
    """Why the request had no effect; it is the last of its events in any case."""
    taken = events[-1]
    assert isinstance(taken, e.RequestTaken)
    assert not taken.refusal or len(events) == 1
    return taken.refusal


def effects(events: tuple[e.Event, ...]) -> list[str]:
    return [e.kind_of(event) for event in events[:-1]]


# --- who may say what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(WORKERS_WORDS))
@pytest.mark.parametrize("by", ["human", "nobody", "worker:2", "worker:", "worker:None", ""])
def test_a_workers_word_is_refused_from_anybody_else(verb: str, by: str) -> None:
    state = fold([*WORKING, opened(TWO)])
    assert refusal(take(state, request(state, verb, ONE, by=by))) == f"`{by}` may not speak for thread 1"


@pytest.mark.parametrize("verb", sorted(PEOPLES_WORDS))
@pytest.mark.parametrize("by", ["worker:1", "nobody", ""])
def test_a_persons_word_is_refused_from_a_worker(verb: str, by: str) -> None:
    state = fold(WORKING)
    assert (
        refusal(take(state, request(state, verb, ONE, by=by, content=PLAN))) == f"`{verb}` is a person's word"
    )


def test_a_verb_of_the_future_is_refused() -> None:
    state = fold(WORKING)
    assert "no request that this version" in refusal(take(state, request(state, "dream", ONE)))


@pytest.mark.parametrize(("verb", "by"), [("done", "worker:9"), ("progress", "worker:9"), ("stop", "human")])
def test_a_thread_that_does_not_exist_is_refused(verb: str, by: str) -> None:
    nine = replace(request(fold(WORKING), verb, by=by), thread=type(ONE)("9"))
    assert refusal(take(fold(WORKING), nine)) == "there is no thread `9`"


def test_stop_needs_a_thread() -> None:
    assert "there is no thread" in refusal(take(HubState(), request(HubState(), "stop")))


# --- in which state -----------------------------------------------------------------------------------------------

EFFECTS: dict[tuple[str, ThreadState], list[str]] = {
    ("done", S.STARTING): ["done-claimed"],
    ("done", S.WORKING): ["done-claimed"],
    ("done", S.WAITING): ["done-claimed"],
    ("done", S.REVIEWING): ["done-claimed"],
    **{("progress", state): ["progress-reported"] for state in ThreadState if state is not S.QUEUED},
    **{("stop", state): ["thread-canceled"] for state in ThreadState if state not in (S.DONE, S.CANCELED)},
    ("stop", S.CANCELED): [],
    **{("unproven", state): ["done-refused"] for state in ThreadState if state is not S.QUEUED},
    **{("handoff", state): ["handed-off"] for state in (S.STARTING, S.WORKING, S.WAITING)},
    **{("ask", state): ["asked"] for state in (S.STARTING, S.WORKING, S.WAITING)},
    **{("send", state): ["message-written"] for state in (S.QUEUED, S.STARTING, S.WORKING, S.REVIEWING)},
    ("send", S.DONE): ["thread-reopened", "message-written"],
    ("send", S.FAILED): ["thread-reopened", "message-written"],
    **{("interrupt", state): ["interrupt-ordered"] for state in (S.STARTING, S.WORKING, S.WAITING)},
    ("retry", S.QUEUED): [],
    ("retry", S.FAILED): ["thread-reopened"],
    ("retry", S.CANCELED): ["thread-reopened"],
}
"""What is not here is refused. The thread that waits has a dialog open."""


@pytest.mark.parametrize("state", ThreadState)
@pytest.mark.parametrize("verb", sorted({*WORKERS_WORDS, *PEOPLES_WORDS} - OF_THE_HUB))
def test_a_verb_in_a_state(verb: str, state: ThreadState) -> None:
    known = fold(SCENES[state])
    by = "human" if verb in PEOPLES_WORDS else "worker:1"
    said = replace(request(known, verb, ONE, by=by, text="words"), words={"to": "human"})
    events = take(known, said)
    assert bool(refusal(events)) is ((verb, state) not in EFFECTS)
    assert effects(events) == EFFECTS.get((verb, state), [])
    assert fold(events, known).anomalies == ()


def test_a_message_answers_an_ask() -> None:
    known = fold([*WORKING, asked()])
    assert effects(take(known, request(known, "send", ONE, text="The left one."))) == ["message-written"]


@pytest.mark.parametrize(
    ("to", "holder"),
    [
        ("hub", "hub"),
        ("human", "human"),
        ("thread:2", "thread:2"),
        ("outside:CI", "outside"),
        ("clock:5m", "clock"),
    ],
)
def test_a_ball_goes_to_whom_it_is_handed(to: str, holder: str) -> None:
    known = fold([*WORKING, opened(TWO)])
    said = replace(request(known, "handoff", ONE, by="worker:1", text="waits"), words={"to": to})
    thread = fold(take(known, said), known).threads[ONE]
    assert (thread.state, thread.ball.holder) == (S.WAITING, holder)
    assert thread.handoff
    assert thread.handoff.until == (NOW + timedelta(minutes=5) if holder == "clock" else None)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "nobody",
        "hub:1",
        "thread:",
        "thread:1",
        "thread:9",
        "outside:",
        "outside: ",
        "clock:",
        "clock:soon",
    ],
)
def test_a_ball_is_not_handed_to_what_cannot_act(to: str) -> None:
    known = fold([*WORKING, opened(TWO)])
    said = replace(request(known, "handoff", ONE, by="worker:1", text="waits"), words={"to": to})
    assert refusal(take(known, said))


@pytest.mark.parametrize("resume", [True, False])
def test_who_is_tried_again_gets_a_fresh_session_or_the_old_one(resume: bool) -> None:
    known = fold(FAILED)
    said = replace(request(known, "retry", ONE), words={"resume": "yes"} if resume else {})
    assert fold(take(known, said), known).threads[ONE].resume is resume


# --- once ---------------------------------------------------------------------------------------------------------


def test_a_request_is_taken_once() -> None:
    state = fold(WORKING)
    said = request(state, "progress", ONE, by="worker:1", text="half")
    told = fold(take(state, said), state)
    assert told.requests == said.number
    assert take(told, said) == ()


def test_a_refused_request_is_taken_too() -> None:
    state = fold(WORKING)
    said = request(state, "down", by="worker:1")
    told = fold(take(state, said), state)
    assert (told.requests, list(told.refusals)) == (said.number, [said.number])
    assert take(told, said) == ()


# --- plans --------------------------------------------------------------------------------------------------------


def test_a_plan_is_accepted_under_the_name_it_was_given() -> None:
    said = replace(request(HubState(), "plan", content=PLAN), words={"plan": "mine", "base": "c0"})
    (event, _) = take(HubState(), said)
    assert event == e.PlanAccepted(at=NOW, plan="mine", base="c0", content=PLAN)


def test_a_plan_without_a_name_has_its_requests() -> None:
    (event, _) = take(HubState(), request(HubState(), "plan", content=PLAN))
    assert isinstance(event, e.PlanAccepted)
    assert event.plan == "r1"


def test_a_plan_that_is_known_is_not_accepted_again() -> None:
    first = replace(request(HubState(), "plan", content=PLAN), words={"plan": "mine"})
    state = fold(take(HubState(), first))
    again = replace(first, number=2)
    assert effects(take(state, again)) == []
    assert refusal(take(state, again)) == ""


def test_a_plan_that_cannot_be_read_is_refused() -> None:
    assert refusal(take(HubState(), request(HubState(), "plan"))) == "the plan cannot be read"


def test_the_loop_ends_by_itself_and_writes_it_down() -> None:
    events = take(HubState(), request(HubState(), "down"))
    assert (effects(events), refusal(events)) == ([], "")
