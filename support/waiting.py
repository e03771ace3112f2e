"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

import pytest

T = TypeVar("T")
LOOK_SECONDS = 0.02
PATIENCE = 120
"""Seconds for what must come, whatever else the machine does: only a test that fails waits so long."""


def wait_until(condition: Callable[[], T], seconds: float = PATIENCE, what: str = "the condition") -> T:
    """The first true answer of `condition`; the test fails, naming `what`, where none comes in `seconds`."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() >= end:
            pytest.fail(f"{what}: not within {seconds:g} s, last answer {answer!r}")
        Event().wait(LOOK_SECONDS)
    return answer
