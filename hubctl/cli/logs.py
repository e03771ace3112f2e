"""`hubctl logs`: a worker's screen, live or as it stood last."""

import re
from pathlib import Path

import typer

from hubctl.cli import verb_app
from hubctl.cli.frame import JsonOption, RepoOption, ThreadArgument, find_thread, here, load_state, print_json
from hubctl.config import load_config
from hubctl.core.thread import Thread
from hubctl.errors import HubError
from hubctl.hub import open_runtime
from hubctl.place import Place

app = verb_app()
ESCAPES = re.compile(r"\x1b\[[0-9;:?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""A worker may print what would drive the reader's terminal."""


@app.command()
def logs(thread: ThreadArgument, repo: RepoOption = Path(), as_json: JsonOption = False) -> None:
    """Print what stands on the worker's screen; of an ended worker, what stood there last."""
    place = here(repo)
    found = find_thread(load_state(place), thread)
    text, live = _screen(place, found)
    plain = "\n".join(line.rstrip() for line in ESCAPES.sub("", text).splitlines()).strip("\n")
    if as_json:
        print_json({"thread": found.id, "live": live, "text": plain})
    else:
        typer.echo(plain)


def _screen(place: Place, thread: Thread) -> tuple[str, bool]:
    kept = _kept(place, thread)
    try:
        runtime = open_runtime(place, load_config(place.checkout))
        panes = [pane for pane in runtime.panes() if pane.tags.get("thread") == thread.id]
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
    files = (place.screens / f"w{thread.id}-{start}.txt" for start in range(thread.start, 0, -1))
    return next((file.read_text(errors="replace") for file in files if file.exists()), None)
