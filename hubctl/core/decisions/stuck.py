"""What follows when a thread does not move: nudges, alerts, the end, the human's ball, and what takes the alerts back.

Rule 1 (law 6): an alert is named by its rule and its occasion, and raised once. So it lasts as long as its occasion, and no
mere look of the worker ends it: else the same thing could happen again unsaid.
Rule 2: a rule that has nothing left but what it said calls the human, who has the ball until what was dropped is dropped no
more. That call begins no second ladder, and a worker that waits for the human may rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from hubctl.core.decisions.asks import reading_due, unanswerable, unanswered, will_be_read
from hubctl.core.decisions.board import board_alerts
from hubctl.core.decisions.drops import (
    OVER,
    bad_wait,
    death,
    drops,
    failure,
    guarded_alerts,
    look_due,
    looked_at,
    looking,
    silence_alert,
    undispatched,
)
from hubctl.core.decisions.endings import after_death, left
from hubctl.core.decisions.handoffs import called_back, handoff_due, unclaimed
from hubctl.core.decisions.ladder import (
    AT_ONCE,
    Drop,
    is_over,
    next_actions,
    rule_of,
    rung_due,
)
from hubctl.core.decisions.lanes import blocked
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger.actions import Action, CallHuman, Deliver, RaiseAlert, ResolveAlert, TakeBallBack
from hubctl.core.ledger.alerts import Alert
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.turn_errors import TURN_ERRORS
from hubctl.core.ledger.waits import dialog_episode
from hubctl.core.vocabulary.words import GRACE, HUMAN, ThreadId, ThreadState, View

S = ThreadState
Wrong = Mapping[ThreadId, tuple[Drop, ...]]
"""All that is wrong, by thread: found once, and then followed up, told and judged."""


def dropped(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Drop]:
    """All that is wrong with an open thread, as it is by its own facts."""
    found: tuple[Drop | None, ...] = ()
    if thread.state is S.FAILED:
        found = (failure(thread),)
    elif thread.state is S.QUEUED:
        ready = left(state, thread), undispatched(policy, state, thread), blocked(policy, state, thread)
        found = (*ready, bad_wait(state, thread))
    elif thread.state.running:
        found = (unclaimed(policy, thread), bad_wait(state, thread), *unanswered(state, thread))
        found += (*_of_its_worker(policy, state, thread, now),)
    yield from (drop for drop in found if drop)


def _of_its_worker(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Drop | None]:
    if thread.view is View.GONE:
        judged = thread.state is S.REVIEWING and thread.rejection is None
        away = thread.handoff is not None and not called_back(state, thread, now)
        if not judged and not away:
            yield death(thread)
        return
    yield unanswerable(state, thread)
    yield _unaccepted(policy, state, thread)
    if _needs_mending(thread):
        yield _to_mend(thread)
    else:
        yield from drops(policy, thread)


def all_dropped(policy: Policy, state: HubState, now: datetime) -> Wrong:
    return {thread.id: tuple(dropped(policy, state, thread, now)) for thread in state.threads.values()}


def followed_up(policy: Policy, state: HubState, found: Iterable[Drop], now: datetime) -> Iterator[Action]:
    """What is due for all that is wrong with a thread; while files are not trusted that is why nothing starts."""
    for drop in found:
        if drop.kind is RuleId.UNDISPATCHED and state.untrusted and not drop.said_at:
            continue
        yield from looking(policy, drop, now)
        dead = drop.thread.view is View.GONE and drop.kind in (RuleId.WORKER_DEAD, RuleId.ORPHANED)
        follow = after_death if dead and not drop.said_at else next_actions
        yield from follow(policy, state, looked_at(policy, state, drop, now), now)


def next_rung(policy: Policy, state: HubState, thread: Thread, now: datetime) -> datetime | None:
    """When there is something new to say or do for a thread although nothing happens; None: never."""
    found = tuple(dropped(policy, state, thread, now))
    seen = (looked_at(policy, state, drop, now) for drop in found)
    rungs = (rung_due(rule_of(policy, thread, drop.kind), drop) for drop in seen)
    looks = (look_due(policy, drop) for drop in found)
    own = (handoff_due(policy, thread), reading_due(thread)) if thread.state.running else ()
    dues = (*rungs, *looks, *own)
    return min((due for due in dues if due is not None and due > now), default=None)


# --- whose ball it is, and by when --------------------------------------------------------------------------------


def calls(policy: Policy, state: HubState, wrong: Wrong, now: datetime) -> Iterator[Action]:
    """Who must be called, and for whom the human is called no more."""
    for thread in state.threads.values():
        if thread.state.running or thread.state is S.QUEUED:
            found = wrong[thread.id]
            over = [one for one in found if is_over(policy, state, one, now) and _is_left(state, one)]
            yield from _call(thread, over)


def _call(thread: Thread, over: list[Drop]) -> Iterator[Action]:
    called = thread.called
    if called and all((drop.kind, drop.episode) != (called.rule, called.episode) for drop in over):
        because, episode, number = called.rule, called.episode, thread.calls
        yield TakeBallBack(because=because, episode=episode, thread=thread.id, number=number)
    held = thread.ball.holder == HUMAN and thread.state not in (S.STARTING, S.WORKING)
    for drop in over[: not called and not held]:
        number, why = thread.calls + 1, drop.text()
        yield CallHuman(because=drop.kind, episode=drop.episode, thread=thread.id, number=number, why=why)


def _is_left(state: HubState, drop: Drop) -> bool:
    """Nobody but the human can act: no prompt is on its way, and since it was counted last nobody opened an episode."""
    thread = drop.thread
    if drop.kind is RuleId.ASK_UNANSWERED and not drop.ask and will_be_read(state, thread):
        return False
    if drop.kind is RuleId.PING_PONG and thread.handoff is None:
        return False
    if drop.kind is RuleId.UNPROVEN_DONE and thread.unproven and thread.unproven.last != thread.episode:
        return False
    brought = thread.state.running and (thread.messages or state.under_way(thread.id, Deliver))
    return drop.kind is RuleId.PROMPT_UNDELIVERED or not brought


def deadline(policy: Policy, state: HubState, thread: Thread, now: datetime) -> datetime | None:
    """When the holder of this thread's ball is late by a rule, or since when it is; None where no rule says so."""
    own = thread.own
    if not own.state.running and own.state is not S.QUEUED:
        return None
    dues = [_late_at(policy, state, drop, now) for drop in dropped(policy, state, own, now)]
    dues += [handoff_due(policy, own)] if own.state.running else []
    return min((due for due in dues if due is not None), default=None)


