"""How long the worker CLI says it will wait before it asks the API again."""

import re
from typing import Final

_WAIT: Final = re.compile(r"\bretry(?:ing)? in ((?:[0-9]+ ?[hms]?[a-z]*\s*)+)", re.I)
_PART: Final = re.compile(r"([0-9]+) ?([hm]?)", re.I)
_SECONDS: Final = {"h": 3600, "m": 60, "": 1}
LONGEST: Final = 86_400


def retry_seconds(words: str) -> int:
    """The seconds of `retrying in 2s`, `will retry in 4m 11s`; 0 where it only counts its attempts; a day at most."""
    wait = _WAIT.search(words)
    parts = _PART.findall(wait[1]) if wait else []
    return min(LONGEST, sum(int(number[:6]) * _SECONDS[unit.lower()] for number, unit in parts))
