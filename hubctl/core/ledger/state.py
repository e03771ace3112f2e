"""What the hub knows: the fold of all events, and nothing else.

Rule (law 2): `apply` is total. An event that misfits becomes an anomaly, which `hubctl doctor` shows; a log that could
not be replayed would brick the hub.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import reduce

from hubctl.core.documents.plan import AcceptedPlan
from hubctl.core.ledger import alerts, asks
from hubctl.core.ledger import alerts as targets
from hubctl.core.ledger import board as board_plans
from hubctl.core.ledger import board as board_state
from hubctl.core.ledger import events as e
from hubctl.core.ledger.alerts import RESOLVED, Target
from hubctl.core.ledger.alerts import Alert as Alert
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.board import BOARD_ORDERS, BoardEvent, BoardState, order_key
from hubctl.core.ledger.guarded import Guarded, noted
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.transitions import advance, forget, leave, open_thread, record, rewait, shift
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.core.vocabulary.words import ActionId, ThreadId

ANOMALIES_KEPT = 100

A_DAY = 86_400


class Anomaly(Struct, frozen=True, kw_only=True):
    """What should not be: an event that fitted nothing, sources that disagree. Shown by `hubctl doctor`."""

    at: datetime
    thread: ThreadId | None
    kind: str
    why: str


def _watched_anew(threads: Mapping[ThreadId, Thread], at: datetime) -> Mapping[ThreadId, Thread]:
    """While no hub ran nobody looked: that a worker does not move counts from now."""
    return {name: replace(t, moved_at=at) if t.moved_at else t for name, t in threads.items()}


class Pending(Struct, frozen=True, kw_only=True):
    """An action that began and has not ended. At a hub's start it is in doubt."""

    action: ActionId
    name: str
    because: str
    episode: str
    thread: ThreadId | None
    words: Mapping[str, str]
    at: datetime


