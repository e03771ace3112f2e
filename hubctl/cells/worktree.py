"""What of a repository a cell shows: one worktree, the git folder that it shares, and no secret that git does not track."""

import os
from collections.abc import Mapping
from pathlib import Path

from hubctl.cells.profile import Cell, Shared
from hubctl.cells.toolchains import toolchains
from hubctl.core.vocabulary.values import replace
from hubctl.git.location import Repository
from hubctl.git.program import ask
from hubctl.git.repository import checkout_of, guarded
from hubctl.permissions.judgement import ToolCall, judge_path
from hubctl.permissions.rules import Rules, Ruling

MOST_UNTRACKED = 50_000
"""Files of a worktree that are looked at for secrets: a `node_modules` of its own has so many."""


def command_cell(
    rules: Rules, *, work: Path, own: Repository | None, home: Path, env: Mapping[str, str]
) -> Cell:
    """The cell of a command that the hub runs in a worktree: its home is empty, for a worker must not prepare it."""
    return replace(
        work_cell(rules, work=work, own=own),
        home_at=home,
        readable=(*toolchains(home, env.get("PATH", "")), *linked(rules, work)),
        env=env,
    )


def work_cell(rules: Rules, *, work: Path, own: Repository | None) -> Cell:
    """The part of a cell that shows a worktree of `own`, or a role's directory, without its secrets."""
    here = own and checkout_of(own, work)
    entry = here.entry if here and own and here.common == own.common else None
    return Cell(
        work=work,
        home_at=work,
        shared=Shared(common=here.common, worktree=entry.name) if here and entry else None,
        guarded=guarded_names(work),
        masked=secrets(rules, work, here),
    )


def guarded_names(work: Path) -> tuple[str, ...]:
    """What is there of the names that order somebody things, and `.git`, which leads to the repository.

    In a role's directory `.git` is the repository itself, which its worker may write but for what git obeys there.
    """
    names = sorted(entry.name for entry in work.iterdir())
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
