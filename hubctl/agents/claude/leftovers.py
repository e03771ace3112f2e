"""What outlives a worker's process after it was killed: its tools, background shells and hooks.

Measured: docs/facts/claude-code.md#ends-and-what-stays. A process is a worker's where its environment holds that
worker's own token. Without `/proc` none is found.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from hubctl import clock

TERM_SECONDS = 2.0
"""How long a process has to end in good order."""
LOOK_SECONDS = 0.02


def end_leftovers(*tokens: str, but: int = 0) -> None:
    """Ends all processes that hold one of the tokens except `but`: asked first, killed where they do not go."""
    wanted = frozenset(f"HUBCTL_TOKEN={token}".encode() for token in tokens if token)
    asked: set[int] = set()

    def ask() -> set[int]:
        """Those that are left, each asked once."""
        left = set(_holding(wanted)) - {but}
        _signal(left - asked, signal.SIGTERM)
        asked.update(left)
        return left

    left = clock.wait_until(ask, lambda left: not left, seconds=TERM_SECONDS, every=LOOK_SECONDS)
    if left:
        _signal(set(_holding(wanted)) - {but}, signal.SIGKILL)


def _holding(wanted: frozenset[bytes]) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:  # it has ended, or is another user's
            continue
        if not wanted.isdisjoint(environment.split(b"\0")):
            yield int(process.name)


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            continue
