"""What is at rest: it leaves the working state, nothing is due for it, and what names it finds it as it was."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.decisions.evaluate import evaluate, next_due
from hubctl.core.documents.policy import Policy
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import apply, fold
from hubctl.core.ledger.rest import Settled
from hubctl.core.ledger.settling import handed_in, named_by, open_issues, recalled
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId, View
from support.core.board_acts import comment, look, shown, told
from support.core.builders import ONE, TWO, issue, policy
from support.core.moves import KEEPING, STRICT, moves, world
from support.core.stage import Stage, names, planned, working
from support.core.strategies import events, unknown

THREE = ThreadId("3")
LATER = [timedelta(seconds=seconds) for seconds in (0, 61, 4000, 90_000)]
ONWARD = ("starts", "takes its task", "says done", "looks idle", "is accepted", "succeeds", "the board takes")
"""Moves that bring a story to its end."""


def finished(stage: Stage, thread: ThreadId = ONE) -> None:
    """From a thread that works to one that is at rest."""
    stage.ask("done", thread, text="Made it.")
    stage.view(View.IDLE, thread)
    stage.judge(thread)
    carried_out(stage, thread)


def carried_out(stage: Stage, thread: ThreadId = ONE) -> None:
    """All orders about a thread that are under way."""
    while mine := [p for p in stage.state.pending.values() if p.thread == thread]:
        if mine[0].name == "start-worker":
            stage.start(thread)
        elif mine[0].name == "show-issue":
            shown(stage, thread)
        else:
            stage.finish(mine[0].action)


def chain(*, last_waits: bool = True) -> Stage:
    """Threads 1, 2 and 3, each behind the one before; 1 is done."""
    stage = working(issue("a"), issue("b", "a"), issue("c", *(["b"] * last_waits)))
    finished(stage)
    return stage


# --- the laws -----------------------------------------------------------------------------------------------------


def lived(rules: Policy, story: list[int], *, watched: bool) -> Stage:
    """A story in which every second move brings something to its end."""
    stage = world(rules, watched=watched)
    for number in story:
        stage.now += timedelta(milliseconds=250)
        possible = moves(stage)
        onward = [move for move in possible if any(word in move[0] for word in ONWARD)]
        among = onward if number % 2 and onward else possible
        among[number // 2 % len(among)][1]()
    return stage


stories = st.lists(st.integers(0, 10_000), min_size=50, max_size=80)


@pytest.mark.law
@pytest.mark.parametrize("rules", [policy(), STRICT, KEEPING], ids=["shipped", "strict", "keeping"])
@given(stories, st.booleans())
def test_nothing_is_ever_due_for_what_is_at_rest(rules: Policy, story: list[int], watched: bool) -> None:
    stage = lived(rules, story, watched=watched)
    whole = recalled(stage.state, tuple(stage.state.settled))
    assert not whole.settled
    for span in LATER:
        at = stage.now + span
        assert [*evaluate(rules, whole, at)] == [*evaluate(rules, stage.state, at)]
        assert next_due(rules, whole, at) == next_due(rules, stage.state, at)


def without_the_settled(log: list[e.Event], cut: int) -> HubState:
    """The fold of one who keeps what is settled elsewhere from the cut on, and hands in what the events name."""
    state, kept = fold(log[:cut]), dict[ThreadId, Settled]()
    for event in log[cut:]:
        kept |= state.settled
        state = handed_in(replace(state, settled={}), named_by(event), kept.get)
        state = apply(state, event)
    still = {name: one for name, one in kept.items() if name not in open_issues(state)}
    return replace(state, settled={**still, **state.settled})


def same(one: HubState, other: HubState) -> bool:
    """But for the order in which things came to rest."""
    return (dict(one.settled), replace(one, settled={})) == (dict(other.settled), replace(other, settled={}))


@pytest.mark.law
@given(stories, st.booleans(), st.data())
def test_a_fold_may_go_on_from_any_cut(story: list[int], watched: bool, data: st.DataObject) -> None:
    log = lived(STRICT, story, watched=watched).log
    cut = data.draw(st.integers(0, len(log)))
    assert same(without_the_settled(log, cut), fold(log))


@given(st.lists(events() | unknown, max_size=25), st.data())
def test_any_log_may_be_cut_anywhere(log: list[e.Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(log)))
    assert same(without_the_settled(log, cut), fold(log))


# --- threads ------------------------------------------------------------------------------------------------------


def test_a_thread_leaves_when_its_worker_and_its_issue_have_ended() -> None:
    stage = working()
    stage.ask("done", text="Made it.")
    stage.view(View.IDLE)
    stage.judge()
    stage.end("close-issue")
    assert set(stage.state.threads) == {ONE}
    stage.end("end-worker")
    assert not stage.state.threads
    assert not stage.state.workers
    assert not stage.state.plans
    assert stage.thread().summary == "Made it."


def test_what_an_open_thread_leans_on_stays_and_leaves_with_it() -> None:
    stage = chain()
    assert set(stage.state.threads) == {ONE, TWO, THREE}
    stage.start(TWO)
    stage.prompt(TWO)
    finished(stage, TWO)
    assert set(stage.state.threads) == {TWO, THREE}
    stage.ask("stop", THREE, by="human")
    carried_out(stage, THREE)
    assert set(stage.state.settled) == {ONE, TWO, THREE}
    assert not stage.state.plans


def test_a_handed_ball_keeps_its_thread_until_it_is_back() -> None:
    stage = chain(last_waits=False)
    stage.start(THREE)
    stage.prompt(THREE)
    stage.ask("handoff", THREE, words={"to": "thread:1"})
    stage.ask("stop", TWO, by="human")
    carried_out(stage, TWO)
    assert set(stage.state.threads) == {ONE, THREE}
    stage.prompt(THREE, "wake")
    assert set(stage.state.threads) == {THREE}


def test_a_thread_that_is_taken_up_again_stands_where_it_stood() -> None:
    stage = chain(last_waits=False)
    stage.start(TWO)
    stage.prompt(TWO)
    finished(stage, TWO)
    assert set(stage.state.threads) == {THREE}
    stage.ask("send", TWO, by="human", text="One thing more.")
    assert [*stage.state.threads] == [ONE, TWO, THREE]
    assert stage.thread(TWO).after == (ONE,)


def test_a_failed_thread_stays() -> None:
    stage = working()
    stage.fold(e.ThreadFailed(at=stage.now, thread=ONE, rule="done", why="no more"))
    stage.turn()
    carried_out(stage)
    assert set(stage.state.threads) == {ONE}


def test_a_late_word_of_a_settled_worker_finds_its_thread() -> None:
    stage = working()
    finished(stage)
    stage.hook("UserPromptSubmit", prompt="Are you there?")
    assert not stage.state.threads
    assert stage.thread().episode == 3
    assert not stage.state.anomalies


# --- what hangs on them -------------------------------------------------------------------------------------------


def test_alerts_are_forgotten_when_they_are_over_and_told() -> None:
    stage = Stage(policy=policy())
    stage.fold(e.TargetsChanged(at=stage.now, targets=("slack",)))
    raised = e.AlertRaised(
        at=stage.now,
        alert="x",
        kind="undispatched",
        severity="warning",
        because="x",
        episode="1",
        text="!",
    )
    stage.fold(raised, e.AlertResolved(at=stage.now, alert="x", why="over"))
    assert set(stage.state.alerts) == {"x"}
    stage.fold(e.NoticeSent(at=stage.now, target="slack", told={"x": "resolved"}))
    assert not stage.state.alerts
    assert not stage.state.targets["slack"].told
    stage.fold(replace(raised, alert="y"))
    assert stage.state.alerts["y"].number == 2


def test_a_closed_issue_stays_until_it_shows_its_end_and_an_order_on_it_is_told() -> None:
    stage = planned(issue("a"))
    stage.see(told(look(number=1)))
    shown(stage, ONE)
    stage.ask("stop", by="human")
    stage.start()
    stage.end("end-worker")
    shown(stage, ONE)
    assert set(stage.state.threads) == {ONE}
    stage.end("close-issue")
    assert not stage.state.threads
    assert not stage.state.board.issues
    assert not stage.state.board.issues
    orders = stage.see(told(look(comment("/hub dance"), number=1, open=False), cursor="c2"))
    assert names(orders) == ["show-issue 1"], "the person hears that it had no effect"
    shown(stage, ONE)
    assert not stage.state.threads
    assert not stage.state.board.issues


def test_what_was_heard_of_an_issue_without_a_thread_leaves_too() -> None:
    stage = Stage()
    stage.see(told(look(comment("Hello."), number=7)))
    assert not stage.state.board.issues
    assert stage.state.settled[ThreadId("7")].issue.heard
