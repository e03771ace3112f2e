"""The words of POLICY.md: its `yaml hubctl` blocks with their lines, and what each section of them may say.

A block that looks like ours and is not read would be a rule that silently does not hold. So what is nearly a block is
a problem, and never prose.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import time
from difflib import get_close_matches
from enum import StrEnum

from hubctl.core.documents import policy
from hubctl.core.documents.fields import Fields, Problems
from hubctl.core.vocabulary.durations import parse_duration
from hubctl.core.vocabulary.text import shown
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

INFO = "yaml hubctl"
FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>.*)")


class Block(Struct, frozen=True, kw_only=True):
    """The text between the fences; `line` is that of its first line in the file, from 1."""

    text: str
    line: int


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


def split_blocks(text: str, problems: Problems) -> tuple[list[Block], str]:
    """The blocks, and the prose. Total: every text has them. Line ends of all systems count as one line end."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks: list[Block] = []
    prose: list[str] = []
    position = 0
    while position < len(lines):
        fence = _fence(lines[position], position + 1)
        if fence is None:
            prose.append(lines[position])
            position += 1
            continue
        end = _end(lines, position + 1, fence)
        for line, what in _odd(lines, fence, end):
            problems.note(line, what)
        closed = _closes(lines, end, fence)
        if not fence.ours:
            prose += lines[position : end + 1]
        elif closed:
            blocks.append(Block(text="\n".join(lines[fence.line : end]), line=fence.line + 1))
        # a block of ours that meets the next fence ends before it, for that fence opens something of its own
        position = end if fence.ours and not closed else end + 1
    return blocks, "\n".join(prose).strip()


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


def _odd(lines: list[str], opened: _Fence, end: int) -> Iterator[tuple[int, str]]:
    """What is wrong, with its line."""
    closed = _closes(lines, end, opened)
    if opened.misspelled:
        yield opened.line, f"{shown(opened.info)} opens no block of rules: write `{INFO}` behind the fence"
    if opened.ours and not closed:
        what = (
            f"the `{INFO}` block that opens here is never closed: put the same fence, {opened.mark}, below it"
        )
        yield opened.line, what
    if not opened.ours:
        yield from _swallowed(lines, opened, end, closed=closed)


def _swallowed(lines: list[str], opened: _Fence, end: int, *, closed: bool) -> Iterator[tuple[int, str]]:
    """Blocks of ours inside a code block: meant to be shown only when that one has the longer fence, and an end."""
    what = (
        f"this `{INFO}` block stands inside the code block of line {opened.line}:"
        " close that one first, or give it a longer fence if this one is only to be shown"
    )
    for index in range(opened.line, end):
        inner = _fence(lines[index], index + 1)
        if inner and inner.ours and (not closed or inner.mark.startswith(opened.mark)):
            yield inner.line, what


RESTARTS = re.compile(r"([0-9]{1,3}) in ([0-9]{1,9}[a-z])")
QUIET = re.compile(r"([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2})")
MOST = 1000
"""No hub of one machine has more of anything; a number above it is a slip of the pen."""
NUDGES = 100
"""Whoever has not listened a hundred times will not."""
Reader = Callable[[Fields, str], policy.Value]
"""Reads the value of a key that is there and not null, and notes what is wrong with it."""


def _whole(least: int, most: int = MOST) -> Reader:
    return lambda fields, key: fields.integer(key, least=least, most=most)


def _word(words: type[StrEnum]) -> Reader:
    return lambda fields, key: fields.word(key, words)


def _words(words: type[StrEnum]) -> Reader:
    return lambda fields, key: fields.choices(key, words)


def _flag(fields: Fields, key: str) -> bool:
    return fields.switch(key, words="`true` or `false`")


def _restarts(fields: Fields, key: str) -> policy.Restarts | None:
    match = RESTARTS.fullmatch(fields.plain(key))
    with suppress(HubError):
        if match and (within := parse_duration(match[2])):
            return policy.Restarts(count=int(match[1]), within=within)
    fields.misfit(key, "write `3 in 10m`")
    return None


def _quiet(fields: Fields, key: str) -> tuple[time, time] | None:
    match = QUIET.fullmatch(fields.plain(key))
    with suppress(ValueError):
        if match and match[1] != match[2]:
            return _clock(match[1]), _clock(match[2])
    if not fields.is_off(key):
        fields.misfit(key, 'write "22:00-07:00", from and to, or `off`')
    return None


def _pulls(fields: Fields, key: str) -> policy.Pulls | None:
    return policy.Pulls.OFF if fields.is_off(key) else fields.word(key, policy.Pulls)


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


RULE: Mapping[str, Reader] = {
    "after": Fields.duration,
    "nudges": _whole(0, NUDGES),
    "pause": Fields.duration,
    "then": _words(policy.Step),
    "severity": _word(policy.Severity),
    "off": _flag,
}

COUNTED_RULE: Mapping[str, Reader] = {**RULE, "count": _whole(1)}
ASK_RULE: Mapping[str, Reader] = {**RULE, "answer": _word(policy.DefaultAnswer)}

SECTIONS: Mapping[str, Mapping[str, Reader]] = {
    "limits": {"workers": _whole(1), "attempts": _whole(1), "restarts": _restarts},
    "done": {"requires": _words(policy.Requirement)},
    "permissions": {
        "allow": Fields.permissions,
        "ask": Fields.permissions,
        "deny": Fields.permissions,
    },
    "doors": {"hosts": Fields.hosts},
    "board": {"publish": _word(policy.Publish), "pulls": _pulls},
    "alerts": {"group": Fields.duration, "repeat": Fields.duration, "quiet": _quiet},
}


def rule_keys(rule: policy.RuleId) -> Mapping[str, Reader]:
    """What can be said about a rule; only the rules that count have `count`, and only asks an `answer`."""
    if rule is policy.RuleId.ASK_UNANSWERED:
        return ASK_RULE
    return COUNTED_RULE if rule in policy.COUNTED else RULE
