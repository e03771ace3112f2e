"""What people and scripts are shown of the state: the status document, as the CLI contract fixes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypedDict

from hubctl.core.ledger.alerts import RESOLVED, Alert
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.waits import is_wait_broken
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId, ThreadState, View

Time = Callable[[datetime], str]
Deadlines = Mapping[ThreadId, datetime | None]


class BallDocument(TypedDict):
    holder: str
    since: str
    deadline: str | None
    why: str


class WorkerDocument(TypedDict):
    """After the end `pane` is null; `branch` and `session` stay."""

    pane: str | None
    session: str
    view: str
    worktree: str
    branch: str


class UsageDocument(TypedDict):
    input_tokens: int
    output_tokens: int
    usd: str | None


class ThreadDocument(TypedDict):
    id: str
    issue: int
    title: str
    state: str
    role: str
    attempt: int
    ball: BallDocument
    worker: WorkerDocument | None
    usage: UsageDocument
    after: list[str]
    wait_broken: bool
    guarded: list[str]
    summary: str


class StandingDocument(TypedDict):
    """A standing worker that lives; `thread` is the one that it works on, or worked on last."""

    role: str
    pane: str
    session: str
    view: str
    worktree: str
    thread: str
    idle: bool


class AskDocument(TypedDict):
    """`tool` is empty where a dialog of the screen names none."""

    id: str
    thread: str
    kind: str
    tool: str
    input: Mapping[str, object]
    asked_at: str
    deadline: str | None
    options: list[str]
    risk: str | None


class AlertDocument(TypedDict):
    id: str
    kind: str
    thread: str | None
    severity: str
    since: str
    because: str
    text: str
    state: str


def thread_documents(state: HubState, *, time: Time, deadlines: Deadlines) -> list[ThreadDocument]:
    """All threads, in the order in which they were opened."""
    return [_thread(state, thread, time, deadlines.get(thread.id)) for thread in state.everyone]


def _thread(state: HubState, thread: Thread, time: Time, due: datetime | None) -> ThreadDocument:
    ball = thread.ball
    return ThreadDocument(
        id=thread.id,
        issue=thread.issue,
        title=thread.title,
        state=thread.state.value,
        role=thread.role,
        attempt=thread.attempt,
        ball=BallDocument(
            holder=ball.holder, since=time(ball.since), deadline=time(due) if due else None, why=ball.why
        ),
        worker=_worker(thread),
        usage=UsageDocument(input_tokens=thread.input_tokens, output_tokens=thread.output_tokens, usd=None),
        after=list(thread.after),
        wait_broken=thread.state is ThreadState.QUEUED and is_wait_broken(state, thread),
        guarded=list(thread.guarded),
        summary=thread.summary,
    )


def _worker(thread: Thread) -> WorkerDocument | None:
    worker = thread.worker
    if worker is None:
        return None
    return WorkerDocument(
        pane=worker.pane or None,
        session=worker.session,
        view=thread.view.value,
        worktree=worker.worktree,
        branch=worker.branch,
    )


def standing_documents(state: HubState) -> list[StandingDocument]:
    """The standing workers; `idle` between two issues."""
    threads = (state.worker_thread(worker) for worker in state.workers)
    return [
        StandingDocument(
            role=thread.role,
            pane=thread.worker.pane,
            session=thread.worker.session,
            view=thread.view.value,
            worktree=thread.worker.worktree,
            thread=thread.id,
            idle=not thread.state.running,
        )
        for thread in threads
        if thread and thread.worker and thread.worker.standing and thread.worker.alive
    ]


def alert_documents(alerts: Iterable[Alert], *, time: Time) -> list[AlertDocument]:
    """Alerts as scripts read them."""
    return [
        AlertDocument(
            id=alert.id,
            kind=alert.kind,
            thread=alert.thread,
            severity=alert.severity,
            since=time(alert.at),
            because=alert.because,
            text=alert.text,
            state=alert.state,
        )
        for alert in alerts
    ]


def ask_documents(
    asks: Iterable[Ask],
    *,
    time: Time,
    deadline: Callable[[Ask], datetime | None],
    risk: Callable[[Ask], str],
) -> list[AskDocument]:
    """Asks as scripts read them; an empty `risk` is none."""
    return [
        AskDocument(
            id=ask.id,
            thread=ask.thread,
            kind=ask.kind.value,
            tool=ask.tool,
            input=ask.fields or ({"text": ask.text} if ask.text else {}),
            asked_at=time(ask.at),
            deadline=time(due) if (due := deadline(ask)) else None,
            options=list(ask.options),
            risk=risk(ask) or None,
        )
        for ask in asks
    ]


def doing(thread: Thread) -> str:
    """What a thread's worker is doing, in a few words."""
    if thread.dialog:
        return thread.dialog
    if thread.state in (ThreadState.WORKING, ThreadState.STARTING) and thread.view is not View.UNKNOWN:
        return f"{thread.view.value}: {thread.note}" if thread.note else thread.view.value
    return thread.ball.why


def news(before: HubState, after: HubState) -> Iterator[str]:
    """Lines for the threads and alerts that differ between two states."""
    for name in dict.fromkeys((*before.threads, *after.threads)):
        old, thread = before.thread(name), after.thread(name)
        if thread and old is None:
            yield f"{_label(thread)}: filed, {thread.ball.why}"
        elif thread and old and _told(old) != _told(thread):
            yield f"{_label(thread)}: {thread.state.value}, ball: {thread.ball.holder}, {doing(thread)}"
    yield from map(_alert, _changed(before, after))


def _changed(before: HubState, after: HubState) -> Iterator[Alert]:
    """An alert leaves the state when it is over."""
    for id, alert in after.alerts.items():
        if id not in before.alerts or before.alerts[id].state != alert.state:
            yield alert
    for alert in before.open_alerts:
        if alert.id not in after.alerts:
            yield replace(alert, state=RESOLVED)


def _label(thread: Thread) -> str:
    return f"{thread.id} {thread.title}"


def _told(thread: Thread) -> tuple[str, ...]:
    return (
        thread.state.value,
        thread.ball.holder,
        thread.ball.why,
        thread.note,
        str(thread.attempt),
        thread.dialog,
    )


def _alert(alert: Alert) -> str:
    if alert.state == RESOLVED:
        whose = f" of thread {alert.thread}" if alert.thread else ""
        return f"alert {alert.kind}{whose}: resolved"
    return f"ALERT {alert.severity} {alert.kind}: {alert.text}"


def threads_of(state: HubState, plan: str) -> list[Thread]:
    """A plan's threads so far, in plan order; in that of their filing when all of it is settled."""
    threads, accepted = [thread for thread in state.everyone if thread.plan == plan], state.plans.get(plan)
    keys = [issue.key for issue in accepted.content.issues] if accepted else []
    return sorted(threads, key=lambda thread: keys.index(thread.key)) if accepted else threads
