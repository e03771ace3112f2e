"""The tool calls that a transcript has no result of."""

import json

import pytest

from hubctl.agents.claude.transcripts import OpenCalls


def use(name: str, id: str = "t1", **given: object) -> str:
    block = {"type": "tool_use", "id": id, "name": name, "input": given}
    return json.dumps({"type": "assistant", "message": {"content": [block]}})


def result(id: str = "t1") -> str:
    block = {"type": "tool_result", "tool_use_id": id, "content": "done"}
    return json.dumps({"type": "user", "message": {"content": [block]}})


def longest(*lines: str) -> tuple[str, float]:
    calls = OpenCalls()
    for line in lines:
        calls.hear([line])
    return calls.longest


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (use("Bash", command="make"), ("Bash", 120.0)),
        (use("Bash", command="make", timeout=600_000), ("Bash", 600.0)),
        (use("Bash", command="make", run_in_background=True), ("Bash", 0.0)),
        (use("Read", file_path="a"), ("Read", 0.0)),
    ],
)
def test_a_call_has_its_own_limit(line: str, call: tuple[str, float]) -> None:
    assert longest(line) == call


def test_a_result_ends_its_own_call_and_no_other() -> None:
    two = (use("Bash", "t1", timeout=300_000), use("Bash", "t2", timeout=600_000))
    assert longest(*two) == ("Bash", 600.0)
    assert longest(*two, result("t2")) == ("Bash", 300.0)
    assert longest(*two, result("t2"), result("t1"), result("t9")) == ("", 0.0)


@pytest.mark.parametrize(
    "line", ["", "tool_use", '{"type": "tool_use"', '{"message": "tool_use"}', '["tool_use"]']
)
def test_what_is_no_call_is_none(line: str) -> None:
    assert longest(line) == ("", 0.0)
