"""What of a repository a cell shows: a thread's clone, what that borrows of the main repository, and no secret that git does not track."""

import functools
import os
from collections.abc import Mapping
from pathlib import Path

from hubctl.cells.profile import Cell, cell_words
from hubctl.cells.start import hindrance, program
from hubctl.cells.toolchains import toolchains
from hubctl.core.vocabulary.values import replace
from hubctl.git.location import Repository
from hubctl.git.offer import lent
from hubctl.git.program import ask
from hubctl.git.repository import checkout_of, guarded
from hubctl.permissions.judgement import ToolCall, judge_path
from hubctl.permissions.rules import Rules, Ruling

LOOKING = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
"""The environment of a look: it changes nothing."""
MOST_UNTRACKED = 50_000
"""Files of a worktree that are looked at for secrets: a `node_modules` of its own has so many."""


def command_cell(
    rules: Rules, *, work: Path, own: Repository | None, home: Path, env: Mapping[str, str]
) -> Cell:
    """The cell of a command that the hub runs in a worktree: its home is empty, for a worker must not prepare it."""
    cell = work_cell(rules, work=work, own=own)
    readable = (*cell.readable, *toolchains(home, env.get("PATH", "")), *linked(rules, work))
    return replace(cell, home_at=home, readable=readable, env=env)


def work_cell(rules: Rules, *, work: Path, own: Repository | None) -> Cell:
    """The part of a cell that shows a worktree of `own`, or a role's directory, without its secrets."""
    here = looked_at(own, work) if own else None
    cloned = bool(here and here.cloned)
    return Cell(
        work=work,
        home_at=work,
        readable=_borrowed(own, here) if own and here else (),
        guarded=guarded_names(work, cloned=cloned),
        masked=secrets(rules, work, here),
    )


def _borrowed(own: Repository, here: Repository) -> tuple[Path, ...]:
    """A worktree of an earlier hub can be read with git, until its thread starts again and gets a clone."""
    if here.cloned:
        return lent(own)
    return (own.common,) if here.entry and here.common == own.common else ()


def looked_at(own: Repository, path: Path) -> Repository:
    """The repository of a worker's folder, for the hub's own look: git runs in a cell where the worker has all of it.

    Where no cell can be made any more, git obeys nothing there that names a program, as in a role's directory.
    """
    here = checkout_of(own, path)
    if not here.cloned or not _can_contain():
        return here
    cell = Cell(work=here.path, home_at=Path("/tmp"), readable=lent(own), guarded=("",), env=LOOKING)
    words = cell_words(cell, empty=Path(os.devnull))
    return replace(here, entrance=("/usr/bin/env", "-i", str(program()), *words, "--"))


@functools.cache
def _can_contain() -> bool:
    return hindrance() is None


def guarded_names(work: Path, *, cloned: bool = False) -> tuple[str, ...]:
    """What is there of the names that order somebody things, and `.git`, which leads to the repository.

    In a role's directory `.git` is the repository itself, which its worker may write but for what git obeys there; all of
    a clone's is its own.
    """
    names = sorted(entry.name for entry in work.iterdir())
    if cloned:
        return guarded(names)
    obeyed = (".git/config", ".git/hooks") if (work / ".git").is_dir() else (".git",)
    return (*obeyed, *guarded(names))


def linked(rules: Rules, work: Path) -> tuple[Path, ...]:
    """What the links at the top of a worktree share with the main checkout, but for secrets."""
    links = [entry for entry in work.iterdir() if entry.is_symlink()]
    found = dict.fromkeys(Path(os.path.realpath(link)) for link in links)
    return tuple(target for target in found if not _is_secret(rules, work, work / target.name))


def secrets(rules: Rules, work: Path, here: Repository | None) -> tuple[Path, ...]:
    """The files that the policy keeps from workers and that git does not track: a tracked one is in the history anyway."""
    untracked = ask(here or work, "ls-files", "--others", "-z").names[:MOST_UNTRACKED]
    return tuple(work / name for name in untracked if _is_secret(rules, work, work / name))


def _is_secret(rules: Rules, work: Path, path: Path) -> bool:
    call = ToolCall(tool="Read", input={"file_path": str(path)}, cwd=str(work), worktree=str(work), home="")
    said = judge_path(rules, "Read", str(path), call.folders)
    return said.decision is Ruling.DENY or (said.decision is Ruling.ASK and bool(said.rule))
