"""What `run` says at its end: the branches in merge order, and which of them will conflict."""

from hubctl.cli.run import _next_steps
from hubctl.cli.shared import load_state
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import ThreadId
from support.shell import AT, Shell, opened, working


def finished(shell: Shell, thread: str, text: str) -> None:
    """The thread is done, with a commit of its own on the branch of its worker."""
    base, worktree, name = shell.git("rev-parse", "main"), shell.root / f"tree-{thread}", ThreadId(thread)
    shell.git("worktree", "add", "-q", "-b", f"hub/{thread}-issue", str(worktree), "main")
    (worktree / "same.txt").write_text(text, encoding="utf-8")
    shell.git("add", ".", cwd=worktree)
    shell.git("commit", "-q", "-m", text, cwd=worktree)
    commit = shell.git("rev-parse", "HEAD", cwd=worktree)
    shell.log(opened(thread), *working(2**22 + 1, worktree, base, thread))
    shell.log(
        e.DoneClaimed(at=AT, thread=name, summary="s"), e.ClaimAccepted(at=AT, thread=name, commit=commit)
    )


def said(shell: Shell) -> list[str]:
    threads = list(load_state(shell.place).threads.values())
    return _next_steps(shell.place, threads).splitlines()[1:]


def test_the_end_names_what_will_conflict_in_the_order_of_the_merges(prepared: Shell) -> None:
    finished(prepared, "1", "one\n")
    assert said(prepared) == ["  git merge hub/1-issue"]
    finished(prepared, "2", "two\n")
    assert said(prepared) == [
        "  git merge hub/1-issue",
        "  git merge hub/2-issue",
        "Merged in this order onto HEAD as it is now, these will conflict:",
        "  hub/2-issue: same.txt",
    ]
