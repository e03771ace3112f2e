"""Transcripts that are torn, strange, and of two versions."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.transcripts import (
    Usage,
    read_transcript_lines,
    transcript_path,
    usage_by_message,
    user_prompts,
)


def test_the_slug_of_a_folder() -> None:
    path = transcript_path(Path("/h"), Path("/home/dev/a_b.c é"), "id")
    assert path == Path("/h/.claude/projects/-home-dev-a-b-c--/id.jsonl")


def assistant(message: str, output: int, **more: object) -> str:
    usage = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 2,
        "cache_read_input_tokens": 3,
        "output_tokens": output,
    }
    return json.dumps({"type": "assistant", "message": {"id": message, "usage": usage}, **more})


def test_usage_is_counted_once_for_each_message() -> None:
    lines = [assistant("m1", 10), assistant("m1", 10), "torn {", assistant("m2", 5)]
    counted = usage_by_message(lines)
    assert {name: usage.output for name, usage in counted.items()} == {"m1": 10, "m2": 5}
    assert sum(counted.values(), Usage()) == Usage(input=2, cache_creation=4, cache_read=6, output=15)


def test_prompts_are_told_from_tool_results_and_remarks() -> None:
    lines = [
        {"type": "user", "message": {"content": "first"}},
        {
            "type": "user",
            "message": {"content": [{"type": "text", "text": "sec"}, {"type": "text", "text": "ond"}]},
        },
        {"type": "user", "message": {"content": [{"type": "tool_result", "content": "no"}]}},
        {"type": "user", "isMeta": True, "message": {"content": "no"}},
        {"type": "user", "isSidechain": True, "message": {"content": "no"}},
        {"type": "assistant", "message": {"content": "user"}},
        {"type": "queue-operation", "operation": "enqueue", "content": "queued"},
        {"type": "queue-operation", "operation": "dequeue"},
    ]
    texts = [json.dumps(line, separators=(",", ":")) for line in lines]
    assert user_prompts(texts) == ("first", "sec\nond")


def test_a_torn_last_line_is_left_for_later(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_bytes(b"one\ntwo\nthr")
    assert read_transcript_lines(file) == (("one", "two"), 8)
    with file.open("ab") as more:
        more.write("eé\u2028\n".encode())
    assert read_transcript_lines(file, 8) == (("threé\u2028",), file.stat().st_size)


def test_a_shorter_file_is_read_from_its_start_and_a_missing_one_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_bytes(b"one\n")
    assert read_transcript_lines(file, 100) == (("one",), 4)
    assert read_transcript_lines(tmp_path / "none", 5) == ((), 5)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=6), max_size=5
    ),
    st.integers(1, 7),
)
def test_lines_read_in_pieces_are_the_lines_read_at_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], step: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "pieces.jsonl"
    data = "".join(f"{line}\n" for line in lines).encode()
    found: list[str] = []
    offset = 0
    for end in [*range(0, len(data), step), len(data)]:
        file.write_bytes(data[:end])
        more, offset = read_transcript_lines(file, offset)
        found += more
    assert found == lines
