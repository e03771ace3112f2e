"""How much harm an ask could do, told from its call alone: what the permissions know of it, without anybody's rules.

Low: it only reads, and no secret. Medium: it changes the worktree, or runs a program of which nothing worse is known; what
a program does inside nobody can tell from its name. High: it leaves the machine or the worktree, rewrites history,
touches secrets, what git or the worker CLI obeys, or cannot be judged, as an MCP tool.
"""

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.outside_events import AskKind, AskVia
from hubctl.core.ledger.thread import Thread

if TYPE_CHECKING:
    from hubctl.permissions.rules import Rules


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


READS: Final = (
    "Read(/**)",
    *(
        f"Bash({command} *)"
        for command in (
            *("ls", "cat", "head", "tail", "wc", "nl", "grep", "rg", "find", "tree", "stat", "file", "du"),
            *("sort", "uniq", "cut", "tr", "sed -n", "diff", "cmp", "comm", "echo", "printf", "test", "date"),
            *("git status", "git log", "git diff", "git show", "git blame", "git grep", "git ls-files"),
        )
    ),
    "Bash(pwd)",
    "Bash(true)",
)
WRITES: Final = ("Read(/**)", "Edit(/**)", "Bash(**)")
"""`Bash` alone would allow every folder as well."""
SECRETS: Final = (
    *(
        f"{tool}({name})"
        for tool in ("Read", "Edit")
        for name in (".env*", "*.pem", "*.key", "id_rsa*", "id_ed25519*")
    ),
    *("Edit(.git)", "Edit(.claude)", "Edit(.mcp.json)"),
)
FAR: Final = (
    *("curl", "wget", "ssh", "scp", "sftp", "rsync", "nc", "gh", "sudo", "su", "docker", "tmux", "crontab"),
    *("pip install", "npm install", "npm publish", "twine"),
    *("git push", "git fetch", "git pull", "git clone", "git remote", "git submodule"),
    *("git rebase", "git reset", "git filter-branch", "git reflog", "git update-ref", "git commit --amend"),
    *("git config", "git worktree", "git branch -D", "git stash", "git clean", "git checkout", "git restore"),
)
"""Leaves the machine, or takes away what was there."""


def risk_of(ask: Ask, worktree: str) -> Risk | None:
    """None for what asks no leave to do something: a question, a plan, a dialog."""
    if ask.kind is AskKind.DOOR:
        return Risk.HIGH
    if ask.kind is not AskKind.PERMISSION:
        return None
    if ask.via is not AskVia.HOOK or not worktree:
        return Risk.HIGH
    # Imported here: the parser of shell commands is no matter of verbs that show no permission.
    from hubctl.permissions.judge import judge
    from hubctl.permissions.judgement import ToolCall
    from hubctl.permissions.rules import Ruling

    call = ToolCall(tool=ask.tool, input=ask.fields, cwd=ask.cwd or worktree, worktree=worktree, home="")
    for risk in (Risk.LOW, Risk.MEDIUM):
        if judge(_rules(risk), call).decision is Ruling.ALLOW:
            return risk
    return Risk.HIGH


def shown_risk(ask: Ask, thread: Thread | None) -> str:
    """The word for people and scripts; empty where there is none."""
    return risk_of(ask, thread.worker.worktree if thread and thread.worker else "") or ""


@cache
def _rules(risk: Risk) -> "Rules":
    """What is not more than this risk, as rules."""
    from hubctl.permissions.rules import Ruling, parse_rule

    allow = READS if risk is Risk.LOW else WRITES
    deny = (*SECRETS, *(f"Bash({command} *)" for command in FAR))
    return (
        *(parse_rule(text, Ruling.ALLOW) for text in allow),
        *(parse_rule(text, Ruling.DENY) for text in deny),
    )
