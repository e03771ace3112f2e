"""What follows when a running worker does not move: nudges, alerts, the end, and what takes the alerts back.

Rule (law 6): an alert is named by its rule and its occasion, and raised once. So the facts that resolve it are those
that end the occasion, never a mere look of the worker: else the same thing could happen again unsaid.
"""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.decisions.asks import dialog_orders, reading_due
from hubctl.core.decisions.board import board_resolved
from hubctl.core.decisions.drops import (
    HOOKS_SILENT,
    death,
    drops,
    failure,
    guarded_alerts,
    heard_again,
    idle,
    limit_overdue,
    look_due,
    looked_at,
    looking,
    resolved,
    stalled,
    undispatched,
    wait_resolved,
)
from hubctl.core.decisions.handoffs import alert_episode, handoff_due
from hubctl.core.decisions.ladder import Drop, climb, delivering_since, rule_of, rung_due, say
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.ledger.actions import Action, RaiseAlert, ResolveAlert
from hubctl.core.ledger.alerts import Alert
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Tally, Thread
from hubctl.core.ledger.turn_errors import HOPELESS
from hubctl.core.ledger.waits import dialog_episode
from hubctl.core.vocabulary.words import ThreadState, View

S = ThreadState


def stuck(policy: Policy, state: HubState, thread: Thread, now: datetime) -> Iterator[Action]:
    """What is due for a living worker that cannot go on by itself."""
    yield from dialog_orders(policy, state, thread, now)
    due = _unaccepted_due(policy, state, thread)
    if thread.undelivered or (due is not None and now >= due):
        yield from _unaccepted_alert(policy, state, thread)
    if _is_hopeless(thread):
        yield from _hopeless_alert(policy, thread)
        return
    for drop in drops(policy, thread):
        if drop.kind is RuleId.STALLED:
            yield from looking(policy, drop, now)
        yield from climb(policy, state, looked_at(policy, state, drop, now), now)


def next_rung(policy: Policy, state: HubState, thread: Thread, now: datetime) -> datetime | None:
    """When `stuck` has something new to say although nothing happens; None: never."""
    wrong = (death(thread, now),) if thread.view is View.GONE else drops(policy, thread)
    seen = (looked_at(policy, state, drop, now) for drop in wrong)
    rungs = (rung_due(rule_of(policy, thread, drop.kind), drop) for drop in seen)
    looks = (look_due(policy, drop) for drop in (stalled(thread),) if drop)
    at = (deadline(policy, thread), _unaccepted_due(policy, state, thread), reading_due(thread))
    dues = (*at, *rungs, *looks)
    return min((due for due in dues if due is not None and due > now), default=None)


def deadline(policy: Policy, thread: Thread) -> datetime | None:
    """When the holder of this thread's ball is late by a rule that acts; None where no rule of today says so."""
    if thread.handoff and not thread.dialog:
        return handoff_due(policy, thread)
    late = (drop for drop in (idle(thread), stalled(thread)) if drop)
    dues = (rung_due(rule_of(policy, thread, drop.kind), drop) for drop in late)
    return min((due for due in dues if due is not None), default=None)


# --- a prompt that is not accepted --------------------------------------------------------------------------------


def _unaccepted_due(policy: Policy, state: HubState, thread: Thread) -> datetime | None:
    """When the first prompt, or one on its way, counts as not accepted."""
    waits = _first_since(thread) or delivering_since(state, thread)
    after = rule_of(policy, thread, RuleId.PROMPT_UNDELIVERED).after
    return waits if waits is None or after is None else waits + after


def _first_since(thread: Thread) -> datetime | None:
    """Since when the worker rests and has not confirmed the first prompt of its start."""
    return thread.idle_since if thread.state is S.STARTING or thread.opening else None


def _unaccepted_alert(policy: Policy, state: HubState, thread: Thread) -> Iterator[Action]:
    first, begun = _first_since(thread), delivering_since(state, thread)
    since = thread.ball.since if thread.undelivered else first or begun or thread.ball.since
    text = thread.undelivered or "the worker is idle and has not confirmed it"
    if not thread.undelivered and not first:
        text = "it waits for a free composer: look for a draft, a dialog or a reader in the pane"
    yield from say(
        policy,
        Drop(
            kind=RuleId.PROMPT_UNDELIVERED,
            thread=thread,
            episode=_prompt_episode(thread),
            since=since,
            text=f"a prompt is not accepted since {since:%H:%M:%S} UTC: {text}",
            cure=f"`hubctl attach {thread.id}`",
        ),
    )


def _prompt_episode(thread: Thread) -> str:
    """Over when a prompt is proven, a person writes, the worker speaks, or a new process is started."""
    return f"{thread.start}-{thread.prompts}-{thread.episode}"


# --- an error that no nudge can mend ----------------------------------------------------------------------------


def _is_hopeless(thread: Thread) -> bool:
    """Its turn ended by an error that a person must mend, and has mended nothing yet."""
    works = thread.state is S.WORKING and not thread.dialog and not thread.undelivered
    return works and thread.turn_error in HOPELESS


def _hopeless_alert(policy: Policy, thread: Thread) -> Iterator[Action]:
    found = HOPELESS[thread.turn_error]
    yield from say(
        policy,
        Drop(
            kind=RuleId.IDLE_NO_HANDOFF,
            thread=thread,
            episode=str(thread.episode),
            since=thread.ball.since,
            text=f"{found.why} ({thread.turn_error} at {thread.ball.since:%H:%M:%S} UTC)",
            cure=f"`hubctl attach {thread.id}` and {found.cure}",
        ),
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


def given_up(policy: Policy, thread: Thread) -> Iterator[Action]:
    """What failed is a person's, who hears of it."""
    if thread.state is S.FAILED:
        yield from say(policy, failure(thread))


def unstarted(policy: Policy, state: HubState, now: datetime) -> Iterator[Action]:
    """Ready work that nothing starts; asked after what is started now."""
    for thread in state.threads.values():
        if drop := undispatched(policy, state, thread):
            yield from climb(policy, state, drop, now)


def left_alert(policy: Policy, thread: Thread, error: str) -> Iterator[Action]:
    """A thread that was taken up again waits for the end of its old worker, which could not be ended."""
    if error:
        yield from say(
            policy,
            Drop(
                kind=RuleId.UNDISPATCHED,
                thread=thread,
                episode=f"left-{thread.start}",
                since=thread.ball.since,
                text=f"it does not start, for its old worker could not be ended: {error}",
                cure=f"`hubctl attach {thread.id}` and /exit there",
            ),
        )


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
