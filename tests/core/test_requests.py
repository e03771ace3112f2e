"""What verbs may ask of the hub: who may say what, about which thread, and once."""

from dataclasses import replace

import pytest

from hubctl.core import events as e
from hubctl.core.requests import PEOPLES_WORDS, WORKERS_WORDS, take
from hubctl.core.state import HubState, fold
from hubctl.core.words import ThreadState
from tests.core.builders import (
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
    issue,
    opened,
    plan,
)
from tests.core.stage import request

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
}
"""What is not here is refused."""


@pytest.mark.parametrize("state", ThreadState)
@pytest.mark.parametrize("verb", ["done", "progress", "stop"])
def test_a_verb_in_a_state(verb: str, state: ThreadState) -> None:
    known = fold(SCENES[state])
    by = "human" if verb == "stop" else "worker:1"
    events = take(known, request(known, verb, ONE, by=by, text="words"))
    assert bool(refusal(events)) is ((verb, state) not in EFFECTS)
    assert effects(events) == EFFECTS.get((verb, state), [])
    assert fold(events, known).anomalies == ()


# --- once ---------------------------------------------------------------------------------------------------------


def test_a_request_is_taken_once() -> None:
    state = fold(WORKING)
    asked = request(state, "progress", ONE, by="worker:1", text="half")
    told = fold(take(state, asked), state)
    assert told.requests == asked.number
    assert take(told, asked) == ()


def test_a_refused_request_is_taken_too() -> None:
    state = fold(WORKING)
    asked = request(state, "down", by="worker:1")
    told = fold(take(state, asked), state)
    assert (told.requests, list(told.refusals)) == (asked.number, [asked.number])
    assert take(told, asked) == ()


# --- plans --------------------------------------------------------------------------------------------------------


def test_a_plan_is_accepted_under_the_name_it_was_given() -> None:
    asked = replace(request(HubState(), "plan", content=PLAN), words={"plan": "mine", "base": "c0"})
    (event, _) = take(HubState(), asked)
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
