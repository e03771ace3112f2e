"""What follows from an open dialog: the hub's own answer, or an alert that says what a person must do for this very one.

Rules: the hub answers a dialog of a start, once for each start, and only while everything that can order a worker things
is trusted. Whatever else is open, or is still open after that, is a person's, who is told at once.
"""

from collections.abc import Iterator

from hubctl.core.actions import Action, AnswerDialog, answer_episode
from hubctl.core.climbing import Drop, say
from hubctl.core.policy import Policy, RuleId
from hubctl.core.start_dialogs import cure_of, is_answerable, known_start_dialog
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.words import HUB, ThreadState


def dialog_orders(policy: Policy, state: HubState, thread: Thread) -> Iterator[Action]:
    """For a living worker with an open dialog."""
    order = _answer(thread)
    if order and _may_answer(state, thread, order):
        yield order
    else:
        yield from _alert(policy, state, thread, order)


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
