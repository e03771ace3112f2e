"""What the text of a call cannot say, and the disk can: which files are secret, and where a name leads somewhere else.

A command that reads a whole folder (`grep -r`) is harmless where no secret lies in it. One that reads `away/x` is not where
`away` is a link out of the worktree, nor is `git -C fixture status` where `fixture` brings a configuration of its own, nor `sort *`
where a file is named like an option. Nothing is allowed of a call that may name such a thing.
"""

import os
import re
from collections.abc import Iterator
from typing import Final

from hubctl.core.vocabulary.values import replace
from hubctl.permissions.judge import judge
from hubctl.permissions.judgement import Judgement, ToolCall, asked, judge_path
from hubctl.permissions.paths import is_under
from hubctl.permissions.rules import Rules, Ruling

MOST: Final = 50_000
"""Entries of a worktree that are looked at; a larger one counts as not looked at."""
SKIPPED: Final = frozenset({".git"})
OPEN: Final = ("$", "`", "*", "?", "[", "{")
"""Signs by which a command may name what it does not spell out."""


def judge_here(rules: Rules, call: ToolCall) -> Judgement:
    """`judge`, with a look at the worktree where the judgement depends on it."""
    said = judge(rules, call)
    if said.wants_secrets:
        said = judge(rules, replace(call, secrets=secrets_in(rules, call)))
    misled = _misled(call) if said.decision is Ruling.ALLOW else ""
    return asked(misled) if misled else said


def _misled(call: ToolCall) -> str:
    """Why an allowed call may reach something else than its text says; empty where it cannot."""
    told = " ".join(str(value) for value in call.input.values())
    plain = re.sub(r"[\"'\\]", "", told)
    for name, why in _misleading(call.worktree):
        words = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
        if words.search(plain) or (call.tool == "Bash" and any(sign in told for sign in OPEN)):
            return f"it may mean `{name}`, which {why}"
    return ""


def _misleading(worktree: str) -> Iterator[tuple[str, str]]:
    """Names in the worktree by which a call is led elsewhere, and why."""
    seen = 0
    for folder, folders, files in os.walk(worktree):
        nested = folder != worktree and (
            ".git" in folders or ".git" in files or {"objects", "refs"} <= {*folders}
        )
        if nested:
            yield os.path.basename(folder), "is a repository of its own"  # noqa: PTH119 - a path a folder
        folders[:] = [name for name in folders if name not in SKIPPED]
        seen += len(files) + len(folders)
        if seen > MOST:
            return
        for name in (*folders, *files):
            path = os.path.join(folder, name)  # noqa: PTH118 - a path a file, and there may be many
            if os.path.islink(path) and _leads_out(path, worktree):  # noqa: PTH114 - a path a file
                yield name, "is a link out of the worktree"
            if name.startswith("-"):
                yield name, "is named like an option"


def _leads_out(path: str, worktree: str) -> bool:
    """What a role shares by `link` is the main checkout's file of the same name, whose name the rules judge."""
    real = os.path.realpath(path)
    checkout, _, _ = worktree.partition("/.hubctl/worktrees/")
    shared = os.path.join(os.path.realpath(checkout), os.path.relpath(path, worktree))  # noqa: PTH118 - a path a file
    return not is_under(real, os.path.realpath(worktree)) and real != shared


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
