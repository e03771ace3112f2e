"""The conversation of a transcript: who said what, in their order, whatever else stands in the file."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.conversation import conversation
from hubctl.core.reports.conversation import Entry, Voice

TIME = "2026-01-01T10:00:03.120Z"
AT = datetime(2026, 1, 1, 10, 0, 3, 120000, tzinfo=UTC)


def line(kind: str, content: Any, **more: Any) -> str:
    return json.dumps({"type": kind, "timestamp": TIME, "message": {"content": content}, **more})


def tool(name: str, **given: Any) -> str:
    return line("assistant", [{"type": "tool_use", "id": "t", "name": name, "input": given}])


def read(*lines: str) -> list[tuple[str, str, str]]:
    return [(entry.voice.value, entry.tool, entry.text) for entry in conversation(lines)]


def test_who_said_what() -> None:
    found = list(
        conversation(
            [
                line("user", "Do it.\nNow."),
                line(
                    "assistant", [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "I will."}]
                ),
                tool("Bash", command="git status\n | cat", description="look"),
                line("user", [{"type": "tool_result", "tool_use_id": "t", "content": "fine"}]),
                line("user", [{"type": "text", "text": "And that."}]),
            ]
        )
    )
    assert found == [
        Entry(at=AT, voice=Voice.USER, text="Do it.\nNow."),
        Entry(at=AT, voice=Voice.ASSISTANT, text="I will."),
        Entry(at=AT, voice=Voice.TOOL, tool="Bash", text="git status | cat"),
        Entry(at=AT, voice=Voice.USER, text="And that."),
    ]


def test_a_tools_input_in_short() -> None:
    assert read(tool("Write", content="x" * 999, file_path="/a.py")) == [("tool", "Write", "/a.py")]
    assert read(tool("Odd", depth=3)) == [("tool", "Odd", '{"depth": 3}')]
    assert read(tool("Bare")) == [("tool", "Bare", "")]
    ((_, _, text),) = read(tool("Bash", command="x" * 999))
    assert len(text) == 120


def test_results_are_shown_only_when_they_are_errors() -> None:
    failed = {"type": "tool_result", "is_error": True}
    assert read(line("user", [{**failed, "content": "Exit code 1\nTraceback"}])) == [
        ("error", "", "Exit code 1")
    ]
    blocks = [{"type": "image"}, {"type": "text", "text": "no such file\n"}]
    assert read(line("user", [{**failed, "content": blocks}])) == [("error", "", "no such file")]


def test_an_api_error_is_none_of_the_workers_words() -> None:
    text = line("assistant", [{"type": "text", "text": "API Error: 529"}], isApiErrorMessage=True)
    assert read(text) == [("error", "", "API Error: 529")]


def test_a_text_that_was_queued_and_taken_in_mid_turn_is_a_prompt() -> None:
    attached = {"type": "attachment", "attachment": {"type": "queued_command", "prompt": "wait"}}
    assert read(json.dumps(attached)) == [("user", "", "wait")]


def test_remarks_of_the_cli_and_strange_lines_are_nothing() -> None:
    hidden = [line("user", "no", **{name: True}) for name in ("isMeta", "isSidechain", "isCompactSummary")]
    torn = [
        "",
        "{",
        "[]",
        "null",
        '{"type": "user"}',
        '{"type": "user", "message": {"content": [1, {}]}}',
        "[" * 9999,
    ]
    foreign = [json.dumps({"type": "mode", "mode": "normal"}), line("assistant", "  \n")]
    assert read(*hidden, *torn, *foreign) == []


def test_a_time_that_is_none() -> None:
    for stamp in ("yesterday", "2026-01-01T10:00:03", 7, None):
        (entry,) = conversation([line("user", "x", timestamp=stamp)])
        assert entry.at is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "message", "content", "text", "input", "name", "attachment", "timestamp"]
            )
            | st.text(max_size=3),
            inner | st.sampled_from(["user", "assistant", "tool_use", "tool_result", "text"]),
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_any_json_is_read_without_a_complaint(value: Any) -> None:
    list(conversation([json.dumps(value)]))
