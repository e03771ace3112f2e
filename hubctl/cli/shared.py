"""What verbs share: finding the hub's place, who may speak, and how things are printed."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

from hubctl import clock
from hubctl.cli.options import Option
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.text import escaped, escaped_lines
from hubctl.errors import HubError, UsageError
from hubctl.ports.log import Asking
from hubctl.project.place import Place, find_place
from hubctl.store.codec import encode_time
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory

if TYPE_CHECKING:  # `hubctl status` needs no other port than the log's
    from hubctl.ports.worker import Pane

RepoOption = Annotated[
    Path,
    Option("--repo", help="The repository, if not the one around the current folder.", show_default=False),
]
LOOKING = ("attach",)
"""Verbs of people that decide nothing."""
SHOWN = 20
"""Of the threads that have ended so many are shown unasked."""
JsonOption = Annotated[bool, Option("--json", help="Print one JSON document.")]


def here(repo: Path = Path()) -> Place:
    """The place of the repository in which the verb was called."""
    return find_place(os.environ, standing(repo))


def standing(folder: Path) -> Path:
    """The folder that a person named, absolute. A mistyped name must not lead to the repository around it."""
    try:
        found = folder.absolute()
    except FileNotFoundError as error:
        raise HubError("The current folder was removed.", "Go to another one: `cd`.") from error
    if not found.exists():
        raise HubError(f"`{found}` does not exist.", "Name the repository's folder.")
    return found


def open_log(place: Place) -> SqliteEventLog:
    return SqliteEventLog(place.db)


def load_state(place: Place, *issues: str, last: int = 0) -> HubState:
    """The state by the log as it stands now; of what is settled these issues, and the `last` ones (all: below nought)."""
    with closing(open_log(place)) as log:
        history = SqliteHistory(log)
        history.read()
        return history.shown(*map(bare, issues), last=last)


def bare(name: str) -> str:
    """A thread's number as a person may write it."""
    return name.lstrip("#")


def request(place: Place, verb: str, **more: Any) -> int:
    """Writes a request down, durably, whether a hub runs or not: a person's, if not said otherwise. Returns its number."""
    with closing(open_log(place)) as log:
        return log.ask(Asking(**{"verb": verb, "by": "human", **more}), at=clock.now())


def find_thread(state: HubState, name: str) -> Thread:
    """The thread of this number. Raises UsageError that names those there are."""
    thread = state.thread(bare(name))
    if thread is None:
        known = ", ".join(each.id for each in state.everyone) or "none yet"
        raise UsageError(f"There is no thread `{name}`.", f"Threads: {known}.")
    return thread


def known_thread(place: Place, name: str) -> tuple[HubState, Thread]:
    """The thread of this number, with the state that knows it. Raises UsageError as `find_thread`."""
    state = load_state(place, name, last=SHOWN)
    return state, find_thread(state, name)


def panes_of(panes: "Iterable[Pane]", thread: Thread) -> "list[Pane]":
    """The thread's own, and that of a standing worker as long as it is there for this thread."""
    worker = thread.worker.id if thread.worker and thread.worker.alive else None
    return [
        p for p in panes if p.tags.get("thread") == thread.id or (worker and p.tags.get("worker") == worker)
    ]


def person(verb: str, repo: Path) -> Place:
    """The place in which a person called this verb. Raises HubError in a worker's pane."""
    place = here(repo)
    people_only(verb, place)
    return place


def people_only(verb: str, place: Place | None = None) -> None:
    """Human verbs refuse inside a worker's pane: by its environment, and by the ancestors of this process.

    They refuse below the hub's own tmux server, too, whose `run-shell` and new windows a worker may reach.
    """
    inside = bool(os.environ.get("HUBCTL_WORKER"))
    if not inside and place is not None and place.db.exists():
        panes = {t.worker.pid for t in load_state(place).threads.values() if t.worker and t.worker.alive}
        above = list(_ancestors(os.getpid()))
        inside = bool(panes & set(above))
        if not inside and verb not in LOOKING and any(_is_server(pid, place) for pid in above):
            raise HubError(
                f"`hubctl {verb}` is for people, and this shell runs below the hub's own tmux server.",
                "Say it in another terminal.",
            )
    if inside:
        raise HubError(
            f"`hubctl {verb}` is for people, and this is a worker's pane.",
            "A worker's words are `hubctl done`, `hubctl ask`, `hubctl handoff` and `hubctl progress`.",
        )


def _is_server(pid: int, place: Place) -> bool:
    """Whether it is the tmux server that the hub started for its workers alone (a project may name another socket)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(place.tmux_socket) in words


def _ancestors(pid: int) -> Iterable[int]:
    while pid > 1:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return
        pid = int(stat.rpartition(")")[2].split()[1])
        yield pid


def print_json(document: object) -> None:
    """In ASCII alone: a title may hold a terminal's commands, or half a character that no encoding takes."""
    put(json.dumps(document, indent=2))


def tell(text: str) -> None:
    """To people, the result: stdout."""
    put(printable(text))


def say(text: str) -> None:
    """To people, beside the result: stderr."""
    put(printable(text), sys.stderr)


def put(text: str, stream: TextIO | None = None) -> None:
    """As it is, and at once: what follows may wait for long."""
    stream = stream or sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def agreed(question: str) -> bool:
    """Whether the person at the terminal says yes."""
    sys.stderr.write(f"{question} [y/N]: ")
    sys.stderr.flush()
    return input().strip().lower() in ("y", "yes")


def editor() -> list[str]:
    """The person's own, as words to run with a file. Raises HubError where it is not there."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    words = shlex.split(named)
    if not words or shutil.which(words[0]) is None:
        raise HubError(f"The editor `{named}` is not there.", "Set `EDITOR` to one that you have.")
    return words


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """Columns as wide as they need; the last one is cut to the terminal's width."""
    lines = [list(head), *(list(map(escaped, row)) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    text = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return "\n".join(line[: columns(sys.stdout)] for line in text)


def columns(stream: TextIO) -> int:
    """The width of the terminal that this leads to; plenty where there is none."""
    if not stream.isatty():
        return 1000
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return 80


def printable(text: str) -> str:
    """Anybody's text, for a terminal."""
    return "\n".join(escaped_lines(text))


def iso(at: datetime) -> str:
    """The times in JSON: UTC, ISO 8601."""
    return encode_time(at)
