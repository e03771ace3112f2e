"""How issues at rest leave the working state, and how they come back: a step of the fold.

Rule: an event is folded as if nothing had ever been settled. What it names comes back first, with what that leans on, and
leaves again by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hubctl.core.documents.plan import AcceptedPlan
from hubctl.core.ledger import alerts as targets
from hubctl.core.ledger import events as e
from hubctl.core.ledger import rest
from hubctl.core.ledger.board import NOTHING
from hubctl.core.ledger.rest import Settled
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId


def named_by(event: e.Event) -> tuple[ThreadId, ...]:
    """The issues that must be known to fold the event."""
    others = _NAMED.get(type(event))
    thread = (event.thread,) if event.thread else ()
    return (*thread, *map(ThreadId, others(event))) if others else thread


# Any: the dictionary's key is the event's own type, which a Callable's parameter cannot say.
_NAMED: Mapping[type[e.Event], Callable[[Any], Iterable[str]]] = {
    e.ThreadOpened: lambda event: (str(event.issue), *event.after),
    e.HandedOff: lambda event: (event.to.partition(":")[2],),
    e.OrderHeard: lambda event: (str(event.issue),),
    e.PlanAsked: lambda event: (str(event.issue),),
    e.PlanProposed: lambda event: (str(event.issue),),
    e.PlanDropped: lambda event: (str(event.issue),),
    e.PlanAccepted: lambda event: (str(event.parent),),
    e.BoardHeard: lambda event: dict.fromkeys(source.partition(":")[0] for source in event.heard),
}


def leaning(state: HubState, names: Iterable[ThreadId]) -> tuple[ThreadId, ...]:
    """Those of these issues that are not open, and what their threads lean on."""
    found: dict[ThreadId, None] = {}
    for name in names:
        open_one = state.threads.get(name)
        if open_one is None or open_one.state.closed:
            thread = state.thread(name)
            found |= dict.fromkeys((name, *(thread.leans_on if thread else ())))
    return tuple(found)


def recalled(state: HubState, names: Iterable[ThreadId]) -> HubState:
    """The state with these issues, and what they lean on, as if they had not been settled."""
    back = [name for name in leaning(state, names) if name in state.settled]
    for name in back:
        state = _recall(state, name, state.settled[name])
    if back:
        ordered = dict(sorted(state.threads.items(), key=lambda item: item[1].place))
        state = replace(state, threads=ordered)
    return state


def handed_in(
    state: HubState, names: Iterable[ThreadId], find: Callable[[ThreadId], Settled | None]
) -> HubState:
    """The state with these issues, and what they lean on, among the settled, as far as they are kept elsewhere."""
    found, waiting, named = dict[ThreadId, Settled](), [*names], {*names}
    known = open_issues(state) if any(name not in state.threads for name in named) else state.threads
    while waiting:
        name = waiting.pop()
        there = name in known or name in state.settled or name in found
        one = None if there else find(name)
        if one:
            found[name] = one
        thread = one.thread if one else state.thread(name)
        if name in named and thread and (one or thread.state.closed):
            waiting += [other for other in thread.leans_on if other not in named]
    return replace(state, settled={**found, **state.settled}) if found else state


def open_issues(state: HubState) -> set[ThreadId]:
    """All of which the working state knows something."""
    return {*state.threads, *state.board.issues}


def _recall(state: HubState, name: ThreadId, one: Settled) -> HubState:
    rest_of = {other: kept for other, kept in state.settled.items() if other != name}
    state = replace(state, settled=rest_of, board=state.board.holding(name, one.issue))
    thread, worker = one.thread, one.thread.worker if one.thread else None
    if thread is None:
        return state
    workers = {worker.id: name, **state.workers} if worker and one.taken else state.workers
    spent = _spent(state.spent, thread, -1)
    return replace(state, threads={**state.threads, name: thread}, workers=workers, spent=spent)


def settle(state: HubState, before: HubState, named: tuple[ThreadId, ...], event: e.Event) -> HubState:
    """The state without what is at rest after the event; `before` is as it was when all that it names was recalled."""
    waiting, left = _loosened(state, before, named, event), False
    while waiting:
        name = waiting.pop()
        thread = state.threads.get(name)
        if thread and not _is_over(state, thread):
            continue
        waiting += thread.leans_on if thread else ()
        if _may_leave(state, name, thread):
            plans = len(state.plans)
            state, left = _leave(state, name, thread), True
            waiting += _parents(state) if len(state.plans) < plans else ()
    if left or isinstance(event, e.AlertResolved | e.NoticeSent | e.TargetsChanged):
        return _hushed(state)
    return state


def _loosened(
    state: HubState, before: HubState, named: tuple[ThreadId, ...], event: e.Event
) -> list[ThreadId]:
    """What the event may have left at rest."""
    found: list[ThreadId] = []
    for name in named:
        thread, old = state.threads.get(name), before.threads.get(name)
        if thread is None or thread.state.closed:
            found += [name, *(old.leans_on if old else ())]
        elif old and old.handoff is not thread.handoff and old.handoff and old.handoff.awaited:
            found.append(old.handoff.awaited)
    if isinstance(event, e.WorkerStarted | e.ThreadOpened):  # another worker stands by, a plan is filed
        found += [thread.id for thread in state.threads.values() if thread.state.closed]
    return found


def _is_over(state: HubState, thread: Thread) -> bool:
    over = thread.state.closed and rest.is_over(thread, state.alerts, state.asks, state.board)
    return over and not state.under_way(thread.id)


def _may_leave(state: HubState, name: ThreadId, thread: Thread | None) -> bool:
    """Nothing open leans on it; the thread, if there is one, is over."""
    planning = state.board.of(name).planning
    planned = planning is None or rest.is_planned(planning, name, state.board)
    if not planned or (planning and planning.accepted in state.plans):
        return False
    if thread is None:
        return bool(name) and state.board.of(name).order is None and not state.under_way(name)
    plan = state.plans.get(thread.plan)
    if plan and plan.unfiled:
        return False
    if thread.worker and thread.worker.standing and state.standing_worker(thread.role) == thread.worker:
        return False
    return not any(name in t.leans_on and not _is_over(state, t) for t in state.threads.values())


def _leave(state: HubState, name: ThreadId, thread: Thread | None) -> HubState:
    worker = thread.worker if thread else None
    taken = worker is not None and state.workers.get(worker.id) == name
    one = Settled(thread=thread, taken=taken, issue=state.board.of(name))
    if one == Settled():
        return state
    settled, board = {**state.settled, name: one}, state.board.holding(name, NOTHING)
    state = replace(state, settled=settled, board=board)
    if thread is None:
        return state
    threads = {other: kept for other, kept in state.threads.items() if other != name}
    failures = {action: why for action, why in state.failures.items() if action.split("/")[1:2] != [name]}
    state = replace(state, threads=threads, failures=failures, plans=_without_plan(state, threads, thread))
    if worker and taken:
        workers = {other: at for other, at in state.workers.items() if other != worker.id}
        state = replace(state, workers=workers, confirmed=state.confirmed - {worker.id})
    sessions = {t.worker.session for t in threads.values() if t.worker and t.worker.standing}
    known = {session: count for session, count in state.spent.items() if session in sessions}
    shared = worker is not None and worker.session in sessions
    return replace(
        state, spent=_spent({worker.session: (0, 0), **known}, thread, 1) if worker and shared else known
    )


def _spent(known: Mapping[str, tuple[int, int]], thread: Thread, sign: int) -> Mapping[str, tuple[int, int]]:
    session = thread.worker.session if thread.worker else ""
    if session not in known:
        return known
    into, out = known[session]
    return {**known, session: (into + sign * thread.input_tokens, out + sign * thread.output_tokens)}


def _without_plan(
    state: HubState, threads: Mapping[ThreadId, Thread], thread: Thread
) -> Mapping[str, AcceptedPlan]:
    """The plans but for the thread's own, if none of its threads is left."""
    plan = state.plans.get(thread.plan)
    if plan is None or any(name in threads for name in plan.filed.values()):
        return state.plans
    return {name: one for name, one in state.plans.items() if one is not plan}


def _parents(state: HubState) -> list[ThreadId]:
    """The planned issues of which no thread is left."""
    plannings = state.board.plannings.items()
    return [name for name, one in plannings if one.accepted and one.accepted not in state.plans]


def _hushed(state: HubState) -> HubState:
    """Without the alerts of which nobody has to hear any more."""
    over = targets.is_told_everywhere(state.targets, state.alerts, state.threads)
    if not over:
        return state
    kept = {name: alert for name, alert in state.alerts.items() if name not in over}
    return replace(state, alerts=kept, targets=targets.forgetting(state.targets, over))
