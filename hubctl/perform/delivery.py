"""Delivery of a later prompt to a living worker: only when it is idle with an empty composer, and only with proof.

Rules: what is typed into a pane of unknown state may approve a dialog, so nothing is typed then. The text is pasted
once, ever; only Enter is repeated. Believed is the worker's own word for it (UserPromptSubmit, or its transcript).
"""

from collections.abc import Callable

from hubctl.core.actions import Deliver
from hubctl.core.delivery_text import same_prompt
from hubctl.core.prompts import feedback, nudge
from hubctl.core.screen import Screen, parse_screen
from hubctl.core.thread import Thread
from hubctl.core.words import Proof, ThreadState, View
from hubctl.errors import HubError
from hubctl.perform.outside import Facts, Interrupted, Outside, worker_of

LOOK_SECONDS = 1.0
"""How often a busy composer is looked at again: a person may be typing there."""
DRAFT_SECONDS, PROOF_SECONDS = 5.0, 5.0
"""Measured: the paste shows after 0.03-0.11 s, the proof comes 0.03-0.13 s after Enter (claude-code.md, section 4)."""
POLL_SECONDS = 0.03
ENTERS = 3


def deliver(action: Deliver, outside: Outside, *, in_doubt: bool) -> Facts:
    """Waits until the worker can take it, then brings it; skipped when nobody wants it any more."""
    thread = outside.thread(action.thread)
    text = feedback(thread) if action.purpose == "feedback" else nudge(thread)
    if in_doubt and _told(outside, thread, text):
        return {"proof": Proof.TRANSCRIPT.value}
    pasted = in_doubt and _is_draft(_screen(outside, thread), text)
    if not pasted:
        if not _wait_for_room(action, outside):
            return {"skipped": "yes"}
        _paste(outside, thread, text)
    return {"proof": _submit(action, outside, thread, text).value}


def _wanted(action: Deliver, thread: Thread) -> bool:
    if action.purpose == "feedback":
        return thread.state is ThreadState.REVIEWING and thread.rejection is not None
    return thread.state is ThreadState.WORKING


def _screen(outside: Outside, thread: Thread) -> Screen:
    return parse_screen(outside.runtime.capture(worker_of(thread).pane))


def _wait_for_room(action: Deliver, outside: Outside) -> bool:
    """False when the prompt is not wanted any more: the worker went on, or died, or spoke."""
    while True:
        thread = outside.thread(action.thread)
        if not _wanted(action, thread) or not worker_of(thread).alive:
            return False
        if thread.view is View.IDLE and _screen(outside, thread).composer_empty:
            return True
        if action.purpose == "nudge" and thread.view is not View.IDLE:
            return False
        if outside.stop.wait(LOOK_SECONDS):
            raise Interrupted


def _paste(outside: Outside, thread: Thread, text: str) -> None:
    pane = worker_of(thread).pane
    outside.runtime.paste(pane, text)
    if not _until(outside, lambda: _is_draft(_screen(outside, thread), text), DRAFT_SECONDS):
        raise HubError(
            "the pasted text did not appear in the composer", f"Look at it: `hubctl attach {thread.id}`."
        )


def _submit(action: Deliver, outside: Outside, thread: Thread, text: str) -> Proof:
    """Enter, only while our own text stands in the composer: a dialog that opened meanwhile would take it as a yes."""
    before = _told(outside, thread, text)

    def proven() -> bool:
        return outside.thread(action.thread).prompts > thread.prompts

    for _ in range(ENTERS):
        if not _is_draft(_screen(outside, thread), text):
            break
        outside.runtime.enter(worker_of(thread).pane)
        if _until(outside, proven, PROOF_SECONDS):
            return Proof.HOOK
    if _told(outside, thread, text) > before:
        return Proof.TRANSCRIPT
    raise HubError("Enter was pressed, and the worker did not confirm the prompt", "")


def _told(outside: Outside, thread: Thread, text: str) -> int:
    """How often the worker's transcript holds this prompt: nudges are all alike."""
    return sum(same_prompt(text, said) for said in outside.agent.prompts(worker_of(thread)))


def _is_draft(screen: Screen, text: str) -> bool:
    """The composer shows the beginning of our text, or the mark of a folded paste."""
    draft = "".join((screen.draft or "").split())
    return bool(draft) and ("".join(text.split()).startswith(draft[:40]) or draft.startswith("[Pastedtext"))


def _until(outside: Outside, condition: Callable[[], bool], seconds: float) -> bool:
    for _ in range(int(seconds / POLL_SECONDS)):
        if condition():
            return True
        if outside.stop.wait(POLL_SECONDS):
            raise Interrupted
    return False
