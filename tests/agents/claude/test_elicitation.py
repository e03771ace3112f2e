"""What a server asks for becomes questions, and the answers what it wants."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.elicitation import form_of, reply
from hubctl.agents.claude.files import parse_hook
from hubctl.agents.claude.gates import decision_text
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.outside_events import AskAnswered, AskKind, AskVia, Decision
from hubctl.core.messages.asks import answers_to, in_a_line, questions_of
from support.core.builders import NOW, ONE

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SCHEMA = {
    "properties": {
        "colour": {"type": "string", "enum": ["red", "blue"]},
        "shape": {"type": "string", "oneOf": [{"const": "round", "title": "Round"}]},
        "count": {"type": "integer", "description": "how many"},
        "share": {"type": "number", "title": "a part"},
        "sure": {"type": "boolean"},
        "parts": {"type": "array", "items": {"enum": ["API", "Docs"]}},
        "note": {"type": "string"},
    },
    "required": ["colour", "shape", "count", "share", "sure", "parts"],
}


def payload(schema: object = None, **more: object) -> dict[str, object]:
    return {
        "mcp_server_name": "shop",
        "message": "What now?",
        "mode": "form",
        "requested_schema": schema,
        **more,
    }


def asked(found: Mapping[str, object]) -> Ask:
    form = json.dumps(form_of(found))
    kind, via = AskKind.QUESTION, AskVia.HOOK
    return Ask(
        ask="a1", worker="w1-1", thread=ONE, kind=kind, via=via, at=NOW, tool="Elicitation", input=form
    )


def answered(ask: Ask, *words: str) -> dict[str, Any]:
    """As `hubctl answer` gives the words."""
    answers = answers_to(questions_of(ask.fields), words)
    made = AskAnswered(
        ask="a1", at=NOW, by="me", how="command line", decision=Decision.ANSWER, answers=answers
    )
    output: dict[str, Any] = json.loads(decision_text(ask, made))["hookSpecificOutput"]
    assert output.pop("hookEventName") == "Elicitation"
    return output


def test_each_field_is_a_question() -> None:
    questions = questions_of(asked(payload(SCHEMA)).fields)
    assert [question.text for question in questions] == [
        "shop asks: What now? [colour]",
        "[shape]",
        "[count: how many]",
        "[share: a part]",
        "[sure]",
        "[parts]",
        "[note] (`-` leaves it out)",
    ]
    labels = [[option.label for option in question.options] for question in questions]
    assert labels == [["red", "blue"], ["round"], [], [], ["yes", "no"], ["API", "Docs"], []]
    assert [question.many for question in questions].index(True) == 5


def test_answers_have_the_types_of_their_fields() -> None:
    content = answered(asked(payload(SCHEMA)), "2", "1", "7", "0.5", "1", "1, 2", "-")["content"]
    assert content == {
        "colour": "blue",
        "shape": "round",
        "count": 7,
        "share": 0.5,
        "sure": True,
        "parts": ["API", "Docs"],
    }
    content = answered(asked(payload(SCHEMA)), "red", "round", "many", "x", "no", "API", "Mind it.")[
        "content"
    ]
    assert (content["count"], content["sure"], content["parts"], content["note"]) == (
        "many",
        False,
        ["API"],
        "Mind it.",
    )


@pytest.mark.parametrize(("word", "action"), [("accept", "accept"), ("2", "decline")])
def test_where_nothing_is_to_be_filled_in_one_agrees_or_not(word: str, action: str) -> None:
    ask = asked(payload(mode="url", url="https://example.invalid/login"))
    assert in_a_line(ask) == "shop asks: What now? (https://example.invalid/login)"
    assert answered(ask, word)["action"] == action


@pytest.mark.parametrize("decision", [Decision.DENY, Decision.ALLOW])
def test_what_is_no_answer_declines(decision: Decision) -> None:
    answer = AskAnswered(ask="a1", at=NOW, by="me", how="command line", decision=decision, answers={})
    assert reply(asked(payload(SCHEMA)), answer) == {"hookEventName": "Elicitation", "action": "decline"}


@given(values, values, st.text())
def test_whatever_a_server_sends_can_be_asked_and_answered(
    schema: object, message: object, word: str
) -> None:
    ask = asked(payload(schema, message=message))
    questions = questions_of(ask.fields)
    assert questions
    assert answered(ask, *[word] * len(questions))["action"] in ("accept", "decline")


def test_its_hook_is_heard_as_an_ask() -> None:
    text = json.dumps({"hook_event_name": "Elicitation", "session_id": "s", **payload(SCHEMA)})
    seen = parse_hook(text, worker="w1-1", at=NOW)
    assert seen is not None
    assert (seen.name, seen.tool, json.loads(seen.input)) == (
        "PermissionRequest",
        "Elicitation",
        form_of(payload(SCHEMA)),
    )
