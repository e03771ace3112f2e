"""Cutting a worker's turn, as a person would: Escape, and a look at what came of it."""

from hubctl.agents.claude.screen.screen import Screen, ScreenView
from hubctl.core.ledger.actions import Interrupt
from hubctl.core.ledger.thread import Thread
from hubctl.errors import HubError
from hubctl.perform.composer import look, until
from hubctl.perform.outside import Outside, worker_of

CUT = frozenset(
    {
        ScreenView.BUSY,
        ScreenView.RETRYING,
        ScreenView.PERMISSION,
        ScreenView.QUESTION,
        ScreenView.PLAN,
        ScreenView.LIMIT,
    }
)
"""What Escape ends; on the dialogs of a start it would end the worker."""
ENDED_SECONDS = 5.0
"""Measured: 0.1 s after Escape the worker is idle (docs/facts/claude-code.md#delivery-of-text)."""
ESCAPES = 3
"""A prompt that was queued begins a turn of its own when the first is cut."""


def interrupt(action: Interrupt, outside: Outside) -> None:
    """Escape until nothing runs; the prompt that the worker CLI puts back into the composer is cleared away."""
    thread = outside.thread(action.thread)
    with outside.hands(worker_of(thread).pane):
        screen = look(outside, thread)
        if not screen.composer and screen.view not in CUT:
            raise HubError(f"its screen shows no turn that Escape would cut: {screen.view.value}")
        had_draft = screen.draft is not None
        for _ in range(ESCAPES):
            if screen.view not in CUT:
                break
            screen = _escape(outside, thread)
        if screen.view in CUT:
            raise HubError("Escape was pressed, and the turn goes on")
        if screen.draft is not None and not had_draft:
            _clear(outside, thread)


def _escape(outside: Outside, thread: Thread) -> Screen:
    outside.runtime.key(worker_of(thread).pane, "Escape")
    until(outside, lambda: look(outside, thread).view not in CUT, ENDED_SECONDS)
    return look(outside, thread)


def _clear(outside: Outside, thread: Thread) -> None:
    """Twice within a second clears it; on an empty composer the second would open a menu."""
    for _ in range(2):
        if look(outside, thread).draft is not None:
            outside.runtime.key(worker_of(thread).pane, "Escape")
    until(outside, lambda: look(outside, thread).draft is None, ENDED_SECONDS)
