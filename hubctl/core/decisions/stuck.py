"""What follows when a thread does not move: nudges, alerts, the end, the human's ball, and what takes the alerts back.

Rule 1 (law 6): an alert is named by its rule and its occasion, and raised once. So the facts that resolve it are those
that end the occasion, never a mere look of the worker: else the same thing could happen again unsaid.
Rule 2: a rule that has nothing left but what it said calls the human, who has the ball until what was dropped is dropped no
more. That call begins no second ladder, and a worker that waits for the human may rest.
"""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.decisions.asks import reading_due, unanswerable, unanswered, will_be_read
from hubctl.core.decisions.board import board_resolved
from hubctl.core.decisions.drops import (
    HOOKS_SILENT,
    bad_wait,
    death,
    drops,
    failure,
    guarded_alerts,
    heard_again,
    limit_overdue,
    look_due,
    looked_at,
    looking,
    resolved,
    stalled,
    undispatched,
    wait_resolved,
)
from hubctl.core.decisions.endings import after_death, left
from hubctl.core.decisions.handoffs import alert_episode, called_back, handoff_due, unclaimed
from hubctl.core.decisions.ladder import (
    AT_ONCE,
    Drop,
    climb,
    is_over,
    rule_of,
    rung_due,
)
from hubctl.core.decisions.lanes import blocked
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger.actions import Action, CallHuman, Deliver, RaiseAlert, ResolveAlert, TakeBallBack
from hubctl.core.ledger.alerts import Alert
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Tally, Thread
from hubctl.core.ledger.turn_errors import HOPELESS
from hubctl.core.ledger.waits import dialog_episode
from hubctl.core.vocabulary.words import GRACE, HUMAN, ThreadState, View

S = ThreadState


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
    if _is_hopeless(thread):
        yield _hopeless(thread)
    else:
        yield from drops(policy, thread)


