"""How an action that ended changes the threads: the outcome of an effect is seen like anything else."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from hubctl.core.intake.observations import OutcomeSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import (
    AnswerAsk,
    AnswerDialog,
    CloseIssue,
    Deliver,
    EndWorker,
    FileIssue,
    Interrupt,
    JudgeAsk,
    JudgeClaim,
    Notify,
    OpenPull,
    ReadDialog,
    ReadScreen,
    ReopenIssue,
    ShowIssue,
    StartWorker,
    answer_episode,
    claim_episode,
)
from hubctl.core.ledger.alerts import told_alerts
from hubctl.core.ledger.asks import ANSWERED, LEFT, Ask, AskEvent, decided, waiting_asks
from hubctl.core.ledger.board import BoardEvent
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.ledger.prompt_marks import anywhere
from hubctl.core.ledger.state import HubState, Pending, next_ask
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.transitions import TRANSITIONS
from hubctl.core.ledger.waits import is_explained, reading_episode
from hubctl.core.messages.prompts import feedback
from hubctl.core.vocabulary.words import Proof, ThreadId, ThreadState, View


def ended(state: HubState, seen: OutcomeSeen) -> tuple[e.Event, ...]:
    """The facts that the outcome brings, and that its action has ended; nothing for one that had ended before."""
    pending = state.pending.get(seen.action)
    if pending is None:
        return ()
    made, state = _MADE.get(pending.name), state.own
    facts = tuple(made(state, pending, seen)) if made else ()
    wanted = tuple(fact for fact in facts if _fits(state, fact))
    return (
        *wanted,
        e.ActionEnded(
            at=seen.at,
            thread=pending.thread,
            action=pending.action,
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


def _filed(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    name, key = pending.words.get("plan", ""), pending.words.get("key", "")
    plan = state.plans.get(name)
    issue = next((issue for issue in plan.content.issues if issue.key == key), None) if plan else None
    if seen.error or plan is None or issue is None:
        return
    yield e.ThreadOpened(
        at=seen.at,
        thread=ThreadId(seen.facts["issue"]),
        issue=int(seen.facts["issue"]),
        title=issue.title,
        body=issue.body,
        role=issue.role,
        plan=name,
        key=issue.key,
        base=plan.base,
        after=tuple(plan.filed[key] for key in issue.after if key in plan.filed),
        validate=issue.validate,
    )


def _started(_: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    if seen.error:
        yield e.StartFailed(at=seen.at, thread=pending.thread, why=seen.error, cure=seen.cure)
        return
    facts: Mapping[str, str] = seen.facts
    yield e.WorkerStarted(
        at=seen.at,
        thread=pending.thread,
        worker=facts["worker"],
        start=int(facts["start"]),
        session=facts["session"],
        pane=facts["pane"],
        window=facts["window"],
        pid=int(facts["pid"]),
        worktree=facts["worktree"],
        branch=facts["branch"],
        start_commit=facts["start_commit"],
        role_version=facts["role_version"],
        standing=facts.get("standing") == "yes",
        untold=facts.get("untold") == "yes",
    )


def _judged(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    """The verdict on a claim that was made anew meanwhile is history: the new one is judged by itself."""
    thread = state.threads.get(pending.thread or ThreadId(""))
    facts = seen.facts
    if thread is None or pending.episode != claim_episode(thread):
        return
    if seen.error:
        why = f"the claim could not be judged: {seen.error}"
        yield e.ThreadFailed(at=seen.at, thread=pending.thread, rule="done", why=why, cure=seen.cure)
    elif facts["verdict"] == "accepted":
        guarded = tuple(facts["guarded"].split("\n")) if facts.get("guarded") else ()
        yield e.ClaimAccepted(at=seen.at, thread=pending.thread, commit=facts["commit"], guarded=guarded)
    else:
        why, told, output = facts["why"], facts["feedback"], facts.get("output", "")
        unproven = facts.get("unproven") == "yes"
        yield e.ClaimRejected(
            at=seen.at, thread=pending.thread, why=why, feedback=told, output=output, unproven=unproven
        )


def _delivered(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    """The proof came as a hook, or stands in the transcript where no hook was heard; its absence is news.

    Both only while the prompt is still wanted: a worker that died or claimed done meanwhile took none.
    """
    thread = state.threads.get(pending.thread or ThreadId(""))
    purpose = pending.words.get("purpose", "")
    if purpose == "message" and thread is not None:
        yield from _not_brought(thread, pending, seen)
        return
    if thread is None or not _is_wanted(thread, purpose, pending.episode):
        return
    if seen.error:
        yield e.PromptUndelivered(at=seen.at, thread=thread.id, purpose=purpose, why=seen.error)
    elif purpose == "wake" and "proof" in seen.facts:
        yield e.PromptProven(at=seen.at, thread=thread.id, purpose=purpose, proof=Proof.TRANSCRIPT)
    elif purpose == "feedback" and "proof" in seen.facts:
        # The watcher will tell of this prompt too; a feedback names its attempt, so that no other has its text.
        heard = (anywhere(feedback(thread)),)
        yield e.FeedbackProven(at=seen.at, thread=thread.id, proof=Proof.TRANSCRIPT, heard=heard)


def _not_brought(thread: Thread, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    """A message is proven by what the worker says; one that was refused, or lost in the pane, is told to its writer."""
    number = _number(pending, "message")
    if all(message.number != number for message in thread.messages):
        return
    if seen.facts.get("proof"):
        yield e.MessageProven(at=seen.at, thread=thread.id, number=number, proof=Proof.TRANSCRIPT)
        return
    if why := seen.error or seen.facts.get("refused", ""):
        yield e.RequestFailed(at=seen.at, thread=thread.id, number=number, why=why)
    if seen.error and thread.state is not ThreadState.STARTING and thread.view is not View.GONE:
        yield e.PromptUndelivered(at=seen.at, thread=thread.id, purpose="message", why=seen.error)


def _cut(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    thread = state.threads.get(pending.thread or ThreadId(""))
    number = _number(pending, "request")
    if thread is None or not number or thread.interrupt != number:
        return
    if not seen.error and e.TurnInterrupted in TRANSITIONS[thread.state]:
        yield e.TurnInterrupted(at=seen.at, thread=thread.id)
        return
    why = seen.error or f"thread {thread.id} is {thread.state.value} meanwhile"
    yield e.RequestFailed(at=seen.at, thread=thread.id, number=number, why=why)


def _number(pending: Pending, word: str) -> int:
    """A request's number; 0, which no request has, where a log says something else."""
    said = pending.words.get(word, "")
    return int(said) if said.isdecimal() else 0


