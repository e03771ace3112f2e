"""What a waiting hook prints: what was shown is what runs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.gates import decision_text
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.outside_events import AskAnswered, AskKind, AskVia, Decision
from support.core.builders import NOW, ONE

QUESTIONS = {"questions": [{"question": "Which?", "options": [{"label": "A"}], "multiSelect": False}]}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def decided(kind: AskKind, shown: object, decision: Decision, **more: Any) -> Any:
    ask = Ask(
        ask="a1", worker="w1-1", thread=ONE, kind=kind, via=AskVia.HOOK, at=NOW, input=json.dumps(shown)
    )
    answer = AskAnswered(
        ask="a1", at=NOW, by="me", how="command line", decision=decision, **{"answers": {}, **more}
    )
    output = json.loads(decision_text(ask, answer))["hookSpecificOutput"]
    assert output["hookEventName"] == "PermissionRequest"
    return output["decision"]


@given(st.dictionaries(st.text(), values, max_size=4))
def test_what_was_shown_is_what_runs(shown: dict[str, object]) -> None:
    assert decided(AskKind.PERMISSION, shown, Decision.ALLOW) == {"behavior": "allow", "updatedInput": shown}


def test_a_persons_own_version_runs_instead() -> None:
    found = decided(AskKind.PERMISSION, {"command": "rm x"}, Decision.ALLOW, input='{"command": "rm y"}')
    assert found["updatedInput"] == {"command": "rm y"}


def test_a_plan_is_accepted_with_its_whole_input() -> None:
    assert decided(AskKind.PLAN, {"plan": "p"}, Decision.ALLOW)["updatedInput"] == {"plan": "p"}


def test_answers_stand_beside_their_questions() -> None:
    found = decided(AskKind.QUESTION, QUESTIONS, Decision.ANSWER, answers={"Which?": "A"})
    assert found == {"behavior": "allow", "updatedInput": {**QUESTIONS, "answers": {"Which?": "A"}}}


@pytest.mark.parametrize("kind", AskKind)
def test_a_denial_says_why(kind: AskKind) -> None:
    assert decided(kind, {}, Decision.DENY, reason="No.") == {"behavior": "deny", "message": "No."}
    assert decided(kind, {}, Decision.DENY)["message"]
