"""`hubctl inbox`: everything that workers wait on a person for, in one place."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.cli import shared
from hubctl.cli.ask_shown import lines_of
from hubctl.cli.completing import open_asks_here
from hubctl.cli.options import Argument, Option
from hubctl.core.ledger.asks import Ask, open_asks
from hubctl.core.ledger.state import HubState
from hubctl.core.messages.asks import cure_of, in_a_line, told
from hubctl.core.reports.status import ask_documents
from hubctl.core.vocabulary.durations import span
from hubctl.errors import UsageError
from hubctl.project.place import Place
from hubctl.store.history import SqliteHistory

HEAD = ("ID", "KIND", "RISK", "THREAD", "SINCE", "UNTIL", "WHAT")
LOOK_SECONDS = 0.5
CLEAR = "\x1b[H\x1b[2J"


def inbox(
    name: Annotated[
        str,
        Argument(metavar="[ID]", help="Only this one, and all of it.", offers=open_asks_here),
    ] = "",
    watch: Annotated[bool, Option("--watch", help="Show it anew whenever it changes; Ctrl-C ends.")] = False,
    repo: shared.RepoOption = Path(),
    as_json: shared.JsonOption = False,
) -> None:
    """List what waits for you: permissions, questions, plans, dialogs and refused hosts of all workers.

    `hubctl approve`, `hubctl deny` and `hubctl answer` decide them; so does an answer in the worker's own pane.
    """
    place = shared.here(repo)
    reader = SqliteHistory(shared.open_log(place))
    reader.read()
    if watch:
        _watch(reader, name, place)
    elif as_json:
        asks, due = _chosen(reader.state, name), _deadlines(place, reader.state)
        shared.print_json(ask_documents(asks, time=shared.iso, deadline=due, risk=_risks(reader.state)))
    elif name:
        _show(reader.state, name)
    else:
        shared.tell(_text(reader.state, place))


def _chosen(state: HubState, name: str) -> tuple[Ask, ...]:
    if not name:
        return open_asks(state.asks)
    if name not in state.asks:
        known = ", ".join(ask.id for ask in open_asks(state.asks)) or "none"
        raise UsageError(f"There is no ask `{name}`.", f"Open: {known}.")
    return (state.asks[name],)


def _show(state: HubState, name: str) -> None:
    (ask,) = _chosen(state, name)
    for line in lines_of(ask, state.thread(ask.thread)):
        shared.put(line)
    shared.tell(cure_of(ask) if ask.is_open else f"over: {told(ask)}")


def _text(state: HubState, place: Place) -> str:
    asks = open_asks(state.asks)
    if not asks:
        return "nothing waits for you"
    now, due = clock.now(), _deadlines(place, state)
    risk = _risks(state)
    rows = [_row(state, ask, now, due(ask), risk(ask)) for ask in asks]
    return shared.table(rows, HEAD)


def _row(state: HubState, ask: Ask, now: datetime, due: datetime | None, risk: str) -> tuple[str, ...]:
    thread = state.thread(ask.thread)
    late = "LATE" if due and due < now else f"{due.astimezone():%H:%M}" if due else ""
    title = f"{ask.thread} {thread.title[:24]}" if thread else ask.thread
    return ask.id, ask.kind.value, risk, title, span(now - ask.at), late, in_a_line(ask)


def _risks(state: HubState) -> Callable[[Ask], str]:
    from hubctl.permissions.risk import shown_risk

    return lambda ask: shown_risk(ask, state.thread(ask.thread))


def _deadlines(place: Place, state: HubState) -> Callable[[Ask], datetime | None]:
    """By the rules in force; none where they cannot be read."""
    from hubctl.core.decisions.asks import ask_due
    from hubctl.errors import HubError
    from hubctl.project.rules import kept_rules

    try:
        policy = kept_rules(place, state.guarded.last_good).policy
    except HubError:
        return lambda _: None
    return lambda ask: ask_due(policy, state, ask)


def _watch(reader: SqliteHistory, name: str, place: Place) -> None:
    shown, clear = None, CLEAR if sys.stdout.isatty() else ""
    while True:
        state = reader.read()
        asks = _chosen(state, name)
        if asks != shown:
            shown = asks
            shared.put(f"{clear}{_text(state, place)}")
        clock.pause(LOOK_SECONDS)
