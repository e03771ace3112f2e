"""Durations as people write them: a whole number and one unit, `90s 5m 2h 1d`."""

import re
from datetime import timedelta

from hubctl.errors import HubError

UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
LONGEST = timedelta(days=365)
"""Whatever waits longer than a year is a slip of the pen."""
WRITTEN = re.compile(r"([0-9]{1,9})([smhd])")


def parse_duration(text: str) -> timedelta:
    """Reads `90s`, `5m`, `2h` or `1d`; zero is a duration. Raises HubError for anything else, and above a year."""
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise HubError(
            f"`{text}` is not a duration.", "Write a whole number and a unit: `90s`, `5m`, `2h`, `1d`."
        )
    made = int(match[1]) * UNITS[match[2]]
    if made > LONGEST:
        raise HubError(f"`{text}` is longer than a year.", "Write at most `365d`.")
    return made


def format_duration(duration: timedelta) -> str:
    """The shortest way to write it that `parse_duration` reads back: whole seconds, one unit."""
    if not duration:
        return "0s"
    name = next((name for name, unit in UNITS.items() if not duration % unit), "s")
    return f"{duration // UNITS[name]}{name}"


def span(duration: timedelta) -> str:
    """How long something has been, for people: whole units of the largest of which there are two. Never negative."""
    name = next((name for name, unit in UNITS.items() if duration >= 2 * unit), "s")
    return f"{max(0, duration // UNITS[name])}{name}"
