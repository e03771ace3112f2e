"""The tool calls of a transcript that have no result yet, with the time limits that the CLI gives them."""

from collections.abc import Iterable
from typing import Final

from hubctl.agents.claude_json import Json, inner, number_of, object_of, objects_of, text_of

BASH_SECONDS: Final = 120.0
"""Claude Code's own limit for a command that names none."""
MARKS: Final = ('"tool_use"', '"tool_result"')


class OpenCalls:
    """Fed with a transcript's lines in their order."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, float]] = {}

    @property
    def longest(self) -> tuple[str, float]:
        """The open call that may run longest: its tool, and its limit in seconds (0: none is known)."""
        return max(self._open.values(), key=lambda call: call[1], default=("", 0.0))

    def hear(self, lines: Iterable[str]) -> None:
        """The next lines."""
        for text in lines:
            if any(mark in text for mark in MARKS):
                for block in objects_of(inner(object_of(text), "message"), "content"):
                    self._take(block)

    def _take(self, block: Json) -> None:
        kind = text_of(block, "type")
        if kind == "tool_use":
            self._open[text_of(block, "id")] = (text_of(block, "name"), _seconds(block))
        elif kind == "tool_result":
            self._open.pop(text_of(block, "tool_use_id"), None)


def _seconds(block: Json) -> float:
    given = inner(block, "input")
    if text_of(block, "name") != "Bash" or given.get("run_in_background"):
        return 0.0
    return number_of(given, "timeout") / 1000 or BASH_SECONDS
