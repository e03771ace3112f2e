"""The vocabulary of POLICY.md: every key, and the reader of its value. Whoever adds a word adds a row.

A reader raises `Wrong` with everything it has against a value, so that a person corrects a file once and not once a
problem.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from hubctl.core.durations import parse_duration
from hubctl.core.policy import COUNTED, DefaultAnswer, Evidence, Restarts, RuleId, Severity, Step, Value
from hubctl.core.policy_blocks import Problem
from hubctl.core.publishing import Publish, Pulls
from hubctl.core.yaml_text import Node
from hubctl.errors import HubError

PERMISSION = re.compile(r"([A-Z][A-Za-z]*|mcp__[\w*-]+)(\([^\x00-\x1f\x7f]+\))?", re.ASCII)
"""`Tool` or `Tool(pattern)` as the worker CLI spells it; the tools of MCP servers are `mcp__server__tool`."""
RESTARTS = re.compile(r"([0-9]{1,3}) in ([0-9]+[a-z])")
QUIET = re.compile(r"([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2})")
MOST = 1000
"""No hub of one machine has more of anything; a number above it is a slip of the pen."""
NUDGES = 100
"""Whoever has not listened a hundred times will not."""

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Reader = Callable[[Node], Value]


class Wrong(Exception):
    """A value that cannot be read, and everything that is wrong with it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


def shown(node: Node) -> str:
    """A value in a message: on one line, and not all of it."""
    if isinstance(node.value, str):
        return _cut(node.value)
    try:
        return _cut(json.dumps(node.plain, ensure_ascii=False))
    except ValueError:
        return "a number of thousands of digits"  # 0xfff... is read without a limit, and printed with one


def _cut(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:61])
    return plain if len(plain) <= 60 else f"{plain[:60]}…"


def unknown(word: str, known: Iterable[str], what: str) -> str:
    words = tuple(known)
    close = get_close_matches(_cut(word), words, n=1)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    return f"`{_cut(word)}` is no {what}.{hint} Known: {', '.join(f'`{one}`' for one in words)}."


def against(node: Node, text: str) -> Problem:
    return Problem(line=node.line, text=text)


def _duration(node: Node) -> timedelta:
    try:
        return parse_duration(shown(node))
    except HubError as error:
        raise Wrong(against(node, f"{error.message} {error.cure}")) from error


def _whole(least: int, most: int = MOST) -> Callable[[Node], int]:
    def read(node: Node) -> int:
        if isinstance(node.value, int) and not isinstance(node.value, bool) and least <= node.value <= most:
            return node.value
        raise Wrong(against(node, f"`{shown(node)}` is not a whole number from {least} to {most}."))

    return read


def _flag(node: Node) -> bool:
    if isinstance(node.value, bool):
        return node.value
    raise Wrong(against(node, f"`{shown(node)}` is neither `true` nor `false`."))


def read_name(node: Node) -> str:
    if isinstance(node.value, str) and node.value.strip():
        return node.value
    raise Wrong(
        against(node, f"`{shown(node)}` is not a name: write a word, in quotes if it looks like a number.")
    )


def _word(words: type[E], what: str) -> Callable[[Node], E]:
    def read(node: Node) -> E:
        word = shown(node)
        if word not in tuple(words):
            raise Wrong(against(node, unknown(word, tuple(words), what)))
        return words(word)

    return read


def _list_of(read_item: Callable[[Node], T], example: str) -> Callable[[Node], tuple[T, ...]]:
    def read(node: Node) -> tuple[T, ...]:
        if not isinstance(node.value, tuple):
            raise Wrong(against(node, f"`{shown(node)}` stands where a list must be: `[{example}]`."))
        made: list[T] = []
        problems: list[Problem] = []
        for item in node.value:
            try:
                made.append(read_item(item))
            except Wrong as wrong:
                problems += wrong.problems
        if problems:
            raise Wrong(*problems)
        return tuple(made)

    return read


def _permission(node: Node) -> str:
    if isinstance(node.value, str) and PERMISSION.fullmatch(node.value):
        return node.value
    raise Wrong(
        against(
            node,
            f"`{shown(node)}` is no permission rule: write `Tool` or `Tool(pattern)` with the tool's own spelling,"
            " such as `Bash(git push *)`.",
        )
    )


def _restarts(node: Node) -> Restarts:
    match = RESTARTS.fullmatch(shown(node))
    try:
        if match and (within := parse_duration(match[2])):
            return Restarts(count=int(match[1]), within=within)
    except HubError as error:
        raise Wrong(against(node, f"{error.message} {error.cure}")) from error
    raise Wrong(against(node, f"`{shown(node)}` is no limit of restarts: write `3 in 10m`."))


def _quiet(node: Node) -> tuple[time, time] | None:
    if node.value is None or node.value is False:
        return None
    match = QUIET.fullmatch(shown(node))
    try:
        if match and match[1] != match[2]:
            return _clock(match[1]), _clock(match[2])
    except ValueError:
        pass
    raise Wrong(
        against(node, f'`{shown(node)}` are no quiet hours: write "22:00-07:00", from and to, or `off`.')
    )


def _pulls(node: Node) -> Pulls:
    """YAML reads a bare `off` as no."""
    return Pulls.OFF if node.value is False else _word(Pulls, "way to offer a branch")(node)


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


RULE: Mapping[str, Reader] = {
    "after": _duration,
    "nudges": _whole(0, NUDGES),
    "pause": _duration,
    "then": _list_of(_word(Step, "step"), "alert"),
    "severity": _word(Severity, "severity"),
    "off": _flag,
}
COUNTED_RULE: Mapping[str, Reader] = {**RULE, "count": _whole(1)}
ASK_RULE: Mapping[str, Reader] = {**RULE, "answer": _word(DefaultAnswer, "default answer")}
SECTIONS: Mapping[str, Mapping[str, Reader]] = {
    "limits": {"workers": _whole(1), "attempts": _whole(1), "restarts": _restarts},
    "done": {"requires": _list_of(_word(Evidence, "evidence"), "commit, validation")},
    "permissions": {
        "allow": _list_of(_permission, '"Read"'),
        "ask": _list_of(_permission, '"WebFetch"'),
        "deny": _list_of(_permission, '"Bash(git push *)"'),
    },
    "board": {"publish": _word(Publish, "way to publish"), "pulls": _pulls},
    "alerts": {"group": _duration, "repeat": _duration, "quiet": _quiet},
}


def rule_keys(rule: RuleId) -> Mapping[str, Reader]:
    """What can be said about a rule; only the rules that count have `count`, and only asks an `answer`."""
    if rule is RuleId.ASK_UNANSWERED:
        return ASK_RULE
    return COUNTED_RULE if rule in COUNTED else RULE