def _is_wanted(thread: Thread, purpose: str, episode: str) -> bool:
    if thread.view is View.GONE:
        return False
    if purpose == "feedback":
        told_of = episode.startswith(f"feedback-{thread.claims}-")
        return thread.state is ThreadState.REVIEWING and thread.rejection is not None and told_of
    if purpose == "task":
        return thread.state is ThreadState.STARTING
    if purpose == "wake" and thread.handoff is None:
        return False
    return thread.state in (ThreadState.WORKING, ThreadState.WAITING)


def _answered(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    """Gone from the screen, or a person's now; nothing where it is another dialog's turn already."""
    thread = state.threads.get(pending.thread or ThreadId(""))
    dialog = pending.words.get("dialog", "")
    if thread is None or thread.dialog != dialog or pending.episode != answer_episode(thread):
        return
    if seen.error:
        yield e.DialogOpened(
            at=seen.at,
            thread=thread.id,
            what=dialog,
            cure=thread.dialog_cure,
            answerable=thread.dialog_answerable,
        )
    else:
        yield e.DialogClosed(at=seen.at, thread=thread.id)
        yield e.ViewChanged(at=seen.at, thread=thread.id, view=View.STARTING, source="answer")


def _read(_: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    seconds = seen.facts.get("retry_seconds", "")
    if seconds.isdecimal():
        yield e.RetryAnnounced(
            at=seen.at, thread=pending.thread, until=seen.at + timedelta(seconds=int(seconds))
        )


def _stopped(_: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    if not seen.error:
        yield e.WorkerEnded(at=seen.at, thread=pending.thread)


def _closed(_: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    if not seen.error:
        yield e.IssueClosed(at=seen.at, thread=pending.thread)


def _reopened(_: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    if not seen.error:
        yield e.IssueReopened(at=seen.at, thread=pending.thread)


def _shown(_: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    if not seen.error:
        face, label, mark = (seen.facts.get(word, "") for word in ("face", "label", "mark"))
        yield e.IssueShown(at=seen.at, thread=pending.thread, face=face, label=label, mark=mark)


def _pulled(_: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    if not seen.error:
        address, commit = seen.facts.get("address", ""), pending.words.get("commit", "")
        yield e.PullOpened(at=seen.at, thread=pending.thread, address=address, commit=commit)


def _notified(state: HubState, pending: Pending, seen: OutcomeSeen) -> Iterator[e.Event]:
    target = pending.words.get("target", "")
    if seen.error:
        why = f"{seen.error} {seen.cure}".strip()
        yield e.NoticeFailed(at=seen.at, target=target, why=why)
        return
    told = {alert.id: told for alert, told in told_alerts(state.alerts, pending.words.get("alerts", ""))}
    yield e.NoticeSent(at=seen.at, target=target, told=told)


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
        yes=seen.facts.get("yes", ""),
        no=seen.facts.get("no", ""),
    )


_MADE: dict[str, Callable[[HubState, Pending, OutcomeSeen], Iterator[e.Event]]] = {
    FileIssue.name: _filed,
    StartWorker.name: _started,
    JudgeClaim.name: _judged,
    Deliver.name: _delivered,
    AnswerDialog.name: _answered,
    ReadScreen.name: _read,
    ReadDialog.name: dialog_read,
    AnswerAsk.name: took_answer,
    JudgeAsk.name: ask_judged,
    EndWorker.name: _stopped,
    CloseIssue.name: _closed,
    ReopenIssue.name: _reopened,
    Interrupt.name: _cut,
    ShowIssue.name: _shown,
    OpenPull.name: _pulled,
    Notify.name: _notified,
}
