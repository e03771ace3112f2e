"""What follows from an open dialog: an answer of the hub, once, or a person who is told what to do."""

import pytest

from hubctl.agents.claude.screen.start_dialogs import StartDialog, is_answerable
from hubctl.core.intake.observations import TrustSeen
from hubctl.core.ledger.actions import Action, AnswerDialog, RaiseAlert
from hubctl.core.vocabulary.words import HUB, HUMAN, WORKER, View
from support.core.builders import issue, policy
from support.core.stage import Stage, names, planned, working

ANSWERABLE = [dialog for dialog in StartDialog if is_answerable(dialog)]


def starting() -> Stage:
    stage = planned(issue("a"))
    stage.start()
    return stage


def text(orders: list[Action]) -> str:
    """What the one alert among the orders says."""
    (alert,) = [order for order in orders if isinstance(order, RaiseAlert)]
    assert alert.kind == "ask-unanswered"
    return alert.text


def trust(stage: Stage, *changed: str) -> list[Action]:
    return stage.see(TrustSeen(at=stage.now, changed=changed))


@pytest.mark.parametrize("dialog", ANSWERABLE)
def test_what_may_be_answered_is_the_hubs(dialog: StartDialog) -> None:
    stage = starting()
    (order,) = stage.screen(dialog)
    assert isinstance(order, AnswerDialog)
    assert order.dialog == dialog
    assert (stage.thread().ball.holder, stage.thread().ball.why) == (HUB, f"answers the {dialog}")
    assert stage.screen(dialog) == []
    assert stage.end("answer-dialog") == []
    assert (stage.thread().ball.holder, stage.thread().dialog) == (WORKER, "")
    stage.prompt()
    assert stage.state.alerts == {}


@pytest.mark.parametrize("dialog", sorted({*StartDialog, "dialog", "login"} - {*ANSWERABLE}))
def test_all_else_is_a_persons_who_is_told_what_to_do(dialog: str) -> None:
    stage = starting()
    said = text(stage.screen(dialog))
    assert f"waits for a person: {dialog}. `hubctl attach 1` and " in said
    assert stage.thread().ball.holder == HUMAN


def test_one_dialog_after_the_other_is_answered() -> None:
    stage = starting()
    for dialog in ANSWERABLE:
        assert names(stage.screen(dialog)) == ["answer-dialog 1"]
        stage.end("answer-dialog")
    stage.prompt()
    assert stage.state.alerts == {}


def test_the_next_dialog_may_be_seen_before_the_answer_to_the_last_is_over() -> None:
    stage = starting()
    stage.screen(StartDialog.TRUST)
    (order,) = stage.screen(StartDialog.API_KEY)
    first = next(name for name in stage.state.pending if name != order.id)
    assert "trust" in first
    assert "bypass" in text(stage.screen(StartDialog.BYPASS))
    assert stage.thread().ball.holder == HUMAN


def test_an_answer_that_did_not_help_is_said() -> None:
    stage = starting()
    stage.screen(StartDialog.TRUST)
    said = text(stage.end("answer-dialog", error="The cursor could not be moved to the answer."))
    assert "could not answer (The cursor could not be moved to the answer)" in said
    assert "choose Yes" in said
    assert stage.thread().ball.holder == HUMAN
    assert names(stage.view(View.IDLE)) == ["resolve-alert 1", "take-ball-back 1"]


def test_a_dialog_that_comes_back_is_answered_once() -> None:
    stage = starting()
    for dialog in (StartDialog.TRUST, StartDialog.API_KEY):
        stage.screen(dialog)
        stage.end("answer-dialog")
    assert "it came back" in text(stage.screen(StartDialog.TRUST))


def test_the_next_start_is_answered_anew() -> None:
    stage = starting()
    stage.screen(StartDialog.TRUST)
    stage.die()
    assert stage.end("answer-dialog", error="its pane has ended") == []
    stage.start()
    assert names(stage.screen(StartDialog.TRUST)) == ["answer-dialog 1"]


def test_nothing_is_answered_while_a_file_is_not_trusted() -> None:
    stage = starting()
    trust(stage, "POLICY.md")
    assert "while files are not trusted" in text(stage.screen(StartDialog.TRUST))
    assert stage.thread().ball.holder == HUMAN
    assert names(trust(stage))[0] == "answer-dialog 1"
    assert stage.thread().ball.holder == HUB


def test_a_worker_that_works_shows_no_dialog_of_its_start() -> None:
    stage = working()
    assert "trust dialog" in text(stage.screen(StartDialog.TRUST))


def test_a_rule_that_is_off_says_nothing_and_the_hub_still_answers() -> None:
    stage = planned(issue("a"), policy=policy("rules: {ask-unanswered: {off: true}}"))
    stage.start()
    assert stage.screen(StartDialog.BYPASS) == []
    assert names(stage.screen(StartDialog.TRUST)) == ["answer-dialog 1"]
