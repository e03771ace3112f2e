"""How fast, and when not at all: the clock of this board, the meter of its writes, and the gate that a limit closes.

Rule: a wait is short or it is an error that says how long; nobody holds the hub for an hour, and a stop ends each wait.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from hubctl.ports.board import BoardUnreachable

WRITES = ((1.0, 1), (60.0, 70), (3600.0, 450))
"""(seconds, writes): GitHub asks for a second between writes and takes 80 contents a minute, 500 an hour, people's
own included (docs/facts/github.md#limits)."""
PATIENCE_SECONDS = 30.0
"""The longest wait on the spot."""


class Clock(Protocol):
    """Time that only goes on, and waits."""

    def steady(self) -> float:
        """Seconds since some moment."""

    def wait(self, seconds: float) -> bool:
        """True, and at once, where the hub stops meanwhile."""


class SteadyClock:
    """The machine's own clock; `stop` is set when the hub stops."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def steady(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        return self._stop.wait(seconds)


class Meter:
    """One for all writes of a hub: so many in so many seconds, each limit for itself. Safe to use from any thread."""

    def __init__(self, clock: Clock, limits: Sequence[tuple[float, int]] = WRITES) -> None:
        self._clock = clock
        self._limits = tuple(limits)
        self._lock = threading.Lock()
        self._taken: deque[float] = deque(maxlen=max(count for _, count in limits))

    def take(self) -> None:
        """Returns when one more write is allowed, and counts it. Raises BoardUnreachable where that is far away."""
        while seconds := self._delay():
            if seconds > PATIENCE_SECONDS:
                raise spent(seconds)
            pause(self._clock, seconds)

    def _delay(self) -> float:
        """Seconds until the next write is allowed; 0: it is, and it is counted."""
        with self._lock:
            now = self._clock.steady()
            waits = [
                self._taken[-count] + seconds - now
                for seconds, count in self._limits
                if len(self._taken) >= count
            ]
            if longest := max([0.0, *waits]):
                return longest
            self._taken.append(now)
            return 0.0


class Gate:
    """Closed for all calls while GitHub wants to be left alone. Safe to use from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = 0.0

    def shut(self, seconds: float) -> None:
        self._until = max(self._until, self._clock.steady() + seconds)

    def demand(self) -> None:
        """Raises BoardUnreachable while it is closed for long; waits where it opens soon."""
        left = self._until - self._clock.steady()
        if left > PATIENCE_SECONDS:
            raise spent(left)
        if left > 0:
            pause(self._clock, left)


def pause(clock: Clock, seconds: float) -> None:
    """Raises BoardUnreachable where the hub stops."""
    if clock.wait(seconds):
        raise BoardUnreachable("GitHub was not asked: the hub stops.", "`hubctl up` goes on with it.")


def spent(seconds: float) -> BoardUnreachable:
    return BoardUnreachable(
        f"GitHub's limit for this login is used up: nothing goes for {seconds:.0f} s.",
        "Wait; the hub goes on by itself. `hubctl doctor` shows what is left.",
        seconds=seconds,
    )
