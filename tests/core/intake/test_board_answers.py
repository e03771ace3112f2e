"""Asks on a board: what an issue says of them, and whose comment decides one."""

import json
from typing import Any

import pytest

from hubctl.core.intake.board import OWN_LOGIN
from hubctl.core.ledger import events as e
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.messages.asks import ask_digest
from hubctl.core.messages.issue_face import face_of
from support.core.board_acts import comment, look, told
from support.core.builders import NOW, ONE, issue, policy
from support.core.stage import Stage, working

QUESTIONS = json.dumps(
    {"questions": [{"question": "Which?", "options": [{"label": "Red"}, {"label": "Blue"}]}]}
)


def asking(
    kind: AskKind = AskKind.PERMISSION,
    tool: str = "Bash",
    input: str = '{"command": "echo `id` @all"}',
    *,
    full: bool = False,
) -> Stage:
    """Thread 1 waits for an answer through its hook; its ask is `a9`."""
    stage = working(issue("a"), policy=policy("board: {publish: full}") if full else None)
    worker = stage.worker(ONE)
    stage.fold(
        e.AskOpened(
            at=NOW,
            thread=ONE,
            ask="a9",
            kind=kind,
            via=AskVia.HOOK,
            worker=worker,
            tool=tool,
            input=input,
            gate="g",
        ),
        e.AskJudged(at=NOW, thread=ONE, ask="a9", reason="no rule decides it"),
    )
    return stage


def says(stage: Stage, text: str, **said: Any) -> str:
    """A person's comment, and why it had no effect."""
    stage.see(told(look(comment(text, **said), number=1), cursor=str(len(stage.log))))
    order = stage.state.board.of(1).order
    return order.refusal if order else ""


def digest(stage: Stage) -> str:
    return ask_digest(stage.state.asks["a9"])


def decided(stage: Stage) -> e.AskAnswered | None:
    return next((event for event in stage.log if isinstance(event, e.AskAnswered)), None)


@pytest.mark.parametrize("full", [True, False])
def test_an_issue_says_what_waits_and_strangers_read_no_text_of_it(full: bool) -> None:
    stage = asking(full=full)
    text = face_of(stage.policy, stage.state, stage.thread()).comment
    assert f"permission (Bash), ask `a9`, digest `{digest(stage)}`" in text
    assert f"/hub approve a9 {digest(stage)}" in text
    assert ("echo" in text) == full
    assert '"asks": 1' in text


def test_a_person_approves_what_was_seen() -> None:
    stage = asking()
    assert says(stage, f"/hub approve a9 {digest(stage)}") == ""
    made = decided(stage)
    assert made is not None
    assert (made.ask, made.by, made.how, made.decision) == ("a9", "maria", "board", Decision.ALLOW)
    stage.replayed()


def test_denying_needs_no_digest_and_says_why() -> None:
    stage = asking()
    assert says(stage, "/hub deny a9 Not on this machine.") == ""
    made = decided(stage)
    assert made is not None
    assert (made.decision, made.reason) == (Decision.DENY, "Not on this machine.")


def test_a_question_is_answered_by_number_label_or_words() -> None:
    stage = asking(AskKind.QUESTION, "AskUserQuestion", QUESTIONS)
    assert says(stage, "/hub answer a9 2") == ""
    made = decided(stage)
    assert made is not None
    assert made.answers == {"Which?": "Blue"}


def test_the_workers_own_question_is_answered_by_a_message() -> None:
    stage = working()
    stage.ask("ask", text="Which one?")
    (name,) = stage.state.asks
    assert says(stage, f"/hub answer {name} The first one.") == ""
    assert [message.text for message in stage.thread().messages] == ["The first one."]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/hub approve a9", "names the digest"),
        ("/hub approve a9 00000000", "names the digest"),
        ("/hub approve a7 00000000", "no ask `a7`"),
        ("/hub answer a9 Yes", "no question"),
        ("/hub approve", "no ask ``"),
    ],
)
def test_what_does_not_fit_decides_nothing_and_is_answered(text: str, why: str) -> None:
    stage = asking()
    assert why in says(stage, text)
    assert decided(stage) is None


def test_nobody_else_decides() -> None:
    stage = asking()
    right = f"/hub approve a9 {digest(stage)}"
    assert says(stage, right, by="mallory", counts=False) == ""
    assert says(stage, right, own=True) == OWN_LOGIN
    assert "edited" in says(stage, right, edited=True)
    assert decided(stage) is None


def test_an_ask_is_decided_once_and_on_its_own_issue() -> None:
    stage = asking()
    stage.see(told(look(comment(f"/hub approve a9 {digest(stage)}"), number=2), cursor="elsewhere"))
    assert decided(stage) is None
    assert says(stage, "/hub deny a9") == ""
    assert "is decided" in says(stage, f"/hub approve a9 {digest(stage)}")
