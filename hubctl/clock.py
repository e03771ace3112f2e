"""The one place that asks for the time, and that lets it pass."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

Seen = TypeVar("Seen")


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def offset_seconds() -> int:
    """How far the wall clock of this machine is ahead of UTC."""
    ahead = now().astimezone().utcoffset()
    return round(ahead.total_seconds()) if ahead else 0


def pause(seconds: float) -> None:
    """For what gives no sign when it changes, and has to be looked at again."""
    time.sleep(seconds)


def wait_until(
    look: Callable[[], Seen],
    done: Callable[[Seen], object] = bool,
    *,
    seconds: float,
    every: float,
    pause: Callable[[float], None] = pause,
) -> Seen:
    """Looks each `every` seconds, and returns the first look that is `done`, or the last one after `seconds`."""
    end = time.monotonic() + seconds
    while not done(seen := look()) and time.monotonic() < end:
        pause(every)
    return seen


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
