"""Orders: what makes two of them the same, what is written down before, and how the log brings them back."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from hubctl.agents.claude.screen.start_dialogs import StartDialog
from hubctl.core.intake.outcomes import NEWS
from hubctl.core.ledger import events as e
from hubctl.core.ledger.action_log import begin, pronounce, revive
from hubctl.core.ledger.actions import (
    ENVELOPE,
    AnswerAsk,
    AnswerDialog,
    CloseHosts,
    CloseIssue,
    Deliver,
    Effect,
    EndWorker,
    FailThread,
    FileIssue,
    Interrupt,
    JudgeAsk,
    JudgeClaim,
    Notify,
    OpenPull,
    PlanIssue,
    RaiseAlert,
    ReadDialog,
    ReadScreen,
    ReopenIssue,
    ResolveAlert,
    ShowIssue,
    StartWorker,
    Verdict,
    claim_episode,
    feedback_episode,
)
from hubctl.core.ledger.fold import fold
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ActionId
from hubctl.perform import EFFECTS
from support.core.builders import NOW, ONE, REJECTED, WORKING, opened, taken, thread

numbers = st.integers(1, 99)
effects = st.one_of(
    st.builds(
        FileIssue,
        because=st.just("plan"),
        episode=st.text(max_size=5),
        plan=st.text(min_size=1),
        key=st.text(min_size=1),
    ),
    st.builds(
        StartWorker,
        because=st.sampled_from(["dispatch", "worker-dead"]),
        episode=st.just("start-2"),
        thread=st.just(ONE),
        start=numbers,
        resume=st.booleans(),
    ),
    st.builds(
        Deliver,
        because=st.just("done"),
        episode=st.just("1"),
        thread=st.just(ONE),
        rung=st.integers(0, 9),
        purpose=st.sampled_from(["nudge", "feedback", "wake", "message"]),
        message=st.integers(0, 9),
    ),
    st.builds(
        Interrupt, because=st.just("interrupt"), episode=st.just("7"), thread=st.just(ONE), request=numbers
    ),
    st.builds(ReopenIssue, because=st.just("board"), episode=st.just("reopened-1"), thread=st.just(ONE)),
    st.builds(
        AnswerDialog,
        because=st.just("start-trust-dialog"),
        episode=st.just("start-2"),
        thread=st.just(ONE),
        dialog=st.sampled_from(StartDialog).map(str),
    ),
    st.builds(ReadScreen, because=st.just("look"), episode=st.just("1-1"), thread=st.just(ONE)),
    st.builds(ReadDialog, because=st.just("dialog"), episode=st.just("1-1"), thread=st.just(ONE)),
    st.builds(
        AnswerAsk, because=st.just("answer"), episode=st.just("a1"), thread=st.just(ONE), ask=st.just("a1")
    ),
    st.builds(CloseHosts, because=st.just("doors"), episode=st.just("end-1"), thread=st.just(ONE)),
    st.builds(
        JudgeAsk,
        because=st.just("permissions"),
        episode=st.just("look"),
        thread=st.just(ONE),
        ask=st.just("a1"),
    ),
    st.builds(JudgeClaim, because=st.just("done"), episode=st.just("claim-1"), thread=st.just(ONE)),
    st.builds(EndWorker, because=st.just("closed"), episode=st.just("end-1"), thread=st.just(ONE)),
    st.builds(
        CloseIssue,
        because=st.just("board"),
        episode=st.just("issue"),
        thread=st.just(ONE),
        outcome=st.sampled_from(["completed", "not planned"]),
    ),
    st.builds(ShowIssue, because=st.just("face"), episode=st.just("face-1"), thread=st.just(ONE)),
    st.builds(PlanIssue, because=st.just("label"), episode=st.just("plan-5-event-1"), issue=numbers),
    st.builds(
        OpenPull,
        because=st.just("pull"),
        episode=st.just("pull-0-1"),
        thread=st.just(ONE),
        commit=st.just("c1"),
    ),
    st.builds(
        Notify,
        because=st.just("alerts"),
        episode=st.just("tmux-1"),
        target=st.just("tmux"),
        alerts=st.sampled_from(["", "1:raised 12:resolved"]),
    ),
)
nudge = Deliver(because="idle-no-handoff", episode="1", thread=ONE, rung=1, purpose="nudge")
alert = RaiseAlert(
    because="stalled", episode="1", thread=ONE, kind="stalled", severity="critical", text="It does not move."
)
give_up = FailThread(because="stalled", episode="1", thread=ONE, why="it does not move", cure="Look.")


def pending(action: Effect) -> e.ActionBegan:
    """What the log knows of an order that has begun."""
    return fold(begin(action, NOW), fold([opened()])).pending[action.id]


# --- there and back -----------------------------------------------------------------------------------------------


@given(effects)
def test_what_was_begun_comes_back_as_it_was_given(action: Effect) -> None:
    assert revive(pending(action)) == action


def test_the_law_above_speaks_of_every_effect() -> None:
    kinds = {type(action) for action in (nudge, *SAMPLES)}
    assert kinds == set(Effect.__subclasses__())


def test_every_effect_is_carried_out_and_its_outcome_understood() -> None:
    assert set(EFFECTS) == set(NEWS) == set(Effect.__subclasses__())


SAMPLES: tuple[Effect, ...] = (
    FileIssue(because="plan", episode="p:a", plan="p", key="a"),
    StartWorker(because="dispatch", episode="start-1", thread=ONE, start=1),
    AnswerDialog(because="start-trust-dialog", episode="start-1", thread=ONE, dialog=StartDialog.TRUST),
    ReadScreen(because="look", episode="1-1", thread=ONE),
    ReadDialog(because="dialog", episode="1-1", thread=ONE),
    AnswerAsk(because="answer", episode="a1", thread=ONE, ask="a1"),
    CloseHosts(because="doors", episode="end-1", thread=ONE),
    JudgeAsk(because="permissions", episode="look-a1", thread=ONE, ask="a1"),
    JudgeClaim(because="done", episode="claim-1", thread=ONE),
    EndWorker(because="closed", episode="end-1", thread=ONE),
    CloseIssue(because="board", episode="issue", thread=ONE, outcome="completed"),
    Interrupt(because="interrupt", episode="7", thread=ONE, request=7),
    ReopenIssue(because="board", episode="reopened-1", thread=ONE),
    ShowIssue(because="face", episode="face-1", thread=ONE),
    PlanIssue(because="label", episode="plan-5-event-1", issue=5),
    OpenPull(because="pull", episode="pull-0-1", thread=ONE, commit="c1"),
    Notify(because="alerts", episode="tmux-1", target="tmux", alerts="1:raised"),
)


def test_an_order_of_the_future_is_none_of_ours() -> None:
    assert revive(replace(pending(nudge), name="dream")) is None


@pytest.mark.parametrize("action", [nudge, *SAMPLES], ids=lambda action: action.name)
def test_an_order_that_lacks_a_word_it_needs_is_none_of_ours(action: Effect) -> None:
    needed = {one.name for one in structs.fields(type(action)) if one.required} - ENVELOPE
    assert (revive(replace(pending(action), words={})) is None) is bool(needed)


@pytest.mark.parametrize("word", ["", "two", "-1", "²", "9" * 5000])
def test_numbers_that_are_none_do_not_stop_the_hub_from_starting(word: str) -> None:
    revived = revive(replace(pending(SAMPLES[1]), words={"start": word}))
    assert revived is None or isinstance(revived, StartWorker)


# --- identity -----------------------------------------------------------------------------------------------------


def test_an_order_is_known_by_its_rule_thread_episode_and_rung() -> None:
    others = (
        replace(nudge, because="stalled"),
        replace(nudge, thread=None),
        replace(nudge, episode="2"),
        replace(nudge, rung=2),
    )
    assert len({nudge.id, *(other.id for other in others)}) == 5
    assert replace(nudge, purpose="feedback").id == nudge.id


def test_an_escalation_is_another_alert_than_the_one_before_it() -> None:
    first, second = replace(alert, rung=2), replace(alert, rung=3)
    assert len({alert.alert, first.alert, second.alert}) == 3


def test_each_claim_is_an_occasion_to_judge() -> None:
    once, twice = thread(*REJECTED), thread(*REJECTED, e.DoneClaimed(at=NOW, thread=ONE, summary="again"))
    assert claim_episode(once) != claim_episode(twice)


def test_a_person_who_writes_to_a_rejected_worker_makes_a_new_occasion_to_tell_it() -> None:
    assert feedback_episode(thread(*REJECTED)) != feedback_episode(thread(*REJECTED, taken()))
    assert feedback_episode(thread(*REJECTED)) == feedback_episode(thread(*REJECTED, taken(by_person=False)))


# --- what is written down -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [nudge, *SAMPLES], ids=lambda action: action.name)
def test_an_effect_is_written_down_before_it_is_done(action: Effect) -> None:
    (began, *more) = begin(action, NOW)
    assert isinstance(began, e.ActionBegan)
    assert (began.action, began.name, began.because) == (action.id, action.name, action.because)
    assert bool(more) is isinstance(action, StartWorker | AnswerDialog)


def test_the_order_to_start_is_also_the_fact_that_it_was_given() -> None:
    action = StartWorker(because="worker-dead", episode="start-2", thread=ONE, start=2, resume=True)
    assert begin(action, NOW)[1] == e.WorkerAssigned(at=NOW, thread=ONE, start=2, resume=True)


def test_the_order_to_answer_takes_the_ball() -> None:
    action = AnswerDialog(
        because="start-mcp-server-dialog", episode="start-1", thread=ONE, dialog=StartDialog.MCP
    )
    assert begin(action, NOW)[1] == e.AnswerOrdered(at=NOW, thread=ONE)


def test_a_verdict_is_an_event_that_says_all_it_says() -> None:
    assert pronounce(give_up, NOW) == e.ThreadFailed(
        at=NOW, thread=ONE, rule="stalled", why="it does not move", cure="Look."
    )
    raised = pronounce(alert, NOW)
    assert raised == e.AlertRaised(
        at=NOW,
        thread=ONE,
        alert="stalled:1:1",
        kind="stalled",
        severity="critical",
        because="stalled",
        episode="1",
        text="It does not move.",
    )
    resolve = ResolveAlert(because="stalled", episode="1", thread=ONE, alert="stalled:1:1", why="it moves")
    assert fold([*WORKING, raised, pronounce(resolve, NOW)]).open_alerts == ()


def test_every_action_has_a_name_of_its_own() -> None:
    kinds = (*Effect.__subclasses__(), *get_args(Verdict))
    assert len({kind.name for kind in kinds}) == len(kinds) == 25


def test_an_action_of_the_hub_says_so_in_its_identity() -> None:
    assert SAMPLES[0].id == ActionId("plan/hub/p:a")
