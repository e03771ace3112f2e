"""Whether a hub and its threads are well, as somebody sees them who only looks: `hubctl check`, with no hub to ask.

Rules: the hub's death is proven by its lock, its illness by its heartbeat. What can be told without tmux is. A living
hub tells its alerts and asks itself, so `check` delivers those only when it is dead (`tells_itself`).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from hubctl.core.decisions.stuck import overdue
from hubctl.core.documents.policy import Policy, RuleId, Severity
from hubctl.core.ledger.asks import open_asks
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.waits import failing_targets, is_wait_broken
from hubctl.core.vocabulary.durations import span
from hubctl.core.vocabulary.values import Struct, field
from hubctl.core.vocabulary.words import ThreadId, ThreadState

UP = "`hubctl up --detach`"
NAMED = 5


class Level(IntEnum):
    """The exit codes of the monitoring plugins' convention."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class Kind(StrEnum):
    """What can be wrong, in the order in which it is told."""

    HUB_DEAD = "hub-dead"
    HUB_STARTED = "hub-started"
    """it was dead, and `--fix` has started it"""
    WORKER_DEAD = "worker-dead"
    LATE = "late"
    ASK = "ask-unanswered"
    ALERT = "alert"
    UNDELIVERED = "alert-undelivered"
    TMUX = "tmux"
    FILES = "files"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is wrong; `text` ends with what to do, `episode` tells this occasion from the next one."""

    kind: Kind
    severity: Severity
    thread: ThreadId | None
    text: str
    episode: str

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.thread or 'hub'}/{self.episode}"


class WorkerSeen(Struct, frozen=True, kw_only=True):
    """`process`: the one that was started still runs. `pane` is None where tmux did not answer."""

    process: bool
    pane: bool | None


class HubLook(Struct, frozen=True, kw_only=True):
    """What was seen from outside. `running`: a living process holds the hub's lock."""

    running: bool
    beat_at: datetime | None = None
    """of the last heartbeat; None after an orderly end, and before the first hub"""
    pid: int | None = None
    ended_at: datetime | None = None
    """when the last hub ended in good order; None where it did not"""
    unread: int = 0
    """requests of verbs that no hub has read"""
    workers: Mapping[str, WorkerSeen] = field(default_factory=dict)
    terminals: bool = True
    """tmux answered, or nobody needed it to"""


def findings(policy: Policy, state: HubState, seen: HubLook, now: datetime) -> tuple[Finding, ...]:
    """All that is wrong, the worst first."""
    found = [
        *_hub(policy, state, seen, now),
        *_workers(policy, state, seen),
        *_late(policy, state, now),
        *_asks(policy, state, now),
    ]
    found += [*_alerts(state, told={one.thread for one in found}), *_undelivered(state), *_terminals(seen)]
    return worst_first(found)


def worst_first(found: list[Finding]) -> tuple[Finding, ...]:
    order = list(Kind)
    return tuple(sorted(found, key=lambda one: (one.severity is Severity.WARNING, order.index(one.kind))))


def level(found: tuple[Finding, ...]) -> Level:
    if not found:
        return Level.OK
    critical = any(one.severity is Severity.CRITICAL for one in found)
    return Level.CRITICAL if critical else Level.WARNING


def may_pass(found: tuple[Finding, ...], seen: HubLook) -> bool:
    """What a living hub may mend while one looks: a beat after the machine slept, a death that it just notices."""
    return seen.running and any(one.kind in (Kind.HUB_DEAD, Kind.WORKER_DEAD) for one in found)


def tells_itself(finding: Finding, *, running: bool) -> bool:
    """The hub delivers it, as one of its own alerts."""
    return running and finding.kind in (Kind.ALERT, Kind.ASK)


def needing(state: HubState) -> tuple[ThreadId, ...]:
    """The open threads for which a hub has something to do or to watch."""
    return tuple(
        thread.id
        for thread in state.threads.values()
        if thread.state.running or (thread.state is ThreadState.QUEUED and not is_wait_broken(state, thread))
    )


def is_needed(state: HubState, seen: HubLook) -> bool:
    """Threads, issues that are not filed yet, or what people said to a hub that was not there."""
    return bool(needing(state) or seen.unread or any(plan.unfiled for plan in state.plans.values()))


def performance(policy: Policy, state: HubState, seen: HubLook, now: datetime) -> dict[str, int | None]:
    """The numbers behind the summary; None is unknown. `heartbeat_age` is in seconds."""
    threads = [thread for thread in state.threads.values() if not thread.state.closed]
    return {
        "threads": len(threads),
        "late": sum(overdue(policy, state, thread, now) is not None for thread in threads),
        "asks": sum(_asked_at(state, thread) is not None for thread in threads),
        "alerts": len(state.open_alerts),
        "workers": sum(one.process for one in seen.workers.values()),
        "heartbeat_age": max(0, round((now - seen.beat_at).total_seconds())) if seen.beat_at else None,
    }


# --- the hub ------------------------------------------------------------------------------------------------------


