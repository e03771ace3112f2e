"""`hubctl status`: who holds which ball since when, and what is late."""

import os
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from hubctl import clock
from hubctl.cli.options import Option
from hubctl.cli.shared import SHOWN, JsonOption, RepoOption, here, iso, open_log, print_json, table, tell
from hubctl.core.ledger.asks import open_asks
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.reports.status import ThreadDocument, doing, standing_documents, thread_documents
from hubctl.core.vocabulary.durations import span
from hubctl.core.vocabulary.words import GRACE, ThreadId, ThreadState
from hubctl.project.place import Place, is_running
from hubctl.store.history import SqliteHistory

HEAD = ("ID", "STATE", "BALL", "SINCE", "TRY", "TITLE", "WHAT")


def status(
    everything: Annotated[bool, Option("--all", help="Every thread that there ever was.")] = False,
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show the threads, open ones and the last that ended: state, who must act next, since when and why."""
    place = here(repo)
    state, document = status_document(place, last=-1 if everything else SHOWN)
    if as_json:
        print_json(document)
    else:
        tell(_text(state, document))


def status_document(place: Place, *issues: str, last: int) -> tuple[HubState, dict[str, Any]]:
    """The state, and the document of the CLI contract: open threads, these, and the `last` that ended."""
    with closing(open_log(place)) as log:
        history = SqliteHistory(log)
        history.read()
        state = history.shown(*issues, last=last)
        beat = log.heartbeat()
    running = bool(beat) and is_running(place)
    document = {
        "hub": {
            "running": running,
            "pid": beat.pid if beat and running else None,
            "heartbeat_at": iso(beat.at) if beat else None,
        },
        "board": _board(place, state),
        "threads": thread_documents(state, time=iso, deadlines=_deadlines(place, state, clock.now())),
        "standing": standing_documents(state),
        "asks": len(open_asks(state.asks)),
        "alerts": len(state.open_alerts),
        "untrusted": list(state.untrusted),
        "held": list(state.guarded.held),
    }
    return state, document


def _board(place: Place, state: HubState) -> dict[str, Any]:
    """`ok`: it answered when it was asked last."""
    kind = _board_kind(place.checkout)
    ok = os.access(place.db, os.W_OK) if kind == "sqlite" else state.board.outage is None
    return {"kind": kind, "ok": ok}


def _board_kind(checkout: Path) -> str:
    """By the configuration, which is read only where it may say something else than the default."""
    path = checkout / "hubctl.yaml"
    try:
        lines = path.read_bytes().splitlines()
        if not any(b"github" in line and not line.lstrip().startswith(b"#") for line in lines):
            return "sqlite"
    except OSError:
        return "sqlite"
    from hubctl.errors import HubError
    from hubctl.project.config import load_config

    try:
        return load_config(checkout).board.kind.value
    except HubError:
        return "sqlite"


def _deadlines(place: Place, state: HubState, now: datetime) -> dict[ThreadId, datetime | None]:
    """By the policy, which is read only where a thread could be late: it costs more than all the rest."""
    going = [t for t in state.threads.values() if t.state.running or t.state is ThreadState.QUEUED]
    if not going:
        return {}
    from hubctl.core.decisions.stuck import deadline
    from hubctl.errors import HubError
    from hubctl.project.rules import kept_rules

    try:
        policy = kept_rules(place, state.guarded.last_good).policy
    except HubError:
        return {}
    return {thread.id: deadline(policy, state, thread, now) for thread in going}


def _text(state: HubState, document: dict[str, Any]) -> str:
    now = clock.now()
    hub = document["hub"]
    lines = [
        f"hub: running (pid {hub['pid']})" if hub["running"] else "hub: not running; `hubctl up` starts it"
    ]
    if not document["board"]["ok"] and state.board.outage:
        since = span(now - state.board.outage.since)
        lines.append(f"board: does not answer since {since}, the workers go on; `hubctl doctor`")
    if document["untrusted"]:
        lines.append(f"not trusted, nothing starts: {', '.join(document['untrusted'])}; `hubctl trust`")
    if document["held"]:
        lines.append(f"not trusted, the trusted version holds: {', '.join(document['held'])}; `hubctl trust`")
    rows = [
        _row(thread, shown, now) for thread, shown in zip(state.everyone, document["threads"], strict=True)
    ]
    lines.append(table(rows, HEAD) if rows else "no threads; `hubctl run --planner file --plan plan.yaml`")
    for worker in document["standing"]:
        if worker["idle"]:
            lines.append(
                f"{worker['role']} waits for its next issue in {worker['worktree']}: {worker['view']}"
            )
    if document["alerts"]:
        lines.append(f"{document['alerts']} alerts: `hubctl alerts`")
    return "\n".join(lines)


def _row(thread: Thread, shown: ThreadDocument, now: datetime) -> tuple[str, ...]:
    due = shown["ball"]["deadline"]
    late = " LATE" if due and due < iso(now - GRACE) else ""
    mark = " (touches guarded files)" if thread.guarded else ""
    return (
        thread.id,
        thread.state.value + late,
        thread.ball.holder,
        span(now - thread.ball.since),
        str(thread.attempt),
        thread.title[:40],
        doing(thread) + mark,
    )
