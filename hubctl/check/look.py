"""Looks at a hub and its workers from outside: the log, the lock, processes and panes. Asks neither hub nor board.

Rules: nothing here waits for tmux longer than TMUX_SECONDS, or starts anything. What cannot be read safely is a finding,
and the look goes on with what holds without it: an untrusted file orders nothing, and hides nothing.
"""

from collections.abc import Mapping
from pathlib import Path

from hubctl.agents.claude.files import process_alive, read_object, session_path
from hubctl.agents.claude.json import text_of
from hubctl.core.documents.config import Config
from hubctl.core.documents.policy import Policy, Severity
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Worker
from hubctl.core.reports.health import Finding, HubLook, Kind, WorkerSeen
from hubctl.core.vocabulary.values import Struct, field
from hubctl.errors import HubError
from hubctl.ports.log import Heartbeat
from hubctl.project import trust
from hubctl.project.config import CONFIG_FILE, POLICY_FILE, held_config, load_policy
from hubctl.project.place import Place, is_running
from hubctl.project.rules import kept_rules
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
from hubctl.tmux.program import pane_processes

TMUX_SECONDS = 3.0
NOWHERE = Path("/nonexistent")
"""A checkout without files: what is shipped holds."""


class LookRules(Struct, frozen=True, kw_only=True):
    """What holds for a look: the project's own files where they can be read and are trusted, else the defaults."""

    config: Config
    policy: Policy
    findings: tuple[Finding, ...] = field(default=())


def read_rules(place: Place) -> LookRules:
    """As a hub has them: what was trusted, whatever stands in the checkout now. Never raises for what a person wrote;
    raises HubError where not even the defaults can be read.
    """
    config, found = Config(), []
    try:
        config = held_config(place)
    except HubError as error:
        found.append(_unread(CONFIG_FILE, "nobody can be told by its targets", error))
    try:
        policy = kept_rules(place).policy
    except HubError as error:
        policy = load_policy(NOWHERE)
        found.append(_unread(POLICY_FILE, "the shipped rules were taken", error))
    found += _untrusted(place)
    return LookRules(config=config, policy=policy, findings=tuple(found))


def _untrusted(place: Place) -> list[Finding]:
    """A dead hub tells nobody that a file has changed."""
    try:
        changed = [change.file for change in trust.changes(place)]
    except HubError as error:
        return [_unread(str(place.checkout), "it is not known whether all is trusted", error)]
    if not changed:
        return []
    text = f"changed since it was trusted: {', '.join(f'`{name}`' for name in changed[:8])}. `hubctl trust`"
    return [
        Finding(kind=Kind.FILES, severity=Severity.WARNING, thread=None, text=text, episode="+".join(changed))
    ]


def _unread(file: str, so: str, error: HubError) -> Finding:
    text = f"`{file}` was not read, so {so}: {error.message} {error.cure}"
    return Finding(kind=Kind.FILES, severity=Severity.WARNING, thread=None, text=text, episode=file)


class _Logged(Struct, frozen=True, kw_only=True):
    """What the log's file says."""

    state: HubState
    beat: Heartbeat | None
    unread: int


def look(place: Place, config: Config, env: Mapping[str, str]) -> tuple[HubState, HubLook]:
    """The state by the log, and what there is of it now. Raises HubError where the log cannot be read."""
    running = is_running(place)  # before the log: a hub that ends meanwhile has written so
    known = _read(place)
    started = (t.worker for t in known.state.threads.values() if t.state.running)
    living = [worker for worker in started if worker and worker.alive]
    socket = config.tmux_socket or place.tmux_socket
    panes = pane_processes(socket, seconds=TMUX_SECONDS) if living else {}
    home = Path(config.worker.env.get("HOME") or env.get("HOME") or Path.home())
    return known.state, HubLook(
        running=running,
        beat_at=known.beat.at if known.beat else None,
        pid=known.beat.pid if known.beat else None,
        ended_at=known.state.ended_at,
        unread=known.unread,
        workers={worker.id: _worker(worker, panes, home) for worker in living},
        terminals=panes is not None,
    )


def _read(place: Place) -> _Logged:
    if not place.db.exists():  # opening it would make an empty one, in which all is well
        raise HubError(f"`{place.db}` is gone: nothing is known.", "Restore it from a backup.")
    log = SqliteEventLog(place.db)
    try:
        state = SqliteHistory(log).read()
        unread = sum(one.verb != "down" for one in log.requests(after=state.requests))
        return _Logged(state=state, beat=log.heartbeat(), unread=unread)
    finally:
        log.close()


def _worker(worker: Worker, panes: Mapping[str, int] | None, home: Path) -> WorkerSeen:
    """tmux is believed first: a pid alone may be somebody else's by now, unless the worker's own file says its start."""
    pane = None if panes is None else panes.get(worker.pane) == worker.pid
    start = text_of(read_object(session_path(home, worker.pid)), "procStart")
    return WorkerSeen(process=bool(pane) or process_alive(worker.pid, start), pane=pane)
