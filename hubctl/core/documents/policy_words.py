"""The words of POLICY.md: its `yaml hubctl` blocks with their lines, and what each section of them may say.

A block that looks like ours and is not read would be a rule that silently does not hold. So what is nearly a block is
a problem, and never prose.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from hubctl.core.documents.fields import PERMISSION
from hubctl.core.documents.policy import (
    COUNTED,
    DefaultAnswer,
    Evidence,
    Publish,
    Pulls,
    Restarts,
    RuleId,
    Severity,
    Step,
    Value,
)
from hubctl.core.documents.yaml import Node
from hubctl.core.vocabulary.durations import parse_duration
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

INFO = "yaml hubctl"

FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>.*)")


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a file, as a sentence without the file's name."""

    line: int
    text: str


class Block(Struct, frozen=True, kw_only=True):
    """The text between the fences; `line` is that of its first line in the file, from 1."""

    text: str
    line: int


class Pieces(Struct, frozen=True, kw_only=True):
    blocks: tuple[Block, ...]
    prose: str
    problems: tuple[Problem, ...]


class _Fence(Struct, frozen=True, kw_only=True):
    mark: str
    info: str
    line: int

    @property
    def ours(self) -> bool:
        return self.info == INFO

    @property
    def misspelled(self) -> bool:
        """Not ours to the letter, yet hardly anything else."""
        return not self.ours and bool(
            "hubctl" in self.info.split() or get_close_matches(self.info.lower(), [INFO], cutoff=0.8)
        )

    def closed_by(self, other: "_Fence") -> bool:
        """The law of CommonMark: the same sign, at least as often, and no words behind it."""
        return not other.info and other.mark.startswith(self.mark)


def split_blocks(text: str) -> Pieces:
    """Total: every text has pieces. Line ends of all systems count as one line end."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks: list[Block] = []
    prose: list[str] = []
    problems: list[Problem] = []
    position = 0
    while position < len(lines):
        fence = _fence(lines[position], position + 1)
        if fence is None:
            prose.append(lines[position])
            position += 1
            continue
        end = _end(lines, position + 1, fence)
        problems += _problems(lines, fence, end)
        closed = _closes(lines, end, fence)
        if not fence.ours:
            prose += lines[position : end + 1]
        elif closed:
            blocks.append(Block(text="\n".join(lines[fence.line : end]), line=fence.line + 1))
        # a block of ours that meets the next fence ends before it, for that fence opens something of its own
        position = end if fence.ours and not closed else end + 1
    return Pieces(blocks=tuple(blocks), prose="\n".join(prose).strip(), problems=tuple(problems))


def _fence(line: str, number: int) -> _Fence | None:
    match = FENCE.fullmatch(line)
    if match is None or (match["mark"][0] == "`" and "`" in match["info"]):
        return None
    return _Fence(mark=match["mark"], info=" ".join(match["info"].split()), line=number)


def _closes(lines: list[str], index: int, opened: _Fence) -> bool:
    """Whether the line at `index` (which may lie behind the last) closes the fence."""
    other = _fence(lines[index], index + 1) if index < len(lines) else None
    return other is not None and opened.closed_by(other)


def _end(lines: list[str], start: int, opened: _Fence) -> int:
    """The index of the line that ends what `opened` began; `len(lines)` when nothing does."""
    for index in range(start, len(lines)):
        other = _fence(lines[index], index + 1)
        if other and (opened.closed_by(other) or (opened.ours and other.info)):
            return index
    return len(lines)


def _problems(lines: list[str], opened: _Fence, end: int) -> Iterator[Problem]:
    closed = _closes(lines, end, opened)
    if opened.misspelled:
        yield Problem(
            line=opened.line,
            text=f"`{opened.info[:60]}` opens no block of rules: write `{INFO}` behind the fence.",
        )
    if opened.ours and not closed:
        yield Problem(
            line=opened.line,
            text=f"the `{INFO}` block that opens here is never closed: put the same fence, {opened.mark}, below it.",
        )
    if not opened.ours:
        yield from _swallowed(lines, opened, end, closed=closed)


def _swallowed(lines: list[str], opened: _Fence, end: int, *, closed: bool) -> Iterator[Problem]:
    """Blocks of ours inside a code block: meant to be shown only when that one has the longer fence, and an end."""
    for index in range(opened.line, end):
        inner = _fence(lines[index], index + 1)
        if inner and inner.ours and (not closed or inner.mark.startswith(opened.mark)):
            yield Problem(
                line=inner.line,
                text=f"this `{INFO}` block stands inside the code block of line {opened.line}:"
                " close that one first, or give it a longer fence if this one is only to be shown.",
            )


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
