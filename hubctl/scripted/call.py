"""One directive at work: what its verb is handed, and how arguments are read."""

import json
import re
from collections.abc import Mapping
from typing import Final

from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.scripted.request import Request

LONGEST_SECONDS: Final = 86_400.0
MOST: Final = 10_000_000


class Call(Struct, frozen=True, kw_only=True):
    """`now` in seconds since the epoch."""

    argument: str
    request: Request
    now: float

    def split(self, parts: int = 2) -> list[str]:
        """The first words and the rest, padded with empty ones. A newline ends a word as a blank does."""
        found = re.split(r"[ \n]", self.argument, maxsplit=parts - 1)
        return found + [""] * (parts - len(found))


def read_seconds(word: str) -> float:
    try:
        made = float(word)
    except ValueError:
        made = -1.0
    if not 0.0 <= made <= LONGEST_SECONDS:
        raise HubError(
            f"`{word}` is no number of seconds", f"Write a number from 0 to {LONGEST_SECONDS:.0f}."
        )
    return made


def read_whole(word: str) -> int:
    if not re.fullmatch("[0-9]{1,8}", word) or int(word) > MOST:
        raise HubError(f"`{word}` is no whole number", f"Write a number from 0 to {MOST}.")
    return int(word)


def read_status(word: str) -> int:
    if not re.fullmatch("[45][0-9][0-9]", word):
        raise HubError(f"`{word}` is no status of a refusal", "Write a number from 400 to 599.")
    return int(word)


def read_object(written: str) -> Mapping[str, object]:
    """JSON in which a newline may stand as itself: `\\n` in the line was one already."""
    try:
        made = json.loads(written or "{}", strict=False)
    except ValueError as error:
        raise HubError(f"`{written}` is no JSON: {error}", "Write an object such as `{}`.") from error
    if not isinstance(made, dict):
        raise HubError(f"`{written}` is no JSON object", "Write an object such as `{}`.")
    return made