def _late_at(policy: Policy, state: HubState, drop: Drop, now: datetime) -> datetime | None:
    rule = rule_of(policy, drop.thread, drop.kind)
    if rule.off or rule.after is None:
        return None
    if drop.ask or drop.said_at or is_over(policy, state, drop, now):
        return drop.since + rule.after
    return rung_due(rule, drop)


def overdue(policy: Policy, state: HubState, thread: Thread, now: datetime) -> datetime | None:
    """Since when its ball is late, where it is."""
    due = deadline(policy, state, thread, now)
    return due if due is not None and now - due > GRACE else None


# --- a prompt that is not accepted --------------------------------------------------------------------------------


def _first_since(thread: Thread) -> datetime | None:
    """Since when the worker rests and has not confirmed the first prompt of its start."""
    return thread.idle_since if thread.state is S.STARTING or thread.opening else None


def _unaccepted(policy: Policy, state: HubState, thread: Thread) -> Drop | None:
    """The first prompt, or one on its way, that the worker has not confirmed."""
    first = _first_since(thread)
    begun = min((prompt.at for prompt in state.under_way(thread.id, Deliver)), default=None)
    since = thread.ball.since if thread.undelivered else first or begun
    if since is None:
        return None
    text = thread.undelivered or "the worker is idle and has not confirmed it"
    if not thread.undelivered and not first:
        text = "it waits for a free composer: look for a draft, a dialog or a reader in the pane"
    after = None if thread.undelivered else rule_of(policy, thread, RuleId.PROMPT_UNDELIVERED).after
    return Drop(
        kind=RuleId.PROMPT_UNDELIVERED,
        thread=thread,
        episode=_prompt_episode(thread),
        since=since,
        text=lambda: f"a prompt is not accepted since {since:%H:%M:%S} UTC: {text}",
        cure=f"`hubctl attach {thread.id}`",
        said_at=since + after if after else AT_ONCE,
    )


