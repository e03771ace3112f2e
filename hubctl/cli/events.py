"""`hubctl events`: the log."""

import json
from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.cli import completing
from hubctl.cli.options import Option
from hubctl.cli.shared import JsonOption, RepoOption, here, iso, open_log, put
from hubctl.core.ledger.event import Event, kind_of
from hubctl.core.ledger.events import KINDS
from hubctl.core.vocabulary.text import escaped
from hubctl.errors import UsageError
from hubctl.ports.log import Logged
from hubctl.store.codec import encode_data
from hubctl.store.eventlog import SqliteEventLog

LOOK_SECONDS = 0.25


def events(
    follow: Annotated[bool, Option("--follow -f", help="Go on with what comes.")] = False,
    since: Annotated[int, Option(help="Only events with a greater sequence number.")] = 0,
    thread: Annotated[
        str,
        Option(help="Only this thread's.", show_default=False, offers=completing.threads),
    ] = "",
    kind: Annotated[
        str,
        Option(
            help="Only this kind, e.g. worker-started.",
            show_default=False,
            offers=completing.event_kinds,
        ),
    ] = "",
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Print the log of everything that happened, oldest first; with --json a JSON document a line."""
    log = open_log(here(repo))
    _refuse_unknown(kind, log)
    while True:
        for logged in log.read(since=since):
            since = logged.seq
            event = logged.event
            if (not thread or event.thread == thread) and (not kind or kind_of(event) == kind):
                put(_json(logged) if as_json else _text(logged))
        if not follow:
            return
        clock.pause(LOOK_SECONDS)


def _refuse_unknown(kind: str, log: SqliteEventLog) -> None:
    """A kind may be another version's: then it stands in the log."""
    known = {kind_of(one) for one in KINDS}
    if kind and kind not in known and all(kind_of(logged.event) != kind for logged in log.read()):
        raise UsageError(f"`{kind}` is no kind of event.", f"Kinds: {', '.join(sorted(known))}.")


def _json(logged: Logged) -> str:
    event = logged.event
    data = _data(event)
    document = {
        "seq": logged.seq,
        "at": iso(event.at),
        "kind": kind_of(event),
        "thread": event.thread,
        "data": data,
    }
    return json.dumps(document)


def _data(event: Event) -> object:
    """What another version wrote may be anything, also no JSON: then it is shown as the text it is."""
    text = encode_data(event)
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}


def _text(logged: Logged) -> str:
    event = logged.event
    return escaped(
        f"{logged.seq:>5} {event.at:%H:%M:%S} {event.thread or '-':>4} {kind_of(event)} {encode_data(event)}"
    )
