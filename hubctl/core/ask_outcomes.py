"""What an ended action means for asks: its answer was taken, it was judged, a dialog on the screen was read."""

from collections.abc import Iterator

from hubctl.core import events as e
from hubctl.core.ask_events import AskKind, AskVia, Decision
from hubctl.core.asks import ANSWERED, LEFT, Ask, decided, waiting_asks
from hubctl.core.dialogs import is_explained, reading_episode
from hubctl.core.observations import OutcomeSeen
from hubctl.core.state import HubState, Pending, next_ask
from hubctl.core.thread import Thread
from hubctl.core.words import ThreadId, ThreadState, View

LATE = "the answer came too late: the worker had gone on"


def took_answer(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    """The worker goes on, unless it waits for something else as well."""
    ask = state.asks.get(pending.words.get("ask", ""))
    thread = state.threads.get(pending.thread or ThreadId(""))
    if ask is None or ask.over or thread is None:
        return
    why = seen.error or (LATE if seen.facts.get("late") else ANSWERED)
    yield e.AskClosed(at=seen.at, thread=thread.id, ask=ask.id, why=why)
    others = [one for one in waiting_asks(state.asks, thread.id) if one.id != ask.id]
    if why == ANSWERED and not others and thread.dialog:
        of_start = ask.via is AskVia.SCREEN and thread.state is ThreadState.STARTING
        view = View.STARTING if of_start else View.BUSY
        yield e.DialogClosed(at=seen.at, thread=thread.id)
        yield e.ViewChanged(at=seen.at, thread=thread.id, view=view, source="answer")
    if why == ANSWERED:
        yield from _reason_told(seen, thread, ask)


def _reason_told(seen: OutcomeSeen, thread: Thread, ask: Ask) -> Iterator[e.Event]:
    """A label says nothing but No: why is a message."""
    answer = ask.answer
    if ask.via is AskVia.SCREEN and answer and answer.decision is Decision.DENY and answer.reason:
        yield e.MessageWritten(at=seen.at, thread=thread.id, number=answer.number, text=answer.reason)


def ask_judged(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    """A look that failed leaves it to a person."""
    ask = state.asks.get(pending.words.get("ask", ""))
    if ask is None or not ask.is_open or ask.judged:
        return
    why = seen.error or seen.facts.get("why", "nothing decides it")
    decision = "" if seen.error else seen.facts.get("decision", "")
    because = pending.because
    yield decided(ask.id, ask.thread, decision=decision or LEFT, because=because, why=why, at=seen.at)


def dialog_read(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    """An ask, unless something explains the dialog meanwhile, or it is another one."""
    thread = state.threads.get(pending.thread or ThreadId(""))
    kind = seen.facts.get("kind", "")
    if thread is None or thread.worker is None or not thread.dialog or not kind:
        return
    if is_explained(state, thread) or pending.episode != reading_episode(state, thread):
        return
    options = seen.facts.get("options", "")
    yield e.AskOpened(
        at=seen.at,
        thread=thread.id,
        ask=next_ask(state),
        kind=AskKind(kind),
        via=AskVia.SCREEN,
        worker=thread.worker.id,
        text=seen.facts.get("text", ""),
        options=tuple(options.split("\n")) if options else (),
    )
