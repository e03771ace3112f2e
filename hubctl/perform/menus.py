"""Choosing a label of an open menu: it is walked to, read again, then Enter is pressed.

Rules: the caller holds the pane's lock. A label is known by its words, never by its number or its place, and nothing is
pressed on a screen on which `wanted` does not find it.
"""

from collections.abc import Callable

from hubctl.core.screen import Screen, parse_screen
from hubctl.errors import HubError
from hubctl.perform.outside import Interrupted, Outside

MOVE_SECONDS = 2.0
"""A key moves the cursor in 0.05 s."""
GONE_SECONDS = 10.0
"""After the answer the next dialog, or the composer, is there in 0.1-0.5 s."""
POLL_SECONDS = 0.03
MOST_MOVES = 12

Wanted = Callable[[Screen], int | None]
"""Which of a screen's options is meant; None: this is another screen."""


def choose(outside: Outside, pane: str, wanted: Wanted) -> None:
    """Raises HubError where the label is not there, or cannot be walked to."""
    walk(outside, pane, wanted)
    outside.runtime.enter(pane)


def walk(outside: Outside, pane: str, wanted: Wanted) -> None:
    """Moves the cursor to the label, one key and one look after the other."""
    for _ in range(MOST_MOVES):
        screen = parse_screen(outside.runtime.capture(pane))
        label = wanted(screen)
        if screen.cursor is None or label is None:
            raise HubError("The screen shows no label that may be chosen.")
        if screen.cursor == label:
            return
        outside.runtime.key(pane, "Down" if screen.cursor < label else "Up")
        settled(outside, pane, _moved_from(screen.cursor), MOVE_SECONDS)
    raise HubError("The cursor could not be moved to the answer.")


def _moved_from(cursor: int) -> Callable[[Screen], bool]:
    return lambda screen: screen.cursor != cursor


def settled(
    outside: Outside, pane: str, condition: Callable[[Screen], bool], seconds: float = GONE_SECONDS
) -> tuple[Screen, str]:
    """The screen and its text as soon as the condition holds, else as they are in the end."""
    for _ in range(int(seconds / POLL_SECONDS)):
        text = outside.runtime.capture(pane)
        screen = parse_screen(text)
        if condition(screen):
            break
        if outside.stop.wait(POLL_SECONDS):
            raise Interrupted
    return screen, text
