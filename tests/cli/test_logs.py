"""`hubctl logs`: the conversation where there is one, the screen where there is none."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hubctl.agents.claude.transcripts import transcript_path
from support.shell import Shell, opened, working
from support.waiting import wait_until

SESSION = "5d1bc3de-0000-4000-8000-000000000000"
TIME = "2026-01-01T10:00:03.000Z"
EVIL = "\x1b]0;owned\x07\x9b31m\u202e"


def line(kind: str, content: Any) -> str:
    return json.dumps({"type": kind, "timestamp": TIME, "message": {"content": content}}) + "\n"


TALK = (
    line("user", f"Do it.\n{EVIL}")
    + line("assistant", [{"type": "text", "text": "I will."}])
    + line("assistant", [{"type": "tool_use", "name": "Bash", "input": {"command": f"ls {EVIL}"}}])
    + line("user", [{"type": "tool_result", "is_error": True, "content": "Exit code 2\nmore"}])
)


@pytest.fixture
def talking(prepared: Shell) -> tuple[Shell, Path]:
    """A thread whose worker's HOME stands in `hubctl.yaml`, and the transcript that is not written yet."""
    home = prepared.root / "workers-home"
    prepared.write("hubctl.yaml", json.dumps({"worker": {"env": {"HOME": str(home)}}}))
    prepared.trust()
    base = prepared.git("rev-parse", "HEAD")
    worktree = prepared.root / "work tree"
    prepared.log(opened("1"), *working(pid=2**22 + 1, worktree=worktree, start_commit=base))
    prepared.place.screens.mkdir()
    (prepared.place.screens / "w1-1.txt").write_text("a screen\n", encoding="utf-8")
    path = transcript_path(home, worktree, SESSION)
    path.parent.mkdir(parents=True)
    return prepared, path


def test_the_conversation_is_shown_without_what_a_terminal_obeys(talking: tuple[Shell, Path]) -> None:
    shell, path = talking
    path.write_text(TALK + '{"type": "user", "mess', encoding="utf-8")
    ended = shell.hubctl("logs", "1")
    assert (ended.returncode, ended.stderr) == (0, "")
    said = ended.stdout
    assert all(character.isprintable() or character == "\n" for character in said)
    lines = said.splitlines()
    assert [lines[0], *lines[2:3], lines[-1]] == [
        "10:00:03  user       Do it.",
        "10:00:03  assistant  I will.",
        "10:00:03  error      Exit code 2",
    ]
    assert lines[3].startswith("10:00:03  tool       Bash  ls ")
    assert len(lines) == 5


def test_the_conversation_as_a_document(talking: tuple[Shell, Path]) -> None:
    shell, path = talking
    path.write_text(TALK, encoding="utf-8")
    entries = shell.json("logs", "1")
    assert [(entry["voice"], entry["tool"]) for entry in entries] == [
        ("user", None),
        ("assistant", None),
        ("tool", "Bash"),
        ("error", None),
    ]
    assert entries[0] == {
        "at": "2026-01-01T10:00:03.000000Z",
        "voice": "user",
        "tool": None,
        "text": f"Do it.\n{EVIL}",
    }


def test_without_a_transcript_the_screen_is_shown_and_it_is_said(talking: tuple[Shell, Path]) -> None:
    shell, _ = talking
    ended = shell.hubctl("logs", "1")
    assert ended.stdout == "a screen\n"
    assert ended.stderr == "Thread 1 has no transcript; this is its screen.\n"
    ended = shell.hubctl("logs", "1", "--json")
    assert json.loads(ended.stdout) == []
    assert "hubctl logs 1 --raw --json" in ended.stderr


def test_raw_is_the_screen_also_where_a_transcript_is(talking: tuple[Shell, Path]) -> None:
    shell, path = talking
    path.write_text(TALK, encoding="utf-8")
    ended = shell.hubctl("logs", "1", "--raw")
    assert (ended.stdout, ended.stderr) == ("a screen\n", "")
    message, cure = shell.refused("logs", "1", "--raw", "--follow", code=2)
    assert "do not go together" in message
    assert "hubctl attach 1" in cure


@pytest.fixture
def followed(talking: tuple[Shell, Path]) -> Iterator[Callable[[], str]]:
    """All that `logs --follow --json` has printed so far."""
    process = talking[0].start("logs", "1", "--follow", "--json")
    assert process.stdout
    os.set_blocking(process.stdout.fileno(), False)
    printed = bytearray()

    def read() -> str:
        with suppress(BlockingIOError):
            printed.extend(os.read(process.stdout.fileno(), 65536) if process.stdout else b"")
        return printed.decode()

    try:
        yield read
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_comes_is_followed_each_once(talking: tuple[Shell, Path], followed: Callable[[], str]) -> None:
    _, path = talking
    first, torn = TALK.split("\n", 1)[0] + "\n", TALK.split("\n", 1)[1]
    with path.open("a", encoding="utf-8") as file:
        file.write(first + torn[:9])
        file.flush()
        wait_until(lambda: followed().count("\n") == 1, what="the first entry")
        file.write(torn[9:])
        file.flush()
        wait_until(lambda: followed().count("\n") == 4, what="the other three")
    voices = [json.loads(text)["voice"] for text in followed().splitlines()]
    assert voices == ["user", "assistant", "tool", "error"]
