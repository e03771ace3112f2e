"""What the text of a call cannot say, and the disk can: which files are secret, and where a path leads through links.

A command that reads a whole folder (`grep -r`) is harmless where no secret lies in it. One that reads `away/x` is not where
`away` is a link out of the worktree, nor is any of git's where it would obey a repository inside of the worktree, nor
`git commit` where it runs hooks of the branch. Nothing is allowed of a call that may come to such a thing.
"""

import os
import re
from pathlib import Path
from typing import Final

from hubctl.core.vocabulary.values import replace
from hubctl.permissions.judge import judge
from hubctl.permissions.judgement import Judgement, ToolCall, asked, judge_path
from hubctl.permissions.paths import is_under
from hubctl.permissions.rules import Rules, Ruling

MOST: Final = 50_000
"""Entries of a worktree that are looked at; a larger one counts as not looked at."""
SKIPPED: Final = frozenset({".git"})
GITLINK: Final = b"\x00\x00\xe0\x00"
"""The mode of a repository in an index; git looks into it with its own settings."""
HOOKS: Final = re.compile(r"(?im)^\s*hookspath\s*=\s*(\S.*?)\s*$")


def judge_here(rules: Rules, call: ToolCall) -> Judgement:
    """`judge`, with a look at the worktree where the judgement depends on it."""
    said = judge(rules, call)
    if said.wants_secrets:
        said = judge(rules, replace(call, secrets=secrets_in(rules, call)))
    if said.decision is not Ruling.ALLOW:
        return said
    why = next((why for path in said.paths if (why := _leads(rules, call, path))), "")
    if not why and any(program.startswith("git") for program in said.programs):
        why = _obeyed(call, said)
    return asked(why) if why else said


def _leads(rules: Rules, call: ToolCall, path: str) -> str:
    """Why a path is not what it says; empty where it is."""
    real, worktree, path = os.path.realpath(path), os.path.realpath(call.worktree), os.path.normpath(path)
    if not is_under(real, worktree):
        shared = not is_under(path, call.worktree) or _is_shared(call.worktree, path, real)
        return "" if shared else f"`{path}` leads out of the worktree"
    plain = call.worktree + real[len(worktree) :]
    if plain == path:
        return ""
    for tool in ("Read", "Edit"):
        said = judge_path(rules, tool, plain, call.folders)
        if said.decision is Ruling.DENY or (said.decision is Ruling.ASK and said.rule):
            return f"`{path}` leads to `{plain}`: {said.why}"
    return ""


def _is_shared(worktree: str, path: str, real: str) -> bool:
    """What a role shares by `link` is the main checkout's file of the same name, whose name the rules judge."""
    checkout, _, _ = worktree.partition("/.hubctl/worktrees/")
    return real == str(Path(os.path.realpath(checkout), os.path.relpath(path, worktree)))


def _obeyed(call: ToolCall, said: Judgement) -> str:
    """What git would obey that a worker can write; empty where there is nothing of that kind."""
    top = Path(call.worktree)
    for path in (call.cwd, *said.paths):
        for folder in (Path(path), *Path(path).parents):
            if folder == top or not folder.is_relative_to(top):
                break
            if (folder / ".git").exists() or ((folder / "HEAD").exists() and (folder / "objects").exists()):
                return f"`{folder}` is a repository of its own, whose settings git obeys"
    own = _git_folder(top)
    if own and GITLINK in _content(own / "index"):
        return "the branch holds a repository of its own, whose settings git obeys"
    return _hooks(top, own) if own and "git commit" in said.programs else ""


def _git_folder(top: Path) -> Path | None:
    if (top / ".git").is_dir():
        return top / ".git"
    said = os.fsdecode(_content(top / ".git")).strip()
    return top / said.removeprefix("gitdir:").strip() if said.startswith("gitdir:") else None


def _hooks(top: Path, own: Path) -> str:
    common = own / (os.fsdecode(_content(own / "commondir")).strip() or ".")
    for found in HOOKS.findall(_content(common / "config").decode(errors="replace")):
        place = top / Path(found.strip('"')).expanduser()
        if is_under(os.path.realpath(place), os.path.realpath(top)):
            return f"`git commit` runs the hooks in `{found}`, which the branch can change"
    return ""


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def secrets_in(rules: Rules, call: ToolCall) -> frozenset[str] | None:
    """The absolute paths that may not be read without a person; None: there are too many files to say."""
    found: set[str] = set()
    seen = 0
    for folder, folders, files in os.walk(call.worktree):
        folders[:] = [name for name in folders if name not in SKIPPED]
        seen += len(files) + len(folders)
        if seen > MOST:
            return None
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 - a path a file, and there may be many
            said = judge_path(rules, "Read", path, call.folders)
            if said.decision is Ruling.DENY or (said.decision is Ruling.ASK and said.rule):
                found.add(path)
    return frozenset(found)
