"""Reads at the vault what a model's answer cost, while its bytes pass by: from a stream's events, or from a whole body.

Where the numbers stand: docs/facts/cells.md#doors.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from hubctl.doors.log import Tokens

LARGEST: Final = 1_000_000
"""Bytes of a line or of a body that is looked into; the numbers stand in short ones."""
NUMBERS: Final = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write": "cache_creation_input_tokens",
}
LIMITS: Final = ("anthropic-ratelimit-", "retry-after")


class AnswerMeter:
    """Fed with an answer's bytes as they come; knows at its end what they said."""

    def __init__(self, content_type: str) -> None:
        self._streams = content_type.startswith("text/event-stream")
        self._rest = b""
        self._counts: dict[str, int] = {}
        self.model = ""

    def feed(self, chunk: bytes) -> None:
        if not self._streams:
            self._rest = (self._rest + chunk)[: LARGEST + 1]
            return
        *whole, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest if len(rest) <= LARGEST else b""
        for line in whole:
            if line.startswith(b"data:") and b'"usage"' in line:
                self._read(line.removeprefix(b"data:"))

    def end(self) -> Tokens | None:
        """None where nothing was counted."""
        if not self._streams and len(self._rest) <= LARGEST and b'"usage"' in self._rest:
            self._read(self._rest)
        return Tokens(**self._counts) if self._counts else None

    def _read(self, text: bytes) -> None:
        """A later number replaces an earlier one: those of a stream grow."""
        try:
            said = json.loads(text)
        except ValueError:
            return
        message = _below(said, "message") or _below({"it": said}, "it")
        usage = _below(message, "usage")
        if isinstance(message.get("model"), str):
            self.model = message["model"]
        for name, word in NUMBERS.items():
            count = usage.get(word)
            if isinstance(count, int) and count >= self._counts.get(name, 0):
                self._counts[name] = count


def _below(above: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = above.get(key) if isinstance(above, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def limits_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell of limits, in lower case."""
    return {name.lower(): value for name, value in headers.items() if name.lower().startswith(LIMITS)}
