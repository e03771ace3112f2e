"""A worker's words out of its cell: what is said, what is refused, and what a worker may lay there instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.cells.words import MOST_BYTES, SCRIPT, Exit, answered, read_words, refusal, spoken
from hubctl.watch.words import WordsWatcher
from support.waiting import wait_until

ECHO = (sys.executable, "-c", "import os, sys; print(os.environ.get('WHO'), sys.argv[1:])")


@pytest.mark.parametrize(
    "words",
    [
        ("done", "--summary", "- it is there"),
        ("done", "--summary=x"),
        ("progress", "on it"),
        ("progress", "--", "--repo is a word here"),
        ("ask", "--help"),
        ("handoff", "--to", "clock:30m", "--why", "--repo"),
        ("status", "--json"),
    ],
)
def test_a_workers_words(words: tuple[str, ...]) -> None:
    assert refusal(words) == ""


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "a1"),
        ("approve", "--all"),
        ("down",),
        ("--repo", "/", "done"),
        ("status", "--repo", "/srv/other"),
        ("status", "--repo=/srv/other"),
        ("status", "--rep", "x"),
        ("status", "-r", "x"),
        ("progress", "x", "--install-completion"),
        ("done", "--summary", "x", "--repo", "/"),
        ("done\n", "--summary", "x"),
        ("", "done"),
        (),
    ],
)
def test_what_is_no_workers_word_is_refused_and_not_run(words: tuple[str, ...], tmp_path: Path) -> None:
    said = spoken(words, command=("false",), cwd=tmp_path, env={})
    assert (said.code, said.text.startswith("hubctl: ")) == (2, True)


def test_what_a_worker_may_lay_there_instead(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("done\0")
    names = [tmp_path / f"{at}-1.words" for at in range(4)]
    names[0].symlink_to(secret)
    os.mkfifo(names[1])
    names[2].mkdir()
    names[3].write_bytes(b"x" * (MOST_BYTES + 1))
    assert [read_words(path) for path in [*names, secret, tmp_path / "none-1.words"]] == [None] * 6


def test_an_answer_goes_through_pipes_alone(tmp_path: Path) -> None:
    """A link with the pipe's name is not followed, and a file that is there is not written."""
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (tmp_path / "0-1.gate").symlink_to(secret)
    (tmp_path / "1-1.gate").write_text("mine")
    for number in range(2):
        words = tmp_path / f"{number}-1.words"
        words.write_text("done\0")
        answered(words, Exit(code=0, text="overwritten"))
        assert not words.exists()
        assert words.with_suffix(".gate").read_text() == "mine"


def test_the_words_of_a_shell_are_said_and_answered(tmp_path: Path) -> None:
    """As they were spelled; what was refused comes to stderr with its code."""
    said: list[str] = []

    def say(worker: str, file: Path) -> bool:
        words = read_words(file)
        assert words is not None
        said.append(worker)
        answered(file, spoken(words, command=ECHO, cwd=tmp_path, env={"WHO": worker}))
        return True

    watcher = WordsWatcher(say=say)
    watcher.start()
    try:
        watcher.watch(worker="w1-1", folder=tmp_path)
        text = 'it\'s\n"there" $(x)'
        assert hubctl(tmp_path, "done", "--summary", text).stdout == f"w1-1 {['done', '--summary', text]}\n"
        refused = hubctl(tmp_path, "approve", "a1")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "no worker's word" in refused.stderr
        assert said == ["w1-1"] * 2
        assert list(tmp_path.iterdir()) == []
    finally:
        watcher.close()


def test_words_to_a_dead_hub_are_taken_up_later(tmp_path: Path) -> None:
    (tmp_path / "1796089448384926305-7.words").write_bytes(b"progress\0on it\0")
    said: list[tuple[str, ...] | None] = []

    def say(worker: str, file: Path) -> bool:
        said.append(read_words(file))
        answered(file, Exit(code=0, text=""))
        return True

    watcher = WordsWatcher(say=say)
    watcher.start()
    try:
        watcher.watch(worker="w1-1", folder=tmp_path)
        wait_until(lambda: said == [("progress", "on it")])
    finally:
        watcher.close()


def hubctl(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HUBCTL_WORDS": str(folder)}
    return subprocess.run(
        ["sh", SCRIPT, *words], env=env, capture_output=True, text=True, check=False, timeout=60
    )
