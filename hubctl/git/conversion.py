"""A thread's worktree of an earlier hub becomes a clone, with all that is in it, at the same path.

Rule: nothing of the old folder is lost or changed. It is copied; when the clone is whole, it is set aside.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.clones import fill, mark, set_aside
from hubctl.git.location import Repository, worktree
from hubctl.git.offer import kept
from hubctl.git.program import ask, git

UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}
"""What git keeps in a worktree's entry while it is at something that a clone could not go on with."""


def convert(own: Repository, path: Path, *, bench: Path, branch: str) -> Path:
    """Makes a clone of the worktree, and returns where the old folder is. `bench` must not exist.

    Branch, index, stashes of the branch, changed, untracked and ignored files come along. Raises HubError while something
    is under way there, or HEAD is not on the branch; then nothing has changed.
    """
    here = worktree(own, path)
    if here is None or here.entry is None:
        raise HubError(
            f"`{own.path}` does not know `{path}` as its worktree.", "`git worktree repair` there."
        )
    _demand_rest(here, here.entry, branch)
    with writing(bench):
        shutil.copytree(path, bench, symlinks=True, ignore=_without_git(path))
        fill(own, bench, branch, start=git(own, "rev-parse", f"refs/heads/{branch}").line)
        clone = Repository(path=bench, common=bench / ".git")
        shutil.copyfile(here.entry / "index", clone.common / "index")
        git(clone, "update-index", "-q", "--refresh", "--unmerged")
        _carry_stashes(own, clone, branch)
        old = set_aside(own, path)
        git(own, "worktree", "remove", "--force", "--force", str(path))
        mark(own, path.name, start=git(own, "rev-parse", f"refs/heads/{branch}").line)
        bench.rename(path)
    return old


def _demand_rest(here: Repository, entry: Path, branch: str) -> None:
    found = next((what for name, what in UNDER_WAY.items() if (entry / name).exists()), "")
    if found:
        raise HubError(
            f"In `{here.path}` {found} is under way, so its worker can have no cell yet.",
            f"End it there, then `hubctl retry`: see `git -C '{here.path}' status`.",
        )
    if ask(here, "symbolic-ref", "--quiet", "HEAD").line != f"refs/heads/{branch}":
        raise HubError(
            f"`{here.path}` is not on its branch `{branch}`, so its worker can have no cell yet.",
            f"Bring it back, then `hubctl retry`: `git -C '{here.path}' switch {branch}`.",
        )


def _without_git(path: Path) -> Callable[[str, list[str]], list[str]]:
    return lambda folder, _: [".git"] if folder == str(path) else []


def _carry_stashes(own: Repository, clone: Repository, branch: str) -> None:
    """All worktrees share one list of stashes: those that were made on this branch, the oldest first."""
    listed = ask(own, "stash", "list", "--format=%H %gs").out.splitlines()
    for line in reversed(listed):
        commit, _, said = line.partition(" ")
        if said.startswith((f"WIP on {branch}:", f"On {branch}:")):
            kept(own, commit)
            git(clone, "stash", "store", "-m", said, commit)