def followed_up(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """What is due for all that is wrong with a thread."""
    for drop in dropped(policy, state, thread, now):
        yield from looking(policy, drop, now)
        dead = thread.view is View.GONE and drop.kind in (RuleId.WORKER_DEAD, RuleId.ORPHANED)
        follow = after_death if dead and not drop.said_at else climb
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


def calls(policy: Policy, state: HubState, now: datetime) -> Iterator[Action]:
    """Who must be called, and for whom the human is called no more."""
    for thread in state.threads.values():
        if thread.state.running or thread.state is S.QUEUED:
            found = dropped(policy, state, thread, now)
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


def _is_hopeless(thread: Thread) -> bool:
    """Its turn ended by an error that a person must mend, and has mended nothing yet."""
    works = thread.state is S.WORKING and not thread.dialog and not thread.undelivered
    return works and thread.turn_error in HOPELESS


def _hopeless(thread: Thread) -> Drop:
    found = HOPELESS[thread.turn_error]
    return Drop(
        kind=RuleId.IDLE_NO_HANDOFF,
        thread=thread,
        episode=str(thread.episode),
        since=thread.ball.since,
        text=lambda: f"{found.why} ({thread.turn_error} at {thread.ball.since:%H:%M:%S} UTC)",
        cure=f"`hubctl attach {thread.id}` and {found.cure}",
        said_at=AT_ONCE,
    )


# --- the hub itself -----------------------------------------------------------------------------------------------


def hub_alerts(policy: Policy, state: HubState) -> Iterator[Action]:
    """What keeps the hub from starting workers at all, or from going by the files as they are."""
    rule = policy.rule(RuleId.UNDISPATCHED)
    if state.untrusted and not rule.off:
        files = ", ".join(f"`{file}`" for file in state.untrusted)
        yield RaiseAlert(
            because=RuleId.UNDISPATCHED,
            episode=_untrusted_episode(state),
            kind=RuleId.UNDISPATCHED,
            severity=rule.severity.value,
            text=f"No worker is started: {files} changed since it was trusted. Look at it, then `hubctl trust`",
        )
    yield from guarded_alerts(policy, state.guarded)


def unstarted(policy: Policy, state: HubState, now: datetime) -> Iterator[Action]:
    """Ready work that nothing starts, and waits that cannot end; asked after what is started now."""
    for thread in state.threads.values():
        if thread.state is S.QUEUED:
            yield from followed_up(policy, state, thread, now)


def _untrusted_episode(state: HubState) -> str:
    since = state.untrusted_since
    return f"untrusted-{round(since.timestamp() * 1000)}-{'+'.join(state.untrusted)}" if since else ""


# --- what takes an alert back -------------------------------------------------------------------------------------


def resolutions(state: HubState) -> Iterator[Action]:
    """For each open alert whose occasion is over."""
    for alert in state.open_alerts:
        why = _resolved_by(state, alert)
        if why:
            yield ResolveAlert(
                because=alert.because, episode=alert.episode, thread=alert.thread, alert=alert.id, why=why
            )


def _resolved_by(state: HubState, alert: Alert) -> str:
    thread = state.threads.get(alert.thread) if alert.thread else None
    if thread is None:
        return _resolved_of_the_hub(state, alert)
    if alert.kind in (RuleId.WAIT_BROKEN, RuleId.WAIT_CYCLE):
        return wait_resolved(state, thread, kind=alert.kind, episode=alert.episode)
    if alert.episode.startswith("failed-"):
        same = thread.state is S.FAILED and alert.episode == failure(thread).episode
        return "" if same else "it was taken up again, or is wanted no more"
    if thread.state.running:
        return _resolved_of_runner(state, thread, alert)
    waits = alert.kind == RuleId.UNDISPATCHED and thread.state is S.QUEUED
    return "" if waits else f"the thread is {thread.state.value}"


def _resolved_of_runner(state: HubState, thread: Thread, alert: Alert) -> str:
    if known := state.asks.get(alert.episode):
        return "" if known.is_open else known.over or "it was decided"
    if alert.kind == HOOKS_SILENT:
        return heard_again(thread, alert.episode)
    if alert.kind in CLIMBED:
        return _climbed_down(thread, alert)
    if alert.kind in (RuleId.ASK_UNANSWERED, RuleId.HANDOFF_UNCLAIMED):
        return _taken_back(thread, alert)
    over: dict[str, str] = {  # a log may hold a kind that no version knows
        RuleId.UNDISPATCHED: "it has started",
        RuleId.IDLE_NO_HANDOFF: "a person wrote to the worker, or it went on",
        RuleId.PROMPT_UNDELIVERED: "the worker took a prompt",
    }
    same: dict[str, str] = {
        RuleId.IDLE_NO_HANDOFF: str(thread.episode),
        RuleId.PROMPT_UNDELIVERED: _prompt_episode(thread),
    }
    return "" if alert.episode == same.get(alert.kind) else over.get(alert.kind, "")


CLIMBED = frozenset(
    {
        RuleId.STALLED,
        RuleId.LIMIT_OVERDUE,
        RuleId.PING_PONG,
        RuleId.UNPROVEN_DONE,
        RuleId.WORKER_DEAD,
        RuleId.ORPHANED,
    }
)
"""Kinds whose alert is over as soon as the very same is wrong no more."""


def _climbed_down(thread: Thread, alert: Alert) -> str:
    tallies: dict[str, Tally | None] = {
        RuleId.PING_PONG: thread.passes,
        RuleId.UNPROVEN_DONE: thread.unproven,
    }
    if alert.kind in tallies:
        tally = tallies[alert.kind]
        return (
            ""
            if tally and str(tally.episode) == alert.episode
            else "there was progress, or it is counted anew"
        )
    if alert.kind in (RuleId.WORKER_DEAD, RuleId.ORPHANED):
        return "" if thread.view is View.GONE else "its worker lives again"
    drop = stalled(thread) if alert.kind == RuleId.STALLED else limit_overdue(thread)
    return "" if drop and drop.episode == alert.episode else "it moves again"


def _taken_back(thread: Thread, alert: Alert) -> str:
    if alert.episode.startswith("dialog-"):
        same = thread.dialog and alert.episode == dialog_episode(thread)
        return "" if same else "the dialog is gone"
    away = thread.handoff and alert_episode(thread.handoff) == alert.episode
    return "" if away else "a person took the ball, or the worker did"


def _resolved_of_the_hub(state: HubState, alert: Alert) -> str:
    if over := resolved(state.guarded, alert.because, alert.episode):
        return over
    if alert.because == RuleId.UNDISPATCHED and alert.episode != _untrusted_episode(state):
        return "the files are trusted, or others changed"
    return board_resolved(state, alert.because, alert.episode)
