"""Events become the state.

Rule (law 2): `apply` is total. An event that misfits becomes an anomaly, which `hubctl doctor` shows; a log that could
not be replayed would brick the hub.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import reduce

from hubctl.core.documents.plan import AcceptedPlan
from hubctl.core.ledger import alerts, asks
from hubctl.core.ledger import alerts as targets
from hubctl.core.ledger import board as board_state
from hubctl.core.ledger import events as e
from hubctl.core.ledger.board import BOARD_ORDERS, BoardEvent, order_key
from hubctl.core.ledger.guarded import noted
from hubctl.core.ledger.settling import named_by, recalled, settle
from hubctl.core.ledger.state import Anomaly, HubState, next_ask
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.transitions import advance, forget, leave, open_thread, record, rewait, shift
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId, ThreadState

ANOMALIES_KEPT = 100
REFUSALS_KEPT = 100
"""A verb looks for the refusal of its request within a minute."""
A_DAY = 86_400
QUEUED = ThreadState.QUEUED


def fold(events: Iterable[e.Event], state: HubState | None = None) -> HubState:
    """The state after the events; never raises."""
    return reduce(apply, events, state or HubState())


def apply(state: HubState, event: e.Event) -> HubState:
    """The state after one event."""
    named = named_by(event)
    before = recalled(state, named) if state.settled else state
    after = _applied(before, event)
    if after.asks is not before.asks:
        after = replace(after, asking=frozenset(ask.thread for ask in after.asks.values() if not ask.over))
    return settle(after, before, named, event)


def _applied(state: HubState, event: e.Event) -> HubState:
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
            ended = event.at if isinstance(event, e.HubStopped) else None
            anew = _watched_anew(state.threads, event.at)
            return replace(known, confirmed=frozenset(), threads=anew, ended_at=ended)
        case _ if event.thread is None:
            return _of_the_hub(state, event)
        case _:
            return _ask(state, event) if isinstance(event, asks.AskEvent) else _advance(state, event)


def _watched_anew(threads: Mapping[ThreadId, Thread], at: datetime) -> Mapping[ThreadId, Thread]:
    """While no hub ran nobody looked: that a worker does not move counts from now."""
    return {name: replace(t, moved_at=at) if t.moved_at else t for name, t in threads.items()}


def _refuse(state: HubState, number: int, why: str) -> HubState:
    if not why:
        return state
    last = list(state.refusals.items())[1 - REFUSALS_KEPT :]
    return replace(state, refusals={**dict(last), number: why})


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
    return replace(state, targets={**state.targets, event.target: targets.noticed(known, event)})


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
    board = board_state.planned(state.board, event)
    return replace(state, plans={**state.plans, event.plan: made}, board=board)


def _open(state: HubState, event: e.ThreadOpened) -> HubState:
    thread = replace(open_thread(event), place=state.opened + 1)
    if thread.id in state.threads:
        return _misfit(state, event, "this thread is open already")
    threads = {**state.threads, thread.id: rewait(thread, state.threads, event.at)}
    state = replace(state, opened=thread.place)
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
        waiting = (t for t in threads.values() if t.state is QUEUED and (moved.id in t.after or t is moved))
        threads |= {t.id: rewait(t, threads, event.at) for t in waiting}
    advanced = replace(state, threads=threads)
    return _take(advanced, thread.id, event.worker) if isinstance(event, e.WorkerStarted) else advanced


def _followed(state: HubState, thread: Thread, event: e.Event) -> HubState:
    known = asks.followed(state.asks, thread, event) if thread.id in state.asking else state.asks
    if isinstance(event, e.HostRefused):
        return replace(state, asks=asks.refused(known, thread, event), asked=state.asked + bool(event.ask))
    if not isinstance(event, e.Asked):
        return state if known is state.asks else replace(state, asks=known)
    name = event.ask or next_ask(state)
    return replace(state, asks=asks.asked(known, name, thread, event), asked=state.asked + 1)


def _ask(state: HubState, event: asks.AskEvent) -> HubState:
    known = asks.changed(state.asks, event)
    if known is None:
        return _misfit(state, event, f"the ask `{event.ask}` is not known, or known already")
    return replace(state, asks=known, asked=state.asked + isinstance(event, e.AskOpened))


def _take(state: HubState, thread: ThreadId, worker: str) -> HubState:
    before = state.threads.get(state.workers.get(worker, thread))
    others = {name: taken for name, taken in state.workers.items() if name != worker}
    state = replace(state, workers={**others, worker: thread})
    if before is None or (left := leave(before, worker=worker, taken=thread)) is before:
        return state
    return replace(state, threads={**state.threads, left.id: left}, asks=asks.followed(state.asks, left))


def _act(state: HubState, event: e.ActionBegan | e.ActionEnded) -> HubState:
    if isinstance(event, e.ActionEnded):
        return _end(state, event)
    began = replace(state, pending={**state.pending, event.action: event})
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
        return replace(state, asks=asks.acted(state.asks, episode, at))
    return replace(
        state, threads={**state.threads, known.id: record(known, rule=rule, episode=episode, at=at)}
    )


def _alert(state: HubState, event: e.AlertRaised | e.AlertAcknowledged | e.AlertResolved) -> HubState:
    changed = alerts.changed(state.alerts, event, number=state.alerted + 1)
    if changed is None:
        return _misfit(state, event, f"there is no alert `{event.alert}`")
    state = replace(state, alerts=changed, alerted=state.alerted + len(changed) - len(state.alerts))
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