def _hub(policy: Policy, state: HubState, seen: HubLook, now: datetime) -> Iterator[Finding]:
    rule = policy.rule(RuleId.HUB_DEAD)
    after = rule.after or timedelta(0)
    if rule.off:
        return
    needed = is_needed(state, seen)
    if seen.running:
        if seen.beat_at is not None and now - seen.beat_at > after:
            text = (
                f"The hub (pid {seen.pid}) runs, yet its heart stands still for {span(now - seen.beat_at)}."
            )
            yield _dead(f"{text} `kill {seen.pid}`, then {UP}", rule.severity, f"stuck-{seen.pid}")
    elif seen.beat_at is not None:  # the lock is free and the heartbeat stands: it was killed
        text = f"The hub (pid {seen.pid}) was killed: it gave the last sign of life {span(now - seen.beat_at)} ago"
        severity = rule.severity if needed else Severity.WARNING
        yield _dead(f"{text}{_for_whom(state, seen)}. {UP}", severity, _mark(seen.beat_at))
    elif needed and (seen.ended_at is None or now - seen.ended_at > after):
        since = f"since {span(now - seen.ended_at)}" if seen.ended_at else "yet"
        episode = _mark(seen.ended_at) if seen.ended_at else "never"
        yield _dead(f"No hub runs {since}{_for_whom(state, seen)}. {UP}", rule.severity, episode)


def _dead(text: str, severity: Severity, episode: str) -> Finding:
    return Finding(kind=Kind.HUB_DEAD, severity=severity, thread=None, text=text, episode=episode)


def _for_whom(state: HubState, seen: HubLook) -> str:
    threads = needing(state)
    if threads:
        more = f" and {len(threads) - NAMED} more" if threads[NAMED:] else ""
        named = f"{', '.join(threads[:NAMED])}{more}"
        return f", and threads {named} need it" if threads[1:] else f", and thread {named} needs it"
    return ", and a request waits for it" if is_needed(state, seen) else ", and nothing needs it now"


# --- the threads --------------------------------------------------------------------------------------------------


def _workers(policy: Policy, state: HubState, seen: HubLook) -> Iterator[Finding]:
    for thread in state.threads.values():
        worker = thread.worker
        look = seen.workers.get(worker.id) if worker and thread.state.running else None
        rule = policy.rule(RuleId.WORKER_DEAD, role=thread.role, labels=frozenset(thread.labels))
        if worker is None or look is None or rule.off or (look.process and look.pane is not False):
            continue
        who = f"Thread {thread.id} ({thread.title}): the worker"
        if look.process:
            severity, text = Severity.WARNING, f"{who} runs, yet tmux has no pane of it"
        else:
            severity, text = rule.severity, f"{who} is dead"
        cure = f"`hubctl logs {thread.id}`" if seen.running else UP
        yield Finding(
            kind=Kind.WORKER_DEAD,
            severity=severity,
            thread=thread.id,
            text=f"{text} (pid {worker.pid}). {cure}",
            episode=worker.id,
        )


def _late(policy: Policy, state: HubState, now: datetime) -> Iterator[Finding]:
    for thread in state.threads.values():
        due = overdue(policy, state, thread, now)
        if due is not None and _asked_at(state, thread) is None:
            yield Finding(
                kind=Kind.LATE,
                severity=Severity.WARNING,
                thread=thread.id,
                text=f"Thread {thread.id} ({thread.title}): {thread.ball.holder} has the ball and is late by"
                f" {span(now - due)} ({thread.ball.why}). `hubctl logs {thread.id}`",
                episode=_mark(thread.ball.since),
            )


def _asked_at(state: HubState, thread: Thread) -> datetime | None:
    """Since when a person's answer is waited for."""
    asked = [ask.at for ask in open_asks(state.asks, thread.id)]
    if thread.dialog and not asked:
        return thread.ball.since
    return min(asked, default=None)


def _asks(policy: Policy, state: HubState, now: datetime) -> Iterator[Finding]:
    for thread in state.threads.values():
        rule = policy.rule(RuleId.ASK_UNANSWERED, role=thread.role, labels=frozenset(thread.labels))
        since = _asked_at(state, thread) if thread.state.running and not rule.off else None
        if since is None or now - since < (rule.after or timedelta(0)):
            continue
        what = thread.dialog or thread.ball.why
        yield Finding(
            kind=Kind.ASK,
            severity=rule.severity,
            thread=thread.id,
            text=f"Thread {thread.id} ({thread.title}) waits for a person since {span(now - since)}: {what}."
            f" `hubctl inbox`, or `hubctl attach {thread.id}`",
            episode=_mark(since),
        )


def _alerts(state: HubState, *, told: set[ThreadId | None]) -> Iterator[Finding]:
    """Those that nobody has acknowledged, unless the thread's own finding says it already."""
    for alert in state.open_alerts:
        if alert.state == "raised" and (alert.thread is None or alert.thread not in told):
            severity = Severity(alert.severity)
            yield Finding(
                kind=Kind.ALERT, severity=severity, thread=alert.thread, text=alert.text, episode=alert.id
            )


def _undelivered(state: HubState) -> Iterator[Finding]:
    for target in failing_targets(state):
        since = target.failing_since
        text = f"Alerts do not reach `{target.name}`: {target.why.rstrip('.')}. Look at `alerts.targets` of `hubctl.yaml`"
        yield Finding(
            kind=Kind.UNDELIVERED,
            severity=Severity.WARNING,
            thread=None,
            text=text,
            episode=f"{target.name}-{_mark(since) if since else ''}",
        )


def _terminals(seen: HubLook) -> Iterator[Finding]:
    if not seen.terminals:
        text = "tmux did not answer, so the workers were looked for as processes only. `hubctl doctor`"
        yield Finding(kind=Kind.TMUX, severity=Severity.WARNING, thread=None, text=text, episode="silent")


def _mark(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))
