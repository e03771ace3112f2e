"""The answer to a dialog of a worker's start: the label is found on the screen, walked to, read again, then chosen.

Rules: nothing is pressed on any screen but that of the expected dialog, Enter only under the cursor on the wanted label,
and nothing at all unless all that can order a worker things is trusted at this moment. One hand at a time on a pane. What is seen at the end goes to
the loop before the outcome does, so that the dialog is not believed to be there any more.
"""

import re
from collections.abc import Callable

from hubctl import clock
from hubctl.agents.claude.screen.parts import words
from hubctl.agents.claude.screen.rows import parse_rows
from hubctl.agents.claude.screen.screen import Screen, ScreenView, parse_screen
from hubctl.agents.claude.screen.start_dialogs import StartDialog, answer_to
from hubctl.core.intake.observations import ScreenSeen
from hubctl.core.ledger.actions import AnswerDialog
from hubctl.core.ledger.thread import Thread
from hubctl.errors import HubError
from hubctl.perform.outside import Outside, worker_of

_KEY_TAIL = re.compile(r"ANTHROPIC_API_KEY: \S*\.\.\.(\S+)")


def answer_dialog(action: AnswerDialog, outside: Outside) -> None:
    """Returns when the dialog is gone, also where it was gone before; raises HubError while it is still there."""
    thread = outside.thread(action.thread)
    worker = worker_of(thread)
    with outside.hands(worker.pane):
        screen, text = _answer(outside, thread, StartDialog(action.dialog))
    start, view = screen.start or "", screen.view.value
    outside.put(ScreenSeen(at=outside.now(), worker=worker.id, view=view, start=start, text=text))


def _answer(outside: Outside, thread: Thread, dialog: StartDialog) -> tuple[Screen, str]:
    pane = worker_of(thread).pane
    screen, text = settled(outside, pane, lambda screen: screen.view is not ScreenView.UNKNOWN)
    if screen.start is not dialog:
        return screen, text
    outside.workspaces.demand_trust(thread.base, outside.role(thread))
    if dialog is StartDialog.API_KEY:
        _demand_own_key(text, outside.agent.environment(outside.role(thread)).get("ANTHROPIC_API_KEY", ""))
    choose(outside, pane, lambda screen: _answer_on(screen, dialog))
    screen, text = settled(outside, pane, lambda screen: _has_left(screen, dialog))
    if screen.start is dialog:
        raise HubError("Enter was pressed, and the dialog is still there.")
    return screen, text


def _answer_on(screen: Screen, dialog: StartDialog) -> int | None:
    return answer_to(dialog, screen.options) if screen.start is dialog else None


def _has_left(screen: Screen, dialog: StartDialog) -> bool:
    return screen.start is not dialog and screen.view is not ScreenView.UNKNOWN


def _demand_own_key(text: str, key: str) -> None:
    """The key that the dialog shows the end of is the one that hubctl gave; a project's settings may bring another."""
    shown = _KEY_TAIL.search(words(parse_rows(text)))
    if not (shown and key.endswith(shown[1])):
        raise HubError("The API key it shows is not the one that this hub gives its workers.")


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

    def look() -> tuple[Screen, str]:
        text = outside.runtime.capture(pane)
        return parse_screen(text), text

    return clock.wait_until(
        look, lambda seen: condition(seen[0]), seconds=seconds, every=POLL_SECONDS, pause=outside.pause
    )
