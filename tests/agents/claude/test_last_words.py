"""What a worker said before it asked, whatever its transcript holds."""

import json
from pathlib import Path

import pytest

from hubctl.agents.claude.transcripts import last_words

PROMPT = {"type": "user", "message": {"content": "Do it."}}
RESULT = {"type": "user", "message": {"content": [{"type": "tool_result", "content": "ok"}]}}
CALL = {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": "Bash"}]}}


def said(text: str) -> dict[str, object]:
    return {"type": "assistant", "message": {"content": [{"type": "text", "text": text}]}}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([PROMPT, said("First."), said("Second."), CALL], "Second."),
        ([said("Of before."), PROMPT, CALL], ""),
        ([PROMPT, said("Because."), CALL, RESULT, CALL], "Because."),
        ([PROMPT, said("x" * 500)], "x" * 399 + "…"),
        ([1, "torn", {"type": "assistant"}, {"type": "assistant", "message": {"content": 7}}], ""),
        ([], ""),
    ],
)
def test_the_newest_words_of_this_turn(tmp_path: Path, lines: list[object], words: str) -> None:
    transcript = tmp_path / "t.jsonl"
    transcript.write_text("\n".join(map(json.dumps, lines)) + '\n{"type": "assist')
    assert last_words(transcript) == words


def test_no_transcript_no_words(tmp_path: Path) -> None:
    assert last_words(tmp_path / "none") == ""
