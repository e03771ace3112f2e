"""A request read: what is a user's text, and what the CLI added."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.errors import HubError
from hubctl.scripted.request import Request, Sender, parse_request


def read(**sent: object) -> Request:
    return parse_request(json.dumps(sent).encode())


def user(*blocks: object) -> Request:
    return read(messages=[{"role": "user", "content": list(blocks)}])


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def result(content: object) -> dict[str, object]:
    return {"type": "tool_result", "tool_use_id": "t", "content": content}


def test_each_text_block_is_a_text_and_plain_content_is_one() -> None:
    request = read(
        messages=[
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": [text("answer")]},
            {"role": "user", "content": [text("second"), text("third")]},
        ]
    )
    assert request.prompts == ("first", "second", "third")
    assert [message.role for message in request.messages] == [Sender.USER, Sender.ASSISTANT, Sender.USER]
    assert request.answers == 1


def test_reminders_are_no_texts() -> None:
    reminder = "<system-reminder>\n@say from the reminder\n</system-reminder>"
    assert user(text(reminder), text(f"{reminder}\n\n"), text("real")).prompts == ("real",)
    assert user(text(f"before\n{reminder}\nafter\n{reminder}")).prompts == ("before\n\nafter",)


def test_a_tool_result_is_no_text_even_where_it_holds_one() -> None:
    request = user(result("@say a"), result([text("@say b")]), text("real"))
    assert (request.prompts, request.results) == (("real",), ("@say a", "@say b"))


@pytest.mark.parametrize(
    "tail",
    [
        "IMPORTANT: After completing your current task, you MUST address the user's message above.",
        "This is how Claude Code surfaces messages the user sends mid-turn.",
    ],
)
def test_a_prompt_that_was_queued_in_a_turn_is_known_as_such(tail: str) -> None:
    queued = f"out\n\n<system-reminder>\nThe user sent a new message while you were working:\na\n\nb\n\n{tail}\n</system-reminder>"
    for content in (queued, [text(queued)]):
        request = user(result(content))
        assert (request.mid_turn, request.prompts) == (("a\n\nb",), ())


def test_a_prompt_that_was_queued_may_stand_beside_the_tool_result() -> None:
    said = "The user sent a new message while you were working:\na\n\nb\n\n"
    new = user(
        result("out"), text(f"{said}This is how Claude Code surfaces messages, within the running turn.")
    )
    assert (new.mid_turn, new.prompts) == (("a\n\nb",), ())
    old = read(
        messages=[
            {"role": "system", "content": f"{said}IMPORTANT: After completing your current task, do it."}
        ]
    )
    assert (old.mid_turn, old.prompts) == (("a\n\nb",), ())


def test_what_else_an_answer_depends_on() -> None:
    request = read(
        model="m",
        stream=True,
        tools=[{"name": "Bash"}, {"name": "Read"}],
        metadata={"user_id": "u"},
        system=[text("write to /h/.claude/plans/old.md, no: /h/.claude/plans/new-1.md")],
        output_config={"format": {"schema": {"properties": {"title": {"type": "string"}, "n": {}}}}},
    )
    assert (request.model, request.stream, request.user) == ("m", True, "u")
    assert request.tools == ("Bash", "Read")
    assert request.plan_file == "/h/.claude/plans/new-1.md"
    assert request.shape == {"title": "string", "n": ""}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b"\xff"])
def test_anything_but_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(HubError, match="JSON"):
        parse_request(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("messages", "tools", "system", "metadata", "output_config", "model", "stream")
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system"]) | JSON, "content": JSON})
    | JSON
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON), JSON | MESSAGES)
def test_reading_any_object_never_fails(sent: dict[str, object], messages: object) -> None:
    request = parse_request(json.dumps({**sent, "messages": messages}).encode())
    assert len(request.messages) <= len(messages) if isinstance(messages, list) else not request.messages
