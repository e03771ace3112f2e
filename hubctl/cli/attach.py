"""`hubctl attach`: a person's look into a worker's pane."""

import os
from pathlib import Path
from typing import Annotated

import typer

from hubctl.cli import verb_app
from hubctl.cli.frame import RepoOption, find_thread, here, load_state, people_only
from hubctl.config import load_config
from hubctl.errors import HubError
from hubctl.hub import open_runtime

app = verb_app()


@app.command()
def attach(
    thread: Annotated[str, typer.Argument(help="The thread; none: the hub's tmux session.")] = "",
    repo: RepoOption = Path(),
) -> None:
    """Open the worker's tmux window in this terminal. Leave it with Ctrl-b d; the worker goes on."""
    place = here(repo)
    people_only("attach", place)
    runtime = open_runtime(place, load_config(place.checkout))
    window = None
    if thread:
        found = find_thread(load_state(place), thread)
        panes = [pane for pane in runtime.panes() if pane.tags.get("thread") == found.id]
        if not panes:
            raise HubError(
                f"Thread {found.id} has no pane: it is {found.state.value}.", f"`hubctl logs {found.id}`"
            )
        window = panes[-1].window
    elif runtime.server_pid() is None:
        raise HubError("No worker's terminal runs.", "Start one with `hubctl run` or `hubctl up`.")
    words = runtime.attach_words(window)
    os.execvp(words[0], words)