class HubState(Struct, frozen=True, kw_only=True):
    """The whole truth about threads. `requests` is the highest request number taken."""

    threads: Mapping[ThreadId, Thread] = field(default_factory=dict)
    plans: Mapping[str, AcceptedPlan] = field(default_factory=dict)
    pending: Mapping[ActionId, Pending] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    asks: Mapping[str, Ask] = field(default_factory=dict)
    """what workers wait on people for, by name; of those that are over the last ones"""
    asked: int = 0
    """how many asks there were"""
    refusals: Mapping[int, str] = field(default_factory=dict)
    failures: Mapping[ActionId, str] = field(default_factory=dict)
    """what failed, by action: not tried again before the next start of a hub. What the board did not take is in `board`."""
    workers: Mapping[str, ThreadId] = field(default_factory=dict)
    """the thread that each worker took last; the worker that took one last stands last"""
    confirmed: frozenset[str] = frozenset()
    """the workers that this hub saw alive"""
    requests: int = 0
    untrusted: tuple[str, ...] = ()
    untrusted_since: datetime | None = None
    guarded: Guarded = field(default_factory=Guarded)
    anomalies: tuple[Anomaly, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    board: BoardState = field(default_factory=BoardState)
    zone: timedelta = timedelta(0)
    """how far the hub's wall clock is ahead of UTC"""

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """The alerts that are not resolved, oldest first."""
        return tuple(alert for alert in self.alerts.values() if alert.state != RESOLVED)

    @property
    def own(self) -> "HubState":
        """The same with each thread as it is by its own facts (`Thread.own`)."""
        if all(thread.called is None for thread in self.threads.values()):
            return self
        return replace(self, threads={name: thread.own for name, thread in self.threads.items()})

    def worker_thread(self, worker: str) -> Thread | None:
        """The thread that a worker works on now, or worked on last, by its own facts; None where another has followed it."""
        thread = self.threads.get(self.workers.get(worker, ThreadId("")))
        return thread.own if thread and thread.worker and thread.worker.id == worker else None


def fold(events: Iterable[e.Event], state: HubState | None = None) -> HubState:
    """The state after the events; never raises."""
    return reduce(apply, events, state or HubState())


def apply(state: HubState, event: e.Event) -> HubState:
    """The state after one event."""
    match event:
        case e.PlanAccepted() | e.ThreadOpened():
            return _plan(state, event) if isinstance(event, e.PlanAccepted) else _open(state, event)
        case e.ActionBegan() | e.ActionEnded():
            return _act(state, event)
        case e.AlertRaised() | e.AlertAcknowledged() | e.AlertResolved():
            return _alert(state, event)
        case e.Unknown() | e.SourcesDisagreed():
            return _odd(state, event)
        case _ if isinstance(event, BoardEvent):
            return replace(state, board=board_state.noted(state.board, event))
        case e.HubStarted() | e.HubStopped():
            told = targets.restarted(state.targets)
            known = replace(state, failures={}, guarded=noted(state.guarded, event), targets=told)
            known = replace(known, board=board_state.tried_anew(state.board, event.at))
            return replace(known, confirmed=frozenset(), threads=_watched_anew(state.threads, event.at))
        case _ if event.thread is None:
            return _of_the_hub(state, event)
        case _:
            return _ask(state, event) if isinstance(event, asks.AskEvent) else _advance(state, event)


def _refuse(state: HubState, number: int, why: str) -> HubState:
    return replace(state, refusals={**state.refusals, number: why}) if why else state


def _of_the_hub(state: HubState, event: e.Event) -> HubState:
    match event:
        case e.RequestTaken():
            refused = _refuse(state, event.number, event.refusal)
            return replace(refused, requests=max(state.requests, event.number))
        case e.TrustChanged():
            since = state.untrusted_since if event.files == state.untrusted else event.at
            known = noted(state.guarded, event)
            return replace(state, untrusted=event.files, untrusted_since=since, guarded=known)
        case e.PolicyLoaded() | e.PolicyRefused() | e.GitChanged():
            return replace(state, guarded=noted(state.guarded, event))
        case e.ClockJumped():
            return _jump(state, event)
        case e.TargetsChanged() | e.ZoneChanged() | e.NoticeSent() | e.NoticeFailed():
            return _outbox(state, event)
        case _:
            return _misfit(state, event, "it names no thread")


def _outbox(
    state: HubState, event: e.TargetsChanged | e.ZoneChanged | e.NoticeSent | e.NoticeFailed
) -> HubState:
    if isinstance(event, e.ZoneChanged):
        if abs(event.offset) >= A_DAY:
            return _misfit(state, event, "no zone is a day away from UTC")
        return replace(state, zone=timedelta(seconds=event.offset))
    if isinstance(event, e.TargetsChanged):
        return replace(state, targets=targets.listed(state.targets, state.alerts, event.targets, event.at))
    known = state.targets.get(event.target)
    if known is None:
        return _misfit(state, event, f"there is no target `{event.target}`")
    return replace(state, targets={**state.targets, event.target: targets.heard(known, event)})


def _jump(state: HubState, event: e.ClockJumped) -> HubState:
    try:
        gap = timedelta(seconds=event.seconds)
        threads = {name: shift(thread, gap) for name, thread in state.threads.items()}
        pending = {name: replace(begun, at=begun.at + gap) for name, begun in state.pending.items()}
    except (OverflowError, ValueError):
        return _misfit(state, event, "no clock can jump so far")
    return replace(state, threads=threads, pending=pending, asks=asks.shifted(state.asks, gap))


def _plan(state: HubState, event: e.PlanAccepted) -> HubState:
    made = AcceptedPlan(base=event.base, content=event.content, parent=event.parent)
    plannings = board_plans.planned(state.board.plannings, event)
    known = replace(state.board, plannings=plannings)
    return replace(state, plans={**state.plans, event.plan: made}, board=known)


def _open(state: HubState, event: e.ThreadOpened) -> HubState:
    thread = open_thread(event)
    if thread.id in state.threads:
        return _misfit(state, event, "this thread is open already")
    threads = {**state.threads, thread.id: rewait(thread, state.threads, event.at)}
    plan = state.plans.get(event.plan)
    if plan is None:
        return replace(state, threads=threads)
    filed = replace(plan, filed={**plan.filed, event.key: thread.id})
    return replace(state, threads=threads, plans={**state.plans, event.plan: filed})


def _advance(state: HubState, event: e.Event) -> HubState:
    thread = state.threads.get(event.thread or ThreadId(""))
    if thread is None:
        return _misfit(state, event, "there is no such thread")
    if isinstance(event, e.RequestFailed):
        state = _refuse(state, event.number, event.why)
    if isinstance(event, e.ViewChanged | e.WorkerStarted):
        seen = (
            event.worker if isinstance(event, e.WorkerStarted) else thread.worker.id if thread.worker else ""
        )
        state = replace(state, confirmed=state.confirmed | {seen})
    moved = advance(thread, event)
    if moved is None:
        return _misfit(state, event, f"a thread that is {thread.state.value} has no use for it")
    threads = {**state.threads, thread.id: moved}
    state = _followed(state, moved, event)
    if moved.state is not thread.state:
        threads = {name: rewait(t, threads, event.at) for name, t in threads.items()}
    advanced = replace(state, threads=threads)
    return _take(advanced, thread.id, event.worker) if isinstance(event, e.WorkerStarted) else advanced


def _followed(state: HubState, thread: Thread, event: e.Event) -> HubState:
    known = asks.followed(state.asks, thread, event)
    if not isinstance(event, e.Asked):
        return state if known is state.asks else replace(state, asks=known)
    name = event.ask or next_ask(state)
    return replace(state, asks=asks.asked(known, name, thread, event), asked=state.asked + 1)


def next_ask(state: HubState) -> str:
    """The name of the next ask: short, for people type it."""
    return f"a{state.asked + 1}"


def _ask(state: HubState, event: asks.AskEvent) -> HubState:
    known = asks.changed(state.asks, event)
    if known is None:
        return _misfit(state, event, f"the ask `{event.ask}` is not known, or known already")
    return replace(state, asks=known, asked=state.asked + isinstance(event, e.AskOpened))


def _take(state: HubState, thread: ThreadId, worker: str) -> HubState:
    threads = {name: leave(t, worker=worker, taken=thread) for name, t in state.threads.items()}
    others = {name: taken for name, taken in state.workers.items() if name != worker}
    known = reduce(asks.left, (t for t in threads.values() if t is not state.threads[t.id]), state.asks)
    return replace(state, threads=threads, workers={**others, worker: thread}, asks=known)


def _act(state: HubState, event: e.ActionBegan | e.ActionEnded) -> HubState:
    if isinstance(event, e.ActionEnded):
        return _end(state, event)
    pending = Pending(
        action=event.action,
        name=event.name,
        because=event.because,
        episode=event.episode,
        thread=event.thread,
        words=event.words,
        at=event.at,
    )
    began = replace(state, pending={**state.pending, event.action: pending})
    return _record(began, event.thread, event.because, event.episode, event.at)


def _end(state: HubState, event: e.ActionEnded) -> HubState:
    ended = state.pending.get(event.action)
    if ended is None:
        return _misfit(state, event, f"the action `{event.action}` had not begun")
    rest = {name: pending for name, pending in state.pending.items() if name != event.action}
    state = replace(state, pending=rest)
    of_board = ended.name in BOARD_ORDERS
    if of_board:
        key = order_key(ended.name, ended.thread, ended.action)
        state = replace(state, board=board_state.ended(state.board, event, key))
    if not event.error:
        return state
    failures = {} if of_board else {event.action: event.error}
    failed = replace(state, failures={**state.failures, **failures})
    thread = state.threads.get(ended.thread or ThreadId(""))
    if thread is None or "rung" in ended.words:  # a rung of a ladder is climbed whatever came of it
        return failed
    undone = forget(thread, rule=ended.because, episode=ended.episode)
    return replace(failed, threads={**state.threads, thread.id: undone})


def _record(state: HubState, thread: ThreadId | None, rule: str, episode: str, at: datetime) -> HubState:
    known = state.threads.get(thread) if thread else None
    if known is None:
        return state
    if episode in state.asks:  # an ask has its own ladder, for a thread may have several
        return replace(state, asks=asks.climbed(state.asks, episode, at))
    return replace(
        state, threads={**state.threads, known.id: record(known, rule=rule, episode=episode, at=at)}
    )


def _alert(state: HubState, event: e.AlertRaised | e.AlertAcknowledged | e.AlertResolved) -> HubState:
    changed = alerts.changed(state.alerts, event)
    if changed is None:
        return _misfit(state, event, f"there is no alert `{event.alert}`")
    state = replace(state, alerts=changed)
    if isinstance(event, e.AlertRaised):
        return _record(state, event.thread, event.because, event.episode, event.at)
    return state


def _odd(state: HubState, event: e.Unknown | e.SourcesDisagreed) -> HubState:
    if isinstance(event, e.Unknown):
        return _misfit(state, event, "written by another version of hubctl")
    return _misfit(state, event, f"{event.said}; believed was {event.view.value}")


def _misfit(state: HubState, event: e.Event, why: str) -> HubState:
    anomaly = Anomaly(at=event.at, thread=event.thread, kind=e.kind_of(event), why=why)
    return replace(state, anomalies=(*state.anomalies[1 - ANOMALIES_KEPT :], anomaly))
