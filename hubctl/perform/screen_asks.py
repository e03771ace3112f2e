"""Asks that only the screen tells of: a look at the dialog, and the answer by its label.

Rules: nothing is pressed unless the very dialog that was shown to the person stands there, in all its words. What is seen
at the end goes to the loop before the outcome does, so that the dialog is not believed to be there any more.
"""

from hubctl.core.actions import ReadDialog
from hubctl.core.ask_labels import is_escaped
from hubctl.core.asks import Ask
from hubctl.core.observations import ScreenSeen
from hubctl.core.screen import Screen, ScreenView, parse_screen
from hubctl.core.screen_asks import asked_on, label_at, shows
from hubctl.core.thread import Worker
from hubctl.errors import HubError
from hubctl.perform.menus import choose, settled
from hubctl.perform.outside import Facts, Outside, worker_of

DRAWN_SECONDS = 2.0
"""A dialog is drawn within 0.1 s; a busy machine takes longer."""


def read_dialog(action: ReadDialog, outside: Outside) -> Facts:
    """What it asks; nothing where the screen shows none."""
    pane = worker_of(outside.thread(action.thread)).pane
    screen, _ = settled(outside, pane, lambda screen: asked_on(screen) is not None, DRAWN_SECONDS)
    found = asked_on(screen)
    if found is None:
        return {}
    return {"kind": found.kind.value, "text": found.text, "options": "\n".join(found.options)}


def answer_on_screen(outside: Outside, worker: Worker, ask: Ask) -> bool:
    """Whether the answer was taken; False: another screen stands there, and nothing was pressed."""
    if ask.answer and ask.answer.input:
        raise HubError("what stands on a screen cannot be changed, only answered")
    with outside.hands(worker.pane):
        if not shows(parse_screen(outside.runtime.capture(worker.pane)), ask):
            return False
        _press(outside, worker.pane, ask)
        screen, text = settled(outside, worker.pane, lambda screen: _has_left(screen, ask))
    if shows(screen, ask):
        raise HubError("the answer was pressed, and the dialog is still there")
    start, view = screen.start or "", screen.view.value
    outside.put(ScreenSeen(at=outside.now(), worker=worker.id, view=view, start=start, text=text))
    return True


def _press(outside: Outside, pane: str, ask: Ask) -> None:
    if ask.answer and is_escaped(ask.kind, ask.answer.decision):
        outside.runtime.key(pane, "Escape")
    else:
        choose(outside, pane, lambda screen: label_at(screen, ask))


def _has_left(screen: Screen, ask: Ask) -> bool:
    return screen.view is not ScreenView.UNKNOWN and not shows(screen, ask)
