"""How an action that ended changes the threads: the outcome of an effect is seen like anything else."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hubctl.core.intake.observations import Delivered, Filed, OutcomeSeen
from hubctl.core.ledger import actions as a
from hubctl.core.ledger import events as e
from hubctl.core.ledger.action_log import revive
from hubctl.core.ledger.alerts import alerts_of_order
from hubctl.core.ledger.asks import ANSWERED, LEFT, Ask, AskEvent, decided, waiting_asks
from hubctl.core.ledger.board import BoardEvent
from hubctl.core.ledger.outside_events import AskVia
from hubctl.core.ledger.prompt_marks import anywhere
from hubctl.core.ledger.state import HubState, next_ask
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.transitions import TRANSITIONS
from hubctl.core.ledger.waits import is_explained, reading_episode
from hubctl.core.messages.asks import message_of
from hubctl.core.messages.prompts import feedback
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import Proof, ThreadId, ThreadState, View


def ended(state: HubState, seen: OutcomeSeen) -> tuple[e.Event, ...]:
    """The facts that the outcome brings, and that its action has ended; nothing for one that had ended before."""
    begun = state.pending.get(seen.action)
    if begun is None:
        return ()
    order, state = revive(begun), state.own
    news = NEWS[type(order)](state, order, seen) if order else ()
    return (
        *(fact for fact in news if _fits(state, fact)),
        e.ActionEnded(
            at=seen.at,
            thread=begun.thread,
            action=begun.action,
            error=seen.error,
            unreached=seen.unreached,
            seconds=seen.seconds,
        ),
    )


def _fits(state: HubState, fact: e.Event) -> bool:
    """A thread may have been stopped while the action was under way; then its outcome is history, no anomaly."""
    thread = state.thread(fact.thread) if fact.thread else None
    apart = isinstance(fact, BoardEvent | AskEvent)
    return thread is None or apart or type(fact) in TRANSITIONS[thread.state]


def _made(_: HubState, __: a.Effect, seen: OutcomeSeen) -> Iterable[e.Event]:
    """What the effect made is the fact."""
    return (seen.made,) if isinstance(seen.made, e.Event) else ()


def _done(kind: type[e.Event]) -> Callable[[HubState, a.Effect, OutcomeSeen], Iterable[e.Event]]:
    """That the effect was carried out is the fact."""
    return lambda _, order, seen: () if seen.error else (kind(at=seen.at, thread=order.thread),)


def _filed(state: HubState, order: a.FileIssue, seen: OutcomeSeen) -> Iterator[e.Event]:
    plan = state.plans.get(order.plan)
    issue = next((issue for issue in plan.content.issues if issue.key == order.key), None) if plan else None
    if not isinstance(seen.made, Filed) or plan is None or issue is None:
        return
    yield e.ThreadOpened(
        at=seen.at,
        thread=ThreadId(str(seen.made.number)),
        issue=seen.made.number,
        title=issue.title,
        body=issue.body,
        role=issue.role,
        plan=order.plan,
        key=issue.key,
        base=plan.base,
        after=tuple(plan.filed[key] for key in issue.after if key in plan.filed),
        validate=issue.validate,
    )


def _started(state: HubState, order: a.StartWorker, seen: OutcomeSeen) -> Iterable[e.Event]:
    if seen.error:
        return (e.StartFailed(at=seen.at, thread=order.thread, why=seen.error, cure=seen.cure),)
    return _made(state, order, seen)


def _judged(state: HubState, order: a.JudgeClaim, seen: OutcomeSeen) -> Iterable[e.Event]:
    """The verdict on a claim that was made anew meanwhile is history: the new one is judged by itself."""
    thread = state.threads.get(order.thread or ThreadId(""))
    if thread is None or order.episode != a.claim_episode(thread):
        return ()
    if seen.error:
        why = f"the claim could not be judged: {seen.error}"
        return (e.ThreadFailed(at=seen.at, thread=order.thread, rule="done", why=why, cure=seen.cure),)
    return _made(state, order, seen)


def _delivered(state: HubState, order: a.Deliver, seen: OutcomeSeen) -> Iterator[e.Event]:
    """The proof came as a hook, or stands in the transcript where no hook was heard; its absence is news.

    Both only while the prompt is still wanted: a worker that died or claimed done meanwhile took none.
    """
    thread, came = state.threads.get(order.thread or ThreadId("")), _came(seen)
    if order.purpose == "message" and thread is not None:
        yield from _not_brought(thread, order, seen)
        return
    if thread is None or not _is_wanted(thread, order):
        return
    if seen.error:
        yield e.PromptUndelivered(at=seen.at, thread=thread.id, purpose=order.purpose, why=seen.error)
    elif order.purpose == "wake" and came.proof:
        yield e.PromptProven(at=seen.at, thread=thread.id, purpose=order.purpose, proof=Proof.TRANSCRIPT)
    elif order.purpose == "feedback" and came.proof:
        # The watcher will tell of this prompt too; a feedback names its attempt, so that no other has its text.
        heard = (anywhere(feedback(thread)),)
        yield e.FeedbackProven(at=seen.at, thread=thread.id, proof=Proof.TRANSCRIPT, heard=heard)


def _came(seen: OutcomeSeen) -> Delivered:
    return seen.made if isinstance(seen.made, Delivered) else Delivered()


def _not_brought(thread: Thread, order: a.Deliver, seen: OutcomeSeen) -> Iterator[e.Event]:
    """A message is proven by what the worker says; one that was refused, or lost in the pane, is told to its writer."""
    number, came = order.message, _came(seen)
    if all(message.number != number for message in thread.messages):
        return
    if came.proof:
        yield e.MessageProven(at=seen.at, thread=thread.id, number=number, proof=Proof.TRANSCRIPT)
        return
    if why := seen.error or came.refused:
        yield e.RequestFailed(at=seen.at, thread=thread.id, number=number, why=why)
    if seen.error and thread.state is not ThreadState.STARTING and thread.view is not View.GONE:
        yield e.PromptUndelivered(at=seen.at, thread=thread.id, purpose="message", why=seen.error)


def _cut(state: HubState, order: a.Interrupt, seen: OutcomeSeen) -> Iterator[e.Event]:
    thread, number = state.threads.get(order.thread or ThreadId("")), order.request
    if thread is None or not number or thread.interrupt != number:
        return
    if not seen.error and e.TurnInterrupted in TRANSITIONS[thread.state]:
        yield e.TurnInterrupted(at=seen.at, thread=thread.id)
        return
    why = seen.error or f"thread {thread.id} is {thread.state.value} meanwhile"
    yield e.RequestFailed(at=seen.at, thread=thread.id, number=number, why=why)


def _is_wanted(thread: Thread, order: a.Deliver) -> bool:
    if thread.view is View.GONE:
        return False
    if order.purpose == "feedback":
        told_of = order.episode.startswith(f"feedback-{thread.claims}-")
        return thread.state is ThreadState.REVIEWING and thread.rejection is not None and told_of
    if order.purpose == "task":
        return thread.state is ThreadState.STARTING
    if order.purpose == "wake" and thread.handoff is None:
        return False
    return thread.state in (ThreadState.WORKING, ThreadState.WAITING)


def _answered(state: HubState, order: a.AnswerDialog, seen: OutcomeSeen) -> Iterator[e.Event]:
    """Gone from the screen, or a person's now; nothing where it is another dialog's turn already."""
    thread = state.threads.get(order.thread or ThreadId(""))
    if thread is None or thread.dialog != order.dialog or order.episode != a.answer_episode(thread):
        return
    if seen.error:
        yield e.DialogOpened(
            at=seen.at,
            thread=thread.id,
            what=order.dialog,
            cure=thread.dialog_cure,
            answerable=thread.dialog_answerable,
        )
    else:
        yield e.DialogClosed(at=seen.at, thread=thread.id)
        yield e.ViewChanged(at=seen.at, thread=thread.id, view=View.STARTING, source="answer")


def _notified(state: HubState, order: a.Notify, seen: OutcomeSeen) -> Iterator[e.Event]:
    if seen.error:
        why = f"{seen.error} {seen.cure}".strip()
        yield e.NoticeFailed(at=seen.at, target=order.target, why=why)
        return
    told = {alert.id: told for alert, told in alerts_of_order(state.alerts, order.alerts)}
    yield e.NoticeSent(at=seen.at, target=order.target, told=told)


def took_answer(state: HubState, order: a.AnswerAsk, seen: OutcomeSeen) -> Iterator[e.Event]:
    """The worker goes on, unless it waits for something else as well."""
    ask = state.asks.get(order.ask)
    thread = state.threads.get(order.thread or ThreadId(""))
    if ask is None or ask.over or thread is None:
        return
    why = seen.error or (seen.made.why if isinstance(seen.made, e.AskClosed) else ANSWERED)
    yield e.AskClosed(at=seen.at, thread=thread.id, ask=ask.id, why=why)
    others = [one for one in waiting_asks(state.asks, thread.id) if one.id != ask.id and one.holds_worker]
    if why == ANSWERED and ask.holds_worker and not others and thread.dialog:
        of_start = ask.via is AskVia.SCREEN and thread.state is ThreadState.STARTING
        view = View.STARTING if of_start else View.BUSY
        yield e.DialogClosed(at=seen.at, thread=thread.id)
        yield e.ViewChanged(at=seen.at, thread=thread.id, view=view, source="answer")
    if why == ANSWERED:
        yield from _written(seen, thread, ask)


def _written(seen: OutcomeSeen, thread: Thread, ask: Ask) -> Iterator[e.Event]:
    """A label says nothing but No, and an open door nothing at all. Who claims done has gone on without the host."""
    claims = ask.via is AskVia.DOOR and thread.state is ThreadState.REVIEWING
    text = message_of(ask)
    if text and ask.answer and not claims:
        patient, number = ask.via is AskVia.DOOR, ask.answer.number
        yield e.MessageWritten(at=seen.at, thread=thread.id, number=number, text=text, patient=patient)


def ask_judged(state: HubState, order: a.JudgeAsk, seen: OutcomeSeen) -> Iterable[e.Event]:
    """A look that failed leaves it to a person."""
    ask = state.asks.get(order.ask)
    if ask is None or not ask.is_open or ask.judged:
        return ()
    if seen.made:
        return _made(state, order, seen)
    why = seen.error or "nothing decides it"
    return (decided(ask.id, ask.thread, decision=LEFT, because=order.because, why=why, at=seen.at),)


def dialog_read(state: HubState, order: a.ReadDialog, seen: OutcomeSeen) -> Iterator[e.Event]:
    """An ask, unless something explains the dialog meanwhile, or it is another one."""
    thread = state.threads.get(order.thread or ThreadId(""))
    if thread is None or thread.worker is None or not thread.dialog or not isinstance(seen.made, e.AskOpened):
        return
    if not is_explained(state, thread) and order.episode == reading_episode(state, thread):
        yield replace(seen.made, at=seen.at, ask=next_ask(state), worker=thread.worker.id)


# Any: the dictionary's key is the order's own type, which a Callable's parameter cannot say.
NEWS: Mapping[type[a.Effect], Callable[[HubState, Any, OutcomeSeen], Iterable[e.Event]]] = {
    a.FileIssue: _filed,
    a.StartWorker: _started,
    a.Deliver: _delivered,
    a.Interrupt: _cut,
    a.ReadScreen: _made,
    a.ReadDialog: dialog_read,
    a.AnswerDialog: _answered,
    a.AnswerAsk: took_answer,
    a.CloseHosts: _made,
    a.JudgeAsk: ask_judged,
    a.JudgeClaim: _judged,
    a.EndWorker: _done(e.WorkerEnded),
    a.CloseIssue: _done(e.IssueClosed),
    a.ReopenIssue: _done(e.IssueReopened),
    a.ShowIssue: _made,
    a.PlanIssue: _made,
    a.OpenPull: _made,
    a.Notify: _notified,
}
