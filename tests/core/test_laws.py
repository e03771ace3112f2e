"""The law of the house (`support/core/law.py`) holds in every story that hypothesis finds, and it can fail.

A world is played at random (`support/core/moves.py`). After each move the hub takes its turn, and then `dropped` must find
nothing.
"""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubctl.core.documents.policy import Policy
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import RaiseAlert
from hubctl.core.vocabulary.words import (
    ThreadId,
    View,
)
from support.core.builders import policy
from support.core.law import dropped
from support.core.moves import DENYING, FAILING, KEEPING, STRICT, moves, world
from support.core.stage import Stage, names

pytestmark = pytest.mark.law
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
