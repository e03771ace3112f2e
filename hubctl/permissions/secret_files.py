"""Which files of a worktree are secret by the rules: looked up only where a judgement needs it.

A command that reads a whole folder (`grep -r`) is harmless where no secret lies in it, and the core cannot look.
"""

import os
from typing import Final

from hubctl.core.vocabulary.values import replace
from hubctl.permissions.judge import judge
from hubctl.permissions.judgement import Judgement, ToolCall, judge_path
from hubctl.permissions.rules import Rules, Ruling

MOST: Final = 50_000
"""Entries of a worktree that are looked at; a larger one counts as not looked at."""
SKIPPED: Final = frozenset({".git"})


def judge_here(rules: Rules, call: ToolCall) -> Judgement:
    """`judge`, with a look at the worktree where the judgement depends on it."""
    said = judge(rules, call)
    return judge(rules, replace(call, secrets=secrets_in(rules, call))) if said.wants_secrets else said


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
