"""What an issue shows of its thread: one label and one comment, made of the state alone.

Rule: where strangers read, the comment says state and counts; reasons, branches and what a worker wrote are for
those with access, or for projects whose policy publishes all.
"""

import hashlib
import json
from collections.abc import Iterator

from hubctl.core.board import BLOCKED, FAILED, READY, REVIEW, RUNNING, Face
from hubctl.core.board_answers import ask_lines, open_asks
from hubctl.core.policy import Policy
from hubctl.core.publishing import Publish
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.wording import in_line
from hubctl.core.words import ThreadState

S = ThreadState
LABELS = {
    S.QUEUED: READY,
    S.STARTING: RUNNING,
    S.WORKING: RUNNING,
    S.WAITING: BLOCKED,
    S.REVIEWING: REVIEW,
    S.FAILED: FAILED,
    S.DONE: "",
    S.CANCELED: "",
}
EDITED = (
    "The text of this issue was changed after the work began. The worker goes by the text as it was; to give it the new"
    " one, write `/hub send` and what is new."
)


def face_of(policy: Policy, state: HubState, thread: Thread) -> Face:
    """The issue as it should look now."""
    full = is_open_book(policy, state)
    parts = [_head(thread), *_notes(state, thread, full=full)]
    if full:
        parts += [_table(state, thread)]
    return Face(label=LABELS[thread.state], comment="\n\n".join([*parts, _data(state, thread)]))


def is_open_book(policy: Policy, state: HubState) -> bool:
    """All may be told: to those with access alone, or because the policy wants it."""
    return state.board.private or policy.showing.publish is Publish.FULL


def face_digest(face: Face) -> str:
    return hashlib.sha256(f"{face.label}\n{face.comment}".encode(errors="replace")).hexdigest()[:16]


def _head(thread: Thread) -> str:
    held = "" if thread.state.closed else f" · ball: {_holder(thread)}"
    return f"**hubctl** · {thread.state.value} · attempt {thread.attempt}{held}"


def _holder(thread: Thread) -> str:
    """A thread is named as its issue, which the board makes a link of."""
    kind, colon, name = thread.ball.holder.partition(":")
    return f"waits for #{name}" if colon and kind == "thread" else thread.ball.holder


def _notes(state: HubState, thread: Thread, *, full: bool) -> Iterator[str]:
    if state.board.is_edited(thread.id) and not thread.state.closed:
        yield EDITED
    alerts = _alerts(state, thread)
    if alerts:
        yield f"{alerts} open alert{'s' * (alerts > 1)}."
    yield from ask_lines(state, thread, full=full)
    order = state.board.order_of(thread.issue)
    if order:
        yield f"`{order.order}` had no effect{': ' + in_line(order.refusal) if full else ''}."


def _table(state: HubState, thread: Thread) -> str:
    pulled = state.board.pulls.get(thread.id)
    rows = {
        "why": thread.ball.why,
        "role": thread.role,
        "branch": f"`{thread.worker.branch}`" if thread.worker and thread.worker.branch else "",
        "pull request": pulled.address if pulled else "",
        "summary": thread.summary,
        "touches": ", ".join(f"`{file}`" for file in thread.guarded),
    }
    lines = [f"| {name} | {in_line(text)} |" for name, text in rows.items() if text]
    return "\n".join(["| | |", "|---|---|", *lines])


def _alerts(state: HubState, thread: Thread) -> int:
    return sum(alert.thread == thread.id for alert in state.open_alerts)


def _data(state: HubState, thread: Thread) -> str:
    """For machines: states and counts, never a text that somebody wrote."""
    said = {
        "thread": thread.id,
        "state": thread.state.value,
        "ball": thread.ball.holder,
        "attempt": thread.attempt,
        "alerts": _alerts(state, thread),
        "asks": len(open_asks(state, thread)),
    }
    return f"<!-- hub:v1 {json.dumps(said, sort_keys=True)} -->"
