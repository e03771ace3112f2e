"""The one place that asks for the time."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def offset_seconds() -> int:
    """How far the wall clock of this machine is ahead of UTC."""
    ahead = now().astimezone().utcoffset()
    return round(ahead.total_seconds()) if ahead else 0


class JumpSense:
    """How far the wall clock has run away from the monotonic one since the last look, in seconds.

    Sleep counts as a jump: CLOCK_MONOTONIC stands still while a Linux machine sleeps.
    """

    def __init__(self) -> None:
        self._wall, self._steady = now(), time.monotonic()

    def look(self) -> float:
        wall, steady = now(), time.monotonic()
        gap = (wall - self._wall).total_seconds() - (steady - self._steady)
        self._wall, self._steady = wall, steady
        return gap
