"""A worker's composer: what stands in the way of typing there, and how a text gets in.

Rules: one hand at a time on a pane (`Outside.hands`). What is typed into a pane of unknown state may approve a dialog or
run in a shell, so whatever is not plainly a free composer is an obstacle, named in words. A text is pasted once; Enter is
pressed only while it stands there by itself.
"""

import unicodedata
from collections.abc import Callable
from datetime import timedelta

from hubctl import clock
from hubctl.agents.claude.screen.screen import Screen, ScreenView, parse_screen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import ReadScreen
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.words import View
from hubctl.errors import HubError
from hubctl.perform.outside import Outside, worker_of
from hubctl.ports.worker import Pane

POLL_SECONDS = 0.02
DRAFT_SECONDS = 5.0
"""Measured: a paste shows after 0.03-0.11 s (docs/facts/claude-code.md#delivery-of-text)."""
COMPARED = 40
"""Characters of a long draft that are looked at: the composer shows the rest on other lines."""
FOLDED = "[Pastedtext"
"""How the composer begins what stands for a long paste, blanks left out."""


_DIALOGS = {
    ScreenView.PERMISSION: "a permission dialog is open",
    ScreenView.QUESTION: "a question is open",
    ScreenView.PLAN: "a plan waits for approval",
    ScreenView.DIALOG: "a dialog is open",
    ScreenView.LIMIT: "a usage limit is reached",
    ScreenView.LOGIN: "the worker is not logged in",
    ScreenView.GONE: "the worker has ended, and a shell may stand there",
}


def look(outside: Outside, thread: Thread) -> Screen:
    """The worker's screen as it is now."""
    return parse_screen(outside.runtime.capture(worker_of(thread).pane))


def unsettled(thread: Thread) -> bool:
    """The worker has just started or is not understood yet: that passes by itself."""
    return thread.view in (View.STARTING, View.UNKNOWN)


def obstacle(outside: Outside, thread: Thread) -> str:
    """Why nothing may be typed into this worker now, for people; empty where its composer is free."""
    worker = worker_of(thread)
    if thread.view is View.GONE or not worker.alive:
        return "the worker's process has ended"
    if thread.dialog or thread.view is View.WAITING:
        return f"a dialog is open ({thread.dialog or thread.view_why or 'unknown'})"
    if unsettled(thread):
        return "what the worker does is not known"
    return _of_pane(_pane(outside, worker.pane)) or _of_screen(look(outside, thread))


def _pane(outside: Outside, pane: str) -> Pane | None:
    return next((one for one in outside.runtime.panes() if one.id == pane), None)


def _of_pane(pane: Pane | None) -> str:
    if pane is None:
        return "the worker's pane is gone"
    if pane.dead:
        return "the worker's process has ended"
    return "its pane is in copy mode, where somebody reads" if pane.in_mode else ""


def _of_screen(screen: Screen) -> str:
    if screen.draft is not None:
        return f"a draft stands in its composer: `{screen.draft[:COMPARED]}`"
    if screen.composer and screen.view is not ScreenView.LOGIN:
        return ""
    return _DIALOGS.get(screen.view, "no free composer is on its screen")


def paste(outside: Outside, thread: Thread, text: str) -> None:
    """Types the text in and sees it there; raises HubError where it did not appear."""
    outside.runtime.paste(worker_of(thread).pane, text)
    if not until(outside, lambda: is_draft(look(outside, thread), text), DRAFT_SECONDS):
        raise HubError(
            "the pasted text did not appear in the composer", f"Look at it: `hubctl attach {thread.id}`."
        )


def is_draft(screen: Screen, text: str) -> bool:
    """The composer holds this text and nothing else, as far as a screen can tell, or the mark of a folded paste."""
    if screen.draft is None:
        return False
    draft, ours = _seen(screen.draft), _seen(text)
    if "".join(screen.draft.split()).startswith(FOLDED):
        return True
    return draft == ours if len(ours) <= COMPARED else draft[:COMPARED] == ours[:COMPARED]


def _seen(text: str) -> str:
    """What a terminal surely shows: emoji and marks are drawn as it likes."""
    letters = "".join(text.split())
    return "".join(c for c in letters if unicodedata.category(c)[0] in "LNP" or c.isascii())


def until(outside: Outside, condition: Callable[[], bool], seconds: float) -> bool:
    """Waits for the condition; raises Interrupted when the hub ends meanwhile."""
    return clock.wait_until(condition, seconds=seconds, every=POLL_SECONDS, pause=outside.pause)


def read_screen(action: ReadScreen, outside: Outside) -> e.RetryAnnounced | None:
    """The API retry that it announces; nothing where it announces none."""
    seconds, now = look(outside, outside.thread(action.thread)).retry_seconds, outside.now()
    if seconds is None:
        return None
    return e.RetryAnnounced(at=now, thread=action.thread, until=now + timedelta(seconds=seconds))
