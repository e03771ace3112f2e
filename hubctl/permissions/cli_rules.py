"""Which permission rules the worker CLI itself is given, and how they are written for it.

Rule: what the hub judges, the CLI must not decide before.
"""

import re
from collections.abc import Iterable

from hubctl.permissions.rules import PATH_TOOLS, READERS, WRITERS, Ruling, parse_rule


def for_cli(allow: Iterable[str], ask: Iterable[str]) -> tuple[list[str], list[str]]:
    """What of `allow` and `ask` is left to it, where the hub judges all else.

    Measured (docs/facts/claude-code.md#hooks): under an `ask` of its own the CLI ignores what a hook allows (then keys
    confirm it). So it is given none but those for reading, which it lets through by itself in its folder, and no
    `allow` of a tool that another one speaks of.
    """
    asks = [rule for rule in ask if _tool(rule) in READERS]
    judged_tools = {_tool(rule) for rule in ask} - READERS
    if judged_tools & WRITERS:
        judged_tools |= WRITERS
    return [rule for rule in allow if _tool(rule) not in judged_tools], asks


def _tool(rule: str) -> str:
    return parse_rule(rule, Ruling.ASK).tool


def without_shell(rules: Iterable[str]) -> list[str]:
    """What of `allow` the worker CLI may apply by itself: it goes by the first words of a command, not by its options."""
    return [rule for rule in rules if _tool(rule) != "Bash"]


def anchored(rules: Iterable[str], worktree: str) -> list[str]:
    """The rules with `/x` of the worktree written as `//worktree/x`.

    The worker CLI takes a single `/` in a settings file for the folder of that file, which is none of the worker's
    (docs/facts/claude-code.md#permission-rules).
    """
    return [_anchored(rule, worktree) for rule in rules]


def _anchored(text: str, worktree: str) -> str:
    rule = parse_rule(text, Ruling.ALLOW)
    if rule.tool not in PATH_TOOLS or not re.match(r"/(?!/)", rule.pattern):
        return text
    folder = re.sub(r"([*?[\\])", r"\\\1", worktree)
    return f"{rule.tool}(/{folder}{rule.pattern})"
