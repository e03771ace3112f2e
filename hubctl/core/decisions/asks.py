"""What asks want done: the policy's own decision, the answer on its way to the worker, a person who is late."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.core.decisions.ladder import AT_ONCE, Drop, rule_of
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger import actions as a
from hubctl.core.ledger.asks import Ask, open_asks
from hubctl.core.ledger.outside_events import AskVia, HostRefused
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.waits import READING, dialog_episode, is_explained, reading_episode
from hubctl.core.messages.asks import cure_of, in_a_line
from hubctl.core.vocabulary.words import HUB, ThreadState


def answers(state: HubState) -> Iterator[a.Action]:
    """`hubctl ask` waits for a message, which is brought as all messages are; a door for the start that is under way."""
    for ask in state.asks.values():
        starting = ask.via is AskVia.DOOR and state.under_way(ask.thread, a.StartWorker)
        if ask.answer and not ask.over and ask.via is not AskVia.WORDS and not starting:
            because = "answer" if ask.answer.number else ask.answer.how
            yield a.AnswerAsk(because=because, episode=ask.id, thread=ask.thread, ask=ask.id)


def judgements(state: HubState) -> Iterator[a.Action]:
    """The permissions decide the easy ones, once each."""
    for ask in state.asks.values():
        order = a.JudgeAsk(because="permissions", episode=f"look-{ask.id}", thread=ask.thread, ask=ask.id)
        wanted = ask.thread in state.threads and ask.is_open and not ask.judged
        if wanted and order.id not in state.pending:
            yield order


def unanswered(state: HubState, thread: Thread) -> Iterator[Drop]:
    """Reminders, alerts and the default answer: each ask of a running thread has a ladder of its own."""
    yield from (_drop(thread, ask) for ask in open_asks(state.asks, thread.id))
    if thread.crowded:
        yield _crowded(thread, thread.crowded)


def _crowded(thread: Thread, first: HostRefused) -> Drop:
    return Drop(
        kind=RuleId.ASK_UNANSWERED,
        thread=thread,
        episode=f"hosts-{thread.start}-{len(thread.hosts)}",
        since=first.at,
        text=lambda: (
            f"its worker asks for more hosts than you are asked about at once: for {first.host} and any other you "
            "are asked when it tries them again, after you decided on one"
        ),
        cure="`hubctl inbox`",
        said_at=AT_ONCE,
    )


def _drop(thread: Thread, ask: Ask) -> Drop:
    return Drop(
        kind=RuleId.ASK_UNANSWERED,
        thread=thread,
        episode=ask.id,
        since=ask.at,
        text=lambda: (
            f"{ask.kind.value} {ask.id} waits for a person since {ask.at:%H:%M:%S} UTC: {in_a_line(ask)}"
        ),
        cure=cure_of(ask),
        ask=ask,
    )


def ask_due(policy: Policy, state: HubState, ask: Ask) -> datetime | None:
    """When a person is late with it; None where no rule says so."""
    thread = state.threads.get(ask.thread)
    if thread is None:
        return None
    rule = rule_of(policy, thread, RuleId.ASK_UNANSWERED)
    return None if rule.off else ask.at + (rule.after or timedelta(0))


MOMENT = timedelta(seconds=1)
"""A hook tells of its dialog before anything else does; on a busy machine it is heard later."""


def dialog_orders(state: HubState, thread: Thread, now: datetime) -> Iterator[a.Action]:
    """For a living worker."""
    if not thread.dialog or is_explained(state, thread):
        return
    order = _answer(thread)
    if order and _may_answer(state, thread, order):
        yield order
    elif not order and now >= thread.ball.since + MOMENT:
        yield a.ReadDialog(because=READING, episode=reading_episode(state, thread), thread=thread.id)


def unanswerable(state: HubState, thread: Thread) -> Drop | None:
    """The open dialog of a living worker that no ask tells of and that the hub cannot answer."""
    if not thread.dialog or is_explained(state, thread):
        return None
    order = _answer(thread)
    if order and _may_answer(state, thread, order):
        return None
    if not (order or thread.dialog_cure or _is_read(state, thread)):
        return None
    return Drop(
        kind=RuleId.ASK_UNANSWERED,
        thread=thread,
        episode=dialog_episode(thread),
        since=thread.ball.since,
        text=lambda: f"it waits for a person: {thread.dialog}{_why_not(state, order)}",
        cure=_cure(thread),
        said_at=AT_ONCE,
    )


def reading_due(thread: Thread) -> datetime | None:
    """When the dialog is to be read; also when it was."""
    return thread.ball.since + MOMENT if thread.dialog else None


def _is_read(state: HubState, thread: Thread) -> bool:
    """It was, and no ask came of it."""
    order = a.ReadDialog(because=READING, episode=reading_episode(state, thread), thread=thread.id)
    acted = thread.acted.get(READING)
    begun = acted is not None and acted.episode == order.episode
    return order.id in state.failures or (begun and order.id not in state.pending)


def will_be_read(state: HubState, thread: Thread) -> bool:
    """The open dialog becomes an ask, with the ladder of one."""
    return _answer(thread) is None and not _is_read(state, thread)


def _answer(thread: Thread) -> a.AnswerDialog | None:
    if not thread.dialog_answerable or thread.state is not ThreadState.STARTING:
        return None
    because = f"start-{thread.dialog.lower().replace(' ', '-')}"  # each has its own turn
    return a.AnswerDialog(
        because=because, episode=a.answer_episode(thread), thread=thread.id, dialog=thread.dialog
    )


def _may_answer(state: HubState, thread: Thread, order: a.AnswerDialog) -> bool:
    if order.id in state.pending:
        return thread.ball.holder == HUB  # one that came back meanwhile is a person's
    acted = thread.acted.get(order.because)
    tried = order.id in state.failures or (acted is not None and acted.episode == order.episode)
    return not tried and not state.untrusted


def _why_not(state: HubState, order: a.AnswerDialog | None) -> str:
    """Why the hub does not do what it could."""
    if order is None:
        return ""
    if state.untrusted:
        return ", which is not answered while files are not trusted"
    error = state.failures.get(order.id, "it came back").rstrip(".")
    return f", which the hub could not answer ({error})"


def _cure(thread: Thread) -> str:
    return f"`hubctl attach {thread.id}`" + (f" and {thread.dialog_cure}" if thread.dialog_cure else "")
