"""A worker's own words: `done` and `progress`, refused at once where they cannot be meant."""

from pathlib import Path

import pytest

from hubctl.core.ledger import events as e
from support.shell import AT, Shell, opened, working


@pytest.fixture
def worktree(prepared: Shell) -> Path:
    """Where the worker of thread 1 works; its role needs commits."""
    folder = prepared.checkout / ".hubctl" / "worktrees" / "1-issue"
    prepared.git("worktree", "add", "-q", "-b", "hub/1-issue", str(folder))
    base = prepared.git("rev-parse", "HEAD")
    prepared.log(opened(), *working(pid=2**22 + 1, worktree=folder, start_commit=base))
    return folder


def commit(shell: Shell, worktree: Path) -> None:
    (worktree / "work.txt").write_text("work\n")
    shell.git("add", ".", cwd=worktree)
    shell.git("commit", "-qm", "Work", cwd=worktree)


@pytest.mark.parametrize("words", [["done", "--summary", "all"], ["progress", "half"]], ids=" ".join)
def test_outside_a_pane(prepared: Shell, words: list[str]) -> None:
    message, cure = prepared.refused(*words)
    assert message == f"`hubctl {words[0]}` is a worker's word, and this is no worker's pane."
    assert "hubctl status" in cure
    assert prepared.requests() == ()


@pytest.mark.parametrize(("text", "said"), [("  ", "`TEXT` is empty"), ("x" * 4001, "`TEXT` has 4001 char")])
def test_progress_of_no_use(prepared: Shell, pane: dict[str, str], text: str, said: str) -> None:
    message, cure = prepared.refused("progress", text, env=pane)
    assert said in message
    assert cure
    assert prepared.requests() == ()


def test_a_state_that_is_gone(prepared: Shell, pane: dict[str, str]) -> None:
    message, cure = prepared.refused("progress", "half", env={**pane, "HUBCTL_STATE": "/nowhere"})
    assert message.startswith("`/nowhere` holds no hub's state")
    assert cure


def test_done_is_refused_until_all_is_committed_and_then_recorded(
    prepared: Shell, worktree: Path, pane: dict[str, str]
) -> None:
    words = ["done", "--summary", "all"]
    message, cure = prepared.refused(*words, env=pane, cwd=worktree)
    assert message == "There is no commit of yours on this branch."
    assert "Commit" in cure
    evil = "odd\x1b]0;owned\x07.txt"
    (worktree / evil).write_text("")
    message, cure = prepared.refused(*words, env=pane, cwd=worktree)
    assert message == "Not everything is committed: odd\\x1b]0;owned\\x07.txt."
    assert "Commit it or remove it" in cure
    (worktree / evil).unlink()
    commit(prepared, worktree)
    for summary, said in ((" ", "`--summary` is empty"), ("x" * 4001, "4000 is the most")):
        message, cure = prepared.refused("done", "--summary", summary, env=pane, cwd=worktree)
        assert said in message
        assert cure
    refused = [(request.verb, request.text) for request in prepared.requests()]
    assert refused == [
        ("unproven", "There is no commit of yours on this branch."),
        ("unproven", f"Not everything is committed: {evil}."),
    ]
    assert prepared.told(*words, env=pane, cwd=prepared.root).startswith("Recorded. End your turn now")
    *_, request = prepared.requests()
    assert (request.verb, request.by, request.thread, request.text) == ("done", "worker:w1-1", "1", "all")
    assert request.words == {"token": "a-token"}


def test_a_role_without_commits_needs_none(prepared: Shell, pane: dict[str, str]) -> None:
    base = prepared.git("rev-parse", "HEAD")
    prepared.log(
        opened(role="reviewer"), *working(pid=2**22 + 1, worktree=prepared.checkout, start_commit=base)
    )
    assert prepared.told("done", "--summary", "It is fine.", env=pane)


def test_done_of_a_thread_that_has_ended(prepared: Shell, worktree: Path, pane: dict[str, str]) -> None:
    commit(prepared, worktree)
    prepared.log(e.ThreadCanceled(at=AT, thread=opened().thread, why="no"))
    message, cure = prepared.refused("done", "--summary", "all", env=pane)
    assert message == "Thread 1 is canceled already."
    assert cure == "End your turn."