def _prompt_episode(thread: Thread) -> str:
    """Over when a prompt is proven, a person writes, the worker speaks, or a new process is started."""
    return f"{thread.start}-{thread.prompts}-{thread.episode}"


# --- an error that no nudge can mend ----------------------------------------------------------------------------


def _needs_mending(thread: Thread) -> bool:
    """Its turn ended by an error that a person must mend, and has mended nothing yet."""
    works = thread.state is S.WORKING and not thread.dialog and not thread.undelivered
    return works and thread.turn_error in TURN_ERRORS


def _to_mend(thread: Thread) -> Drop:
    found = TURN_ERRORS[thread.turn_error]
    return Drop(
        kind=RuleId.IDLE_NO_HANDOFF,
        thread=thread,
        episode=str(thread.episode),
        since=thread.ball.since,
        text=lambda: f"{found.why} ({thread.turn_error} at {thread.ball.since:%H:%M:%S} UTC)",
        cure=f"`hubctl attach {thread.id}` and {found.cure}",
        said_at=AT_ONCE,
    )


# --- what is said, and taken back ---------------------------------------------------------------------------------


def announced(policy: Policy, state: HubState) -> Iterator[tuple[datetime, RaiseAlert]]:
    """What is wrong beside the threads' balls, and when it is said: files, the board, hooks that are silent."""
    for alert in (*_untrusted(policy, state), *guarded_alerts(policy, state.guarded)):
        yield AT_ONCE, alert
    yield from board_alerts(policy, state)
    for thread in state.threads.values():
        if thread.state.running:
            yield from ((AT_ONCE, alert) for alert in silence_alert(thread))


def announcements(policy: Policy, state: HubState, now: datetime) -> Iterator[RaiseAlert]:
    """Those that are due."""
    return (alert for at, alert in announced(policy, state) if at <= now)


def _untrusted(policy: Policy, state: HubState) -> Iterator[RaiseAlert]:
    """What keeps the hub from starting workers at all."""
    rule, since = policy.rule(RuleId.UNDISPATCHED), state.untrusted_since
    if not state.untrusted or since is None or rule.off:
        return
    files = ", ".join(f"`{file}`" for file in state.untrusted)
    yield RaiseAlert(
        because=RuleId.UNDISPATCHED,
        episode=f"untrusted-{round(since.timestamp() * 1000)}-{'+'.join(state.untrusted)}",
        kind=RuleId.UNDISPATCHED,
        severity=rule.severity.value,
        text=f"No worker is started: {files} changed since it was trusted. Look at it, then `hubctl trust`",
    )


def resolutions(policy: Policy, state: HubState, wrong: Wrong) -> Iterator[Action]:
    """For each open alert that says what is wrong no more: what was said lasts as long as its occasion."""
    if not state.open_alerts:
        return
    lasting = {(drop.kind, drop.thread.id, drop.episode) for found in wrong.values() for drop in found}
    said = {(alert.kind, alert.thread, alert.episode) for _, alert in announced(policy, state)}
    for alert in state.open_alerts:
        thread = state.threads.get(alert.thread) if alert.thread else None
        why = OVER.get(alert.because, "")  # a log may hold a kind that no version knows
        if thread and not thread.state.running:
            why = f"the thread is {thread.state.value}"
        if not why or (alert.kind, alert.thread, alert.episode) in lasting | said:
            continue
        if thread is None or not _lasts(thread, alert):
            yield ResolveAlert(
                because=alert.because, episode=alert.episode, thread=alert.thread, alert=alert.id, why=why
            )


def _lasts(thread: Thread, alert: Alert) -> bool:
    """Rule 1: these last longer than the facts that began them."""
    limit = thread.handoff if thread.handoff and thread.handoff.limit else None
    occasions: dict[str, str] = {
        RuleId.IDLE_NO_HANDOFF: str(thread.episode),
        RuleId.PROMPT_UNDELIVERED: _prompt_episode(thread),
        RuleId.ASK_UNANSWERED: dialog_episode(thread) if thread.dialog else "",
        RuleId.LIMIT_OVERDUE: str(limit.episode) if limit else "",
        RuleId.PING_PONG: str(thread.passes.episode) if thread.passes else "",
        RuleId.UNPROVEN_DONE: str(thread.unproven.episode) if thread.unproven else "",
    }
    return thread.state.running and alert.episode == occasions.get(alert.kind)
