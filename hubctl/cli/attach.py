"""`hubctl attach`: a person's look into a worker's pane, also from inside a tmux."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hubctl.cli import completing
from hubctl.cli.options import Argument
from hubctl.cli.shared import RepoOption, known_thread, panes_of, person, say
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.errors import HubError

if TYPE_CHECKING:  # imported on use: completing a thread's number needs no tmux
    from hubctl.tmux.runtime import TmuxRuntime


def attach(
    thread: Annotated[
        str,
        Argument(help="The thread; none: the hub's tmux session.", offers=completing.threads),
    ] = "",
    repo: RepoOption = Path(),
) -> None:
    """Open the worker's tmux window in this terminal. Leave it with Ctrl-b d; the worker goes on.

    Inside a tmux of your own it opens as a new window there; inside the hub's tmux it goes to the worker's window.
    """
    from hubctl.hub.hub import open_runtime
    from hubctl.project.config import held_config

    place = person("attach", repo)
    runtime = open_runtime(place, held_config(place))
    window = None
    if thread:
        state, found = known_thread(place, thread)
        panes = panes_of(runtime.panes(), found)
        if not panes:
            raise HubError(
                f"Thread {found.id} has no pane: it is {found.state.value}{_whereabouts(state, found)}.",
                f"`hubctl logs {found.id}`",
            )
        window = panes[-1].window
    elif runtime.server_pid() is None:
        raise HubError("No worker's terminal runs.", "Start one with `hubctl run` or `hubctl up`.")
    words = _words(runtime, window, surrounding=os.environ.get("TMUX", ""), name=thread)
    os.execvp(words[0], words)


def _whereabouts(state: HubState, thread: Thread) -> str:
    """A standing worker that has gone on."""
    now = state.worker_thread(thread.worker.id) if thread.worker else None
    return f", and its worker is on thread {now.id}" if now and now is not thread else ""


def _words(runtime: "TmuxRuntime", window: str | None, *, surrounding: str, name: str) -> list[str]:
    """What to execute, by the tmux around this terminal: `$TMUX` is its socket, its pid and its session."""
    words = runtime.attach_words(window)
    if not surrounding:
        return words
    if surrounding.split(",")[-2:-1] == [str(runtime.server_pid())]:
        target = f"={runtime.session}:{window or ''}"
        return ["tmux", "-u", "-N", "-L", runtime.socket, "switch-client", "-t", target]
    say(
        "A new window of your tmux shows it. Leave it with Ctrl-b d, or Ctrl-b Ctrl-b d where Ctrl-b is your own "
        "tmux's key too."
    )
    folder = os.environ.get("TMUX_TMPDIR")
    sockets = [f"TMUX_TMPDIR={folder}"] if folder else ["-u", "TMUX_TMPDIR"]
    # The surrounding tmux reads a `;` as the end of its own command.
    inner = ["\\;" if word == ";" else word for word in words]
    title = f"hub:{name.lstrip('#')}" if name else "hub"
    return ["tmux", "new-window", "-n", title, "env", "-u", "TMUX", "-u", "TMUX_PANE", *sockets, *inner]
