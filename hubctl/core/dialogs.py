"""What follows from an open dialog that no hook tells of: the hub's own answer, or an ask of what the screen says.

Rules: the hub answers a dialog of a start, once for each start, and only while everything that can order a worker things
is trusted. Whatever else is open is a person's: it is read, once, and waits in the inbox. What cannot be chosen there alone, and
what could not be read, is said at once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.core.actions import Action, AnswerDialog, ReadDialog, answer_episode
from hubctl.core.ask_events import AskVia
from hubctl.core.asks import waiting_asks
from hubctl.core.climbing import Drop, say
from hubctl.core.policy import Policy, RuleId
from hubctl.core.start_dialogs import cure_of, is_answerable, known_start_dialog
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.words import HUB, ThreadState

MOMENT = timedelta(seconds=1)
"""A hook tells of its dialog before anything else does; on a busy machine it is heard later."""
READING = "dialog"


def dialog_orders(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """For a living worker."""
    if not thread.dialog or is_explained(state, thread):
        return
    order = _answer(thread)
    if order and _may_answer(state, thread, order):
        yield order
        return
    if order or cure_of(thread.dialog) or _is_read(state, thread):
        yield from _alert(policy, state, thread, order)
    if not order and now >= thread.ball.since + MOMENT:
        yield ReadDialog(because=READING, episode=reading_episode(state, thread), thread=thread.id)


def reading_due(thread: Thread) -> datetime | None:
    """When the dialog is to be read; also when it was."""
    return thread.ball.since + MOMENT if thread.dialog else None


def is_explained(state: HubState, thread: Thread) -> bool:
    """An ask tells of what the worker waits for."""
    return any(ask.via is not AskVia.WORDS for ask in waiting_asks(state.asks, thread.id))


def reading_episode(state: HubState, thread: Thread) -> str:
    """Each dialog is read once, and again after an ask of it that came to nothing."""
    last = next((ask.id for ask in reversed(tuple(state.asks.values())) if ask.thread == thread.id), "a0")
    return f"{dialog_episode(thread)}-{last}"


def _is_read(state: HubState, thread: Thread) -> bool:
    """It was, and no ask came of it."""
    order = ReadDialog(because=READING, episode=reading_episode(state, thread), thread=thread.id)
    acted = thread.acted.get(READING)
    begun = acted is not None and acted.episode == order.episode
    return order.id in state.failures or (begun and order.id not in state.pending)


def dialog_episode(thread: Thread) -> str:
    """The occasion of an alert: this dialog, since a person has the ball."""
    return f"dialog-{thread.start}-{round(thread.ball.since.timestamp() * 1000)}"


def _answer(thread: Thread) -> AnswerDialog | None:
    dialog = known_start_dialog(thread.dialog)
    if dialog is None or thread.state is not ThreadState.STARTING or not is_answerable(dialog):
        return None
    because = f"start-dialog-{dialog.name.lower().replace('_', '-')}"  # each has its own turn
    return AnswerDialog(because=because, episode=answer_episode(thread), thread=thread.id, dialog=dialog)


def _may_answer(state: HubState, thread: Thread, order: AnswerDialog) -> bool:
    if order.id in state.pending:
        return thread.ball.holder == HUB  # one that came back meanwhile is a person's
    acted = thread.acted.get(order.because)
    tried = order.id in state.failures or (acted is not None and acted.episode == order.episode)
    return not tried and not state.untrusted


def _alert(policy: Policy, state: HubState, thread: Thread, order: AnswerDialog | None) -> Iterator[Action]:
    yield from say(
        policy,
        Drop(
            kind=RuleId.ASK_UNANSWERED,
            thread=thread,
            episode=dialog_episode(thread),
            since=thread.ball.since,
            text=f"it waits for a person: {thread.dialog}{_why_not(state, order)}",
            cure=_cure(thread),
        ),
    )


def _why_not(state: HubState, order: AnswerDialog | None) -> str:
    """Why the hub does not do what it could."""
    if order is None:
        return ""
    if state.untrusted:
        return ", which is not answered while files are not trusted"
    error = state.failures.get(order.id, "it came back").rstrip(".")
    return f", which the hub could not answer ({error})"


def _cure(thread: Thread) -> str:
    what = cure_of(thread.dialog)
    return f"`hubctl attach {thread.id}`" + (f" and {what}" if what else "")
