"""What of a repository a cell shows: one worktree, the git folder that it shares, and no secret that git does not track."""

import os
from collections.abc import Mapping
from pathlib import Path

from hubctl.cells.profile import Cell, Shared
from hubctl.cells.toolchains import toolchains
from hubctl.git.program import ask
from hubctl.git.repository import guarded
from hubctl.permissions.judgement import ToolCall, judge_path
from hubctl.permissions.rules import Rules, Ruling

MOST_UNTRACKED = 50_000
"""Files of a worktree that are looked at for secrets: a `node_modules` of its own has so many."""


def command_cell(
    rules: Rules, *, work: Path, common: Path | None, home: Path, env: Mapping[str, str]
) -> Cell:
    """The cell of a command that the hub runs in a worktree: its home is empty, for a worker must not prepare it."""
    return Cell(
        work=work,
        home_at=home,
        shared=shared(common, work),
        readable=(*toolchains(home, env.get("PATH", "")), *linked(rules, work)),
        guarded=guarded_names(work),
        masked=secrets(rules, work),
        env=env,
    )


def shared(common: Path | None, work: Path) -> Shared | None:
    """None where the folder is no worktree of this repository: a role's directory has its `.git` in itself."""
    said = ask(work, "rev-parse", "--path-format=absolute", "--git-dir").line
    if common is None or Path(said).parent != common / "worktrees":
        return None
    return Shared(common=common, worktree=Path(said).name)


def guarded_names(work: Path) -> tuple[str, ...]:
    """What is there of the names that order somebody things, and `.git`, which leads to the repository.

    In a role's directory `.git` is the repository itself, which its worker may write.
    """
    names = sorted(entry.name for entry in work.iterdir())
    kept = (".git",) if (work / ".git").is_file() else ()
    return (*kept, *guarded(names))


def linked(rules: Rules, work: Path) -> tuple[Path, ...]:
    """What the links at the top of a worktree share with the main checkout, but for secrets."""
    links = [entry for entry in work.iterdir() if entry.is_symlink()]
    found = dict.fromkeys(Path(os.path.realpath(link)) for link in links)
    return tuple(target for target in found if not _is_secret(rules, work, work / target.name))


def secrets(rules: Rules, work: Path) -> tuple[Path, ...]:
    """The files that the policy keeps from workers and that git does not track: a tracked one is in the history anyway."""
    untracked = ask(work, "ls-files", "--others", "-z").names[:MOST_UNTRACKED]
    return tuple(work / name for name in untracked if _is_secret(rules, work, work / name))


def _is_secret(rules: Rules, work: Path, path: Path) -> bool:
    call = ToolCall(tool="Read", input={"file_path": str(path)}, cwd=str(work), worktree=str(work), home="")
    said = judge_path(rules, "Read", str(path), call.folders)
    return said.decision is Ruling.DENY or (said.decision is Ruling.ASK and bool(said.rule))
