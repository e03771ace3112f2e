"""The cell of one worker: which home the CLI finds in it, and what of the machine it needs there.

Measured (docs/facts/cells.md#the-home-of-a-cell): the CLI wants a `.claude.json` that knows this folder, and writes to nearly
everything below `.claude`. Its transcripts stay where the person's own are: the folder of this worktree alone is shown.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hubctl import disk
from hubctl.agents.claude.doors import DUMMY
from hubctl.agents.claude.files import read_object
from hubctl.agents.claude.transcripts import transcript_path
from hubctl.cells.profile import Cell
from hubctl.cells.toolchains import toolchains
from hubctl.cells.worktree import linked, work_cell
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.disk import writing
from hubctl.git.location import Repository
from hubctl.git.program import ask
from hubctl.permissions.rules import Rules
from hubctl.project.place import write_whole

KNOWN = ("hasCompletedOnboarding", "theme", "oauthAccount")
"""What a cell's home keeps of the person's `.claude.json`: what lets the CLI start unasked, and no project but its own."""
PERSONS = (".claude/CLAUDE.md", ".claude/skills", ".claude/commands")
"""Of the person's home: texts that the person wrote for every session."""


class Needs(Struct, frozen=True, kw_only=True):
    """What a start needs beside its folder. `own` is the home that the cell keeps, `home` the one it stands for.

    `fixed`: nothing in `work` may change.
    """

    work: Path
    repository: Repository | None
    own: Path
    home: Path
    command: Sequence[str]
    readable: Sequence[Path]
    writable: Sequence[Path]
    doors: Path
    env: Mapping[str, str]
    fixed: bool = False


def worker_cell(needs: Needs, rules: Rules) -> Cell:
    """The cell, with its home made ready. Raises HubError where that cannot be written."""
    transcripts = transcript_path(needs.home, needs.work, "any").parent
    with writing(needs.own):
        needs.own.mkdir(mode=0o700, parents=True, exist_ok=True)
        transcripts.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_home(needs)
    cell = work_cell(rules, work=needs.work, own=needs.repository)
    readable = (
        *cell.readable,
        *toolchains(needs.home, needs.env.get("PATH", "")),
        *program_folders(needs.command),
        *(needs.home / name for name in PERSONS),
        *needs.readable,
    )
    return replace(
        cell,
        guarded=("",) if needs.fixed else cell.guarded,
        home=needs.own,
        home_at=needs.home,
        readable=(*readable, *linked(rules, needs.work)),
        writable=(transcripts, *needs.writable),
        doors=needs.doors,
        env=needs.env,
    )


def program_folders(command: Sequence[str]) -> tuple[Path, ...]:
    """Where the files lie that a command names: its program, and whatever else of it is a path."""
    named = [shutil.which(command[0]) or command[0], *command[1:]] if command else []
    files = (Path(os.path.realpath(word)) for word in named if word.startswith("/"))
    return tuple(dict.fromkeys(file.parent for file in files if file.is_file() and file.parent != Path("/")))


def program_words(command: Sequence[str]) -> list[str]:
    """The command with its program's own path: the link that PATH leads to may not be in the cell."""
    found = shutil.which(command[0])
    return [os.path.realpath(found), *command[1:]] if found else list(command)


def _make_home(needs: Needs) -> None:
    """Nothing of the person's but what starts the CLI; the name that signs commits is the repository's or the person's."""
    known = read_object(needs.own / ".claude.json") or _first(needs)
    own = {**known, "projects": _trusted(known, needs.work)}
    write_whole(needs.own / ".claude.json", json.dumps(own))
    for folder in (".claude/sessions", ".claude/projects"):
        disk.make_folder_inside(needs.own, folder)
    write_whole(needs.own / ".gitconfig", _signature(needs.repository or needs.work))


def _first(needs: Needs) -> dict[str, object]:
    persons = read_object(needs.home / ".claude.json")
    kept = {key: persons[key] for key in KNOWN if key in persons}
    return {**kept, "customApiKeyResponses": {"approved": [DUMMY[-20:]], "rejected": []}}


def _trusted(known: Mapping[str, object], work: Path) -> dict[str, object]:
    """The worktree is trusted as its repository is: the hub starts nobody where that is not so."""
    before = known.get("projects")
    projects = dict(before) if isinstance(before, dict) else {}
    entry = projects.get(str(work))
    return projects | {
        str(work): {**(entry if isinstance(entry, dict) else {}), "hasTrustDialogAccepted": True}
    }


def _signature(where: Repository | Path) -> str:
    """`[user]` alone: a person's configuration may name programs that hold logins."""
    said = {key: ask(where, "config", "--get", f"user.{key}").line for key in ("name", "email")}
    lines: Iterable[str] = (
        f"\t{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items() if value
    )
    return "".join(("[user]\n", *lines))
