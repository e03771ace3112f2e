"""`hubctl logs`: the conversation of a thread's worker, or its screen, live or as it stood last."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.agents.claude.conversation import conversation
from hubctl.agents.claude.transcripts import read_transcript_lines, transcript_path
from hubctl.cli import shared
from hubctl.cli.completing import ThreadArgument
from hubctl.cli.options import Option
from hubctl.core.ledger.thread import Thread
from hubctl.core.reports.conversation import Entry, Part, shown_entry
from hubctl.core.vocabulary.text import ESCAPE
from hubctl.errors import HubError, UsageError
from hubctl.project.place import Place
from hubctl.store.history import SqliteHistory

LOOK_SECONDS = 0.25


def logs(
    thread: ThreadArgument,
    raw: Annotated[bool, Option("--raw", help="The worker's screen, as it stands or stood last.")] = False,
    follow: Annotated[bool, Option("--follow -f", help="Go on with what comes.")] = False,
    repo: shared.RepoOption = Path(),
    as_json: shared.JsonOption = False,
) -> None:
    """Print the conversation of the thread's worker: texts, and a line for each tool.

    With --json a list of entries; with --follow too, a JSON document a line.
    """
    place = shared.here(repo)
    _, found = shared.known_thread(place, thread)
    if raw and follow:
        raise UsageError(
            "`--raw` and `--follow` do not go together.", f"Look in: `hubctl attach {found.id}`."
        )
    if follow:
        _follow(place, thread, as_json=as_json)
    path = _transcript(place, found)
    if not raw and path is not None:
        _print(list(_part(found).pick(_entries(path))), as_json=as_json)
    elif not raw and as_json:
        shared.say(f"Thread {found.id} has no transcript; its screen: hubctl logs {found.id} --raw --json")
        shared.print_json([])
    else:
        _print_screen(place, found, raw=raw, as_json=as_json)


# --- the conversation -------------------------------------------------------------------------------------------------


def _transcript(place: Place, thread: Thread) -> Path | None:
    """Where the thread's last worker writes its conversation, as soon as it does."""
    if thread.worker is None:
        return None
    from hubctl.project.config import held_config  # imported on use: completing needs no YAML

    home = held_config(place).worker.env.get("HOME") or os.environ.get("HOME") or Path.home()
    path = transcript_path(Path(home), Path(thread.worker.worktree), thread.worker.session)
    return path if path.is_file() else None


def _entries(path: Path) -> Iterator[Entry]:
    lines, offset = read_transcript_lines(path)
    while lines:
        yield from conversation(lines)
        lines, offset = read_transcript_lines(path, offset)


def _part(thread: Thread) -> Part:
    return Part(thread=thread.id, whole=thread.worker is None or not thread.worker.standing)


def _print(entries: list[Entry], *, as_json: bool) -> None:
    if as_json:
        shared.print_json([_document(entry) for entry in entries])
        return
    for entry in entries:
        shared.tell(shown_entry(entry))


def _document(entry: Entry) -> dict[str, str | None]:
    at = shared.iso(entry.at) if entry.at else None
    return {"at": at, "voice": entry.voice.value, "tool": entry.tool or None, "text": entry.text}


def _follow(place: Place, name: str, *, as_json: bool) -> None:
    """Until Ctrl-C; a worker that is started anew is followed in its own session."""
    path, offset, part = None, 0, None
    history = SqliteHistory(shared.open_log(place))
    while True:
        history.read()
        found = shared.find_thread(history.shown(shared.bare(name), last=shared.SHOWN), name)
        now = _transcript(place, found)
        if now is not None:
            part, offset = (part, offset) if part and now == path else (_part(found), 0)
            lines, offset = read_transcript_lines(now, offset)
            path = now
            for entry in part.pick(conversation(lines)):
                _print_one(entry, as_json=as_json)
        clock.pause(LOOK_SECONDS)


def _print_one(entry: Entry, *, as_json: bool) -> None:
    shared.tell(json.dumps(_document(entry)) if as_json else shown_entry(entry))


# --- the screen -------------------------------------------------------------------------------------------------------


def _print_screen(place: Place, thread: Thread, *, raw: bool, as_json: bool) -> None:
    text, live = _screen(place, thread)
    plain = "\n".join(line.rstrip() for line in ESCAPE.sub("", text).splitlines()).strip("\n")
    if as_json:
        shared.print_json({"thread": thread.id, "live": live, "text": plain})
        return
    if not raw:
        shared.say(f"Thread {thread.id} has no transcript; this is its screen.")
    shared.tell(plain)


def _screen(place: Place, thread: Thread) -> tuple[str, bool]:
    from hubctl.hub.hub import open_runtime  # heavy, and mostly not needed
    from hubctl.project.config import held_config

    kept = _kept(place, thread)
    try:
        runtime = open_runtime(place, held_config(place))
        panes = shared.panes_of(runtime.panes(), thread)
        if panes:
            return runtime.capture(panes[-1].id), not panes[-1].dead
    except HubError:
        if kept is None:
            raise
    if kept is None:
        raise HubError(f"Thread {thread.id} had no worker yet: {thread.ball.why}.", "See `hubctl status`.")
    return kept, False


def _kept(place: Place, thread: Thread) -> str | None:
    """What stood on the screen of the thread's last worker that has ended."""
    workers = [thread.worker.id] if thread.worker else []
    workers += [f"w{thread.id}-{start}" for start in range(thread.start, 0, -1)]
    files = (place.screens / f"{worker}.txt" for worker in workers)
    return next((file.read_text(errors="replace") for file in files if file.exists()), None)
