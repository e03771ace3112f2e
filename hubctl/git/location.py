"""Where a repository lies, said to git in full: what a worker can write in its worktree leads git to no other one.

Rule: of a worktree neither its `.git` nor its `commondir` is read. Which of the repository's worktrees a folder is stands in
the repository (`worktrees/NAME/gitdir`), and the configuration that git obeys is the repository's own.
"""

import os
from pathlib import Path

from hubctl import disk
from hubctl.core.vocabulary.values import Struct

LONGEST = 8192
"""Bytes of a `gitdir` file: a path and a newline."""


class Repository(Struct, frozen=True, kw_only=True):
    """`path` is the checkout, `common` the git folder that all worktrees share; both absolute, links resolved.

    `entry`, of a worktree alone: what the repository keeps of it, in `common`. `cloned`: a worker has all of it, its settings
    and programs, too, so git runs there behind the words of `entrance`, which lead into a cell.
    """

    path: Path
    common: Path
    entry: Path | None = None
    cloned: bool = False
    entrance: tuple[str, ...] = ()


def environment(repo: Repository) -> dict[str, str]:
    """The variables that leave git nothing to search."""
    return {
        "GIT_DIR": str(repo.entry or repo.common),
        "GIT_COMMON_DIR": str(repo.common),
        "GIT_WORK_TREE": str(repo.path),
    }


def located(repo: Repository) -> tuple[str, ...]:
    """The same as words, for a cell, which has no variables but its own."""
    return (f"--git-dir={repo.common}", f"--work-tree={repo.path}")


def worktree(own: Repository, path: Path) -> Repository | None:
    """The worktree of this repository at a path whose links are resolved; None where it has none there."""
    try:
        names = sorted(os.listdir(own.common / "worktrees"))  # noqa: PTH208 -- the names are joined to two folders
    except OSError:
        return None
    name = next((name for name in names if _path(own.common, name) == path), None)
    if name is None:
        return None
    return Repository(path=path, common=own.common, entry=own.common / "worktrees" / name)


def _path(common: Path, name: str) -> Path | None:
    try:
        said = os.fsdecode(disk.read_inside(common, f"worktrees/{name}/gitdir", most=LONGEST))
    except OSError:
        return None
    dot_git = common / "worktrees" / name / said.removesuffix("\n")
    return Path(os.path.realpath(dot_git.parent)) if dot_git.name == ".git" else None
