"""Delivery of a later prompt to a living worker, with proof.

Rules: a text is pasted once, ever; only Enter is repeated. Believed is the worker's own word for it (UserPromptSubmit, or
its transcript). The hub's own prompts wait for an idle worker; a person's message goes to a busy one too, where it is
queued, and is refused at once where it cannot be typed, for a person can choose again.
A note on disk says how often the text had been told before it was typed: after a crash it tells a text that arrived
from one that did not.
"""

from pathlib import Path

from hubctl import disk
from hubctl.core.intake.observations import Delivered
from hubctl.core.ledger.actions import Deliver
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.prompts import Prompt, feedback, message_prompt, next_prompt, nudge, wake
from hubctl.core.vocabulary.pasteable import same_prompt
from hubctl.core.vocabulary.words import Proof, ThreadState, View
from hubctl.errors import HubError
from hubctl.perform.composer import is_draft, look, obstacle, paste, unsettled, until
from hubctl.perform.outside import Interrupted, Outside, worker_of

S = ThreadState
LOOK_SECONDS = 1.0
"""How often a busy composer is looked at again: a person may be typing there."""
PROOF_SECONDS = 5.0
"""Measured: the proof comes 0.03-0.13 s after Enter (docs/facts/claude-code.md#delivery-of-text)."""
RECOVER_SECONDS = 3.0
"""What was submitted as the hub died stands in the transcript within 0.4 s; its watchers need a round."""
SETTLE_SECONDS = 20.0
"""A worker that starts is understood within seconds."""
ENTERS = 3
SKIPPED = Delivered()
TASK_ROOM = (View.IDLE, View.BACKGROUND)
"""What a standing worker left running for its last thread may run for ever."""


def deliver(action: Deliver, outside: Outside, *, in_doubt: bool = False) -> Delivered:
    """Brings it, with proof; neither proven nor refused is what nobody wants any more. Only a message is refused."""
    note = _note(outside, action)
    try:
        came = _recovered(action, outside, note) if in_doubt and note.exists() else None
        came = came or _deliver(action, outside, note)
    except Interrupted:
        raise
    except HubError:
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)
    return came


def _deliver(action: Deliver, outside: Outside, note: Path) -> Delivered:
    while True:
        if stopped := _wait_for_room(action, outside):
            return stopped
        thread = outside.thread(action.thread)
        with outside.hands(worker_of(thread).pane):
            if not obstacle(outside, thread):
                return Delivered(proof=_type(action, outside, thread, note))


def _prompt(action: Deliver, outside: Outside, thread: Thread) -> Prompt | None:
    """None when it is not wanted any more: the worker went on, or spoke, or the message is proven."""
    match action.purpose:
        case "message":
            wanted = (one for one in thread.messages if one.number == action.message)
            return next((message_prompt(thread, message) for message in wanted), None)
        case "task" if thread.state is S.STARTING:
            return next_prompt(outside.state(), thread)
        case "feedback" if thread.state is S.REVIEWING and thread.rejection is not None:
            return Prompt(text=feedback(thread))
        case "wake" if thread.state is S.WAITING and thread.handoff:
            return Prompt(text=wake(outside.state(), thread))
        case "nudge" if thread.state is S.WORKING or (thread.handoff and thread.handoff.limit):
            return Prompt(text=nudge(thread))
        case _:
            return None


def _wait_for_room(action: Deliver, outside: Outside) -> Delivered | None:
    """None when the text may be typed now; else what it ends with untyped."""
    for looks in range(1, 1_000_000):
        thread = outside.thread(action.thread)
        if _prompt(action, outside, thread) is None or not worker_of(thread).alive:
            return SKIPPED
        why = obstacle(outside, thread)
        if action.purpose == "message":
            if not why or not unsettled(thread) or looks > SETTLE_SECONDS / LOOK_SECONDS:
                return Delivered(refused=why) if why else None
        elif not why and thread.view in (TASK_ROOM if action.purpose == "task" else (View.IDLE,)):
            return None
        elif action.purpose == "nudge" and thread.view is not View.IDLE:
            return SKIPPED
        outside.pause(LOOK_SECONDS)
    return SKIPPED


def _type(action: Deliver, outside: Outside, thread: Thread, note: Path) -> Proof:
    prompt = _prompt(action, outside, thread)
    if prompt is None:
        return Proof.HOOK  # it was heard while the hand was on its way
    lay(Path(worker_of(thread).worktree), prompt)
    before = _told(outside, thread, prompt.text)
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    note.write_text(str(before))
    paste(outside, thread, prompt.text)
    return _submit(action, outside, thread, prompt.text, before)


def lay(folder: Path, prompt: Prompt) -> None:
    """Writes the file that the prompt points at, byte for byte what the person wrote."""
    if prompt.file:
        disk.write_inside(folder, prompt.file, prompt.content.encode(errors="surrogateescape"))


def _submit(action: Deliver, outside: Outside, thread: Thread, text: str, before: int) -> Proof:
    """Enter, only while our own text stands in the composer: a dialog that opened meanwhile would take it as a yes."""
    for _ in range(ENTERS):
        if not is_draft(look(outside, thread), text):
            break
        outside.runtime.enter(worker_of(thread).pane)
        if until(outside, lambda: _is_proven(action, outside, thread), PROOF_SECONDS):
            return Proof.HOOK
    if _is_proven(action, outside, thread):
        return Proof.HOOK
    if _told(outside, thread, text) > before:
        return Proof.TRANSCRIPT
    raise HubError("Enter was pressed, and the worker did not confirm the prompt", "")


def _is_proven(action: Deliver, outside: Outside, thread: Thread) -> bool:
    """A watcher heard of it since."""
    now = outside.thread(action.thread)
    if action.purpose == "message":
        return all(message.number != action.message for message in now.messages)
    return now.prompts > thread.prompts


def _recovered(action: Deliver, outside: Outside, note: Path) -> Delivered | None:
    """What became of a text that was being typed as the hub died; None: it did not get in, and is typed again."""
    thread = outside.thread(action.thread)
    prompt = _prompt(action, outside, thread)
    if prompt is None or not worker_of(thread).alive:
        return SKIPPED
    before, text = int(note.read_text() or 0), prompt.text

    def known() -> bool:
        arrived = _is_proven(action, outside, thread) or _told(outside, thread, text) > before
        return arrived or is_draft(look(outside, thread), text)

    if not until(outside, known, RECOVER_SECONDS):
        return None
    with outside.hands(worker_of(thread).pane):
        if is_draft(look(outside, thread), text):
            return Delivered(proof=_submit(action, outside, thread, text, before))
    return Delivered(proof=Proof.HOOK if _is_proven(action, outside, thread) else Proof.TRANSCRIPT)


def _told(outside: Outside, thread: Thread, text: str) -> int:
    """How often the worker's transcript holds this prompt: nudges are all alike."""
    return sum(same_prompt(text, said) for said in outside.agent.prompts(worker_of(thread)))


def _note(outside: Outside, action: Deliver) -> Path:
    return outside.notes / action.id.replace("/", "_")
