"""`hubctl trigger`: one look at the board, for cron and webhooks."""

from contextlib import closing
from pathlib import Path

from hubctl import clock
from hubctl.boards.choice import ProjectTerms
from hubctl.cli.boards import board_of, named
from hubctl.cli.shared import JsonOption, RepoOption, open_log, person, print_json, request, tell
from hubctl.core.intake.notice import notice
from hubctl.core.intake.observations import BoardSilentSeen
from hubctl.core.ledger.outside_events import ThreadOpened
from hubctl.errors import HubError
from hubctl.hub.hub import only_hub
from hubctl.project.config import held_config
from hubctl.project.place import Place, is_running
from hubctl.project.rules_in_force import open_rules
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
from hubctl.watch.board import BoardLook


def trigger(repo: RepoOption = Path(), as_json: JsonOption = False) -> None:
    """Look at the board now: labels that people set become threads. A running hub looks by itself every `poll_seconds`.

    Without a hub what was seen is kept in the log, and the next `hubctl up` starts it.
    """
    place = person("trigger", repo)
    running = is_running(place)
    opened = [] if running else _look(place)
    if running:
        request(place, "trigger")
    if as_json:
        print_json({"hub": running, "opened": opened})
        return
    if running:
        tell("The hub looks at the board now.")
    elif opened:
        tell(f"Ready to start: {', '.join(opened)}. No hub runs: `hubctl up` starts them.")
    else:
        tell("Nothing new on the board asks for a worker.")


def _look(place: Place) -> list[str]:
    """This process is the hub for one look: it holds the hub's lock and writes what it saw into the log."""
    with only_hub(place), closing(open_log(place)) as log:
        return _taken(place, log)


def _taken(place: Place, log: SqliteEventLog) -> list[str]:
    history = SqliteHistory(log)
    history.read()
    known = held_config(place)
    board = board_of(place, known)
    if not board.shows:
        return []
    rules = open_rules(place).now()
    terms = ProjectTerms(place=place, config=known)
    look = BoardLook(
        board, cursor=lambda: history.state.board.cursor, terms=lambda: terms.now(rules), now=clock.now
    )
    seen = look.look()
    made = notice(history.about(seen), seen)
    if made:
        history.append(made)
    if isinstance(seen, BoardSilentSeen):
        raise HubError(f"The board `{named(known.board)}` does not answer: {seen.why}", "hubctl doctor")
    return [str(event.thread) for event in made if isinstance(event, ThreadOpened)]
