"""What was said between a worker and those who prompt it, as people read it: texts whole, tools in a line each."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hubctl.core.vocabulary.values import Struct

LONGEST = 120
"""Characters of a tool's input or error: about a line."""
HEAD = re.compile(r"hubctl thread (\S+):")
"""How the hub's own prompts begin (`core/messages/prompts.py`)."""
NEXT_LINE = "\n" + " " * 21


class Voice(StrEnum):
    """Who speaks. `error` is a tool that failed, or the API."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    ERROR = "error"


class Entry(Struct, frozen=True, kw_only=True):
    """`tool` is the tool's name where one is called, `text` then its input in short; `at` None: no time was written."""

    at: datetime | None
    voice: Voice
    text: str
    tool: str = ""


@dataclass(slots=True, kw_only=True)
class Part:
    """Picks a thread's part out of a session: `whole`, or from its own task to that of another where it has several."""

    thread: str
    whole: bool
    _inside: bool = False

    def pick(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Those of these entries; the next call goes on where this one ends."""
        for entry in entries:
            head = HEAD.match(entry.text) if entry.voice is Voice.USER else None
            self._inside = head[1] == self.thread if head else self._inside
            if self.whole or self._inside:
                yield entry


def in_short(text: str) -> str:
    """One line, at most `LONGEST` characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def first_line(text: str) -> str:
    """The first line that says something, in short."""
    return in_short(next((line for line in text.splitlines() if line.strip()), ""))


def shown_entry(entry: Entry) -> str:
    """`10:00:00  assistant  text`, further lines below the first; control characters are still in it."""
    at = f"{entry.at:%H:%M:%S}" if entry.at else " " * 8
    text = f"{entry.tool}  {entry.text}".rstrip() if entry.voice is Voice.TOOL else entry.text
    return f"{at}  {entry.voice:<9}  {NEXT_LINE.join(text.strip().splitlines())}".rstrip()
