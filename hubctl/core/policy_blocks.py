"""POLICY.md taken apart: its `yaml hubctl` blocks with their lines, and the prose around them.

A block that looks like ours and is not read would be a rule that silently does not hold. So what is nearly a block is
a problem, and never prose.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

INFO = "yaml hubctl"
FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a file, as a sentence without the file's name."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The text between the fences; `line` is that of its first line in the file, from 1."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    blocks: tuple[Block, ...]
    prose: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fence:
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
