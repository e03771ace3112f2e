"""`hubctl attach` from inside a real tmux: a person's own, and the hub's."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hubctl.core.vocabulary.values import Struct
from hubctl.ports.worker import Pane
from hubctl.tmux.program import remove_dead_socket, socket_path
from hubctl.tmux.runtime import TmuxRuntime
from support.shell import HUBCTL, Shell, opened
from support.waiting import wait_until

WAITING = (sys.executable, "-c", "input()")


class Terminals(Struct, frozen=True, kw_only=True):
    """The hub's tmux with the windows of threads 1 and 2, and a person's own tmux beside it."""

    shell: Shell
    hub: TmuxRuntime
    panes: tuple[Pane, ...]

    def own(self, *words: str) -> str:
        """A command of the person's tmux."""
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-L", "own", *words],
            env={**self.shell.env, "TERM": "screen-256color", "SHELL": "/bin/sh"},
            cwd=self.shell.checkout,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def seen(self) -> list[str]:
        """The window of the hub at which each person looks."""
        return self.hub._ask("list-clients", "-F", "#{window_id}")


@pytest.fixture
def terminals(prepared: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminals]:
    monkeypatch.setenv("TMUX_TMPDIR", prepared.env["TMUX_TMPDIR"])
    hub = TmuxRuntime(socket=f"hubctl-{prepared.place.id}", session=prepared.place.name)
    prepared.log(opened("1"), opened("2"))
    hub.ensure()
    panes = tuple(
        hub.open_window(
            name=f"t{thread}",
            cwd=prepared.checkout,
            command=WAITING,
            env={"PATH": os.defpath},
            tags={"thread": thread},
        )
        for thread in ("1", "2")
    )
    made = Terminals(shell=prepared, hub=hub, panes=panes)
    try:
        # Without a client tmux draws a new window in its session's size: enough to look at.
        made.own("new-session", "-d", "-x", "100", "-y", "30", "/bin/sh")
        yield made
    finally:
        hub.kill_server()
        made.own("kill-server")
        remove_dead_socket(socket_path("own"))


def attach(thread: str) -> str:
    """What a person types; the shell stays, so that what was said can be read."""
    return shlex.join([*HUBCTL, "attach", thread])


def test_in_a_tmux_of_ones_own_it_opens_a_window_there(terminals: Terminals) -> None:
    terminals.own("send-keys", attach("2"), "Enter")
    two = terminals.panes[1].window
    wait_until(lambda: terminals.seen() == [two], what="the worker's window is shown")
    assert terminals.own("list-windows", "-F", "#{window_name}").splitlines()[1:] == ["hub:2"]
    said = terminals.own("capture-pane", "-p", "-t", ":0")
    assert "A new window of your tmux shows it." in said
    terminals.own("send-keys", "-t", ":1", "C-b", "d")
    wait_until(lambda: terminals.seen() == [], what="the person has left")
    wait_until(lambda: len(terminals.own("list-windows").splitlines()) == 1, what="its window is gone")
    assert [pane.dead for pane in terminals.hub.panes() if pane.tags.get("thread")] == [False, False]


def test_in_the_hubs_own_tmux_it_goes_to_the_window(terminals: Terminals) -> None:
    one = terminals.panes[0].window
    terminals.own("send-keys", attach("1"), "Enter")
    wait_until(lambda: terminals.seen() == [one], what="the first worker's window is shown")
    session = f"={terminals.hub.session}:"
    command = f"cd {shlex.quote(str(terminals.shell.checkout))} && {attach('2')}; read line"
    terminals.hub._ask("new-window", "-t", session, "env", *_environment(terminals), "/bin/sh", "-c", command)
    wait_until(lambda: terminals.seen() == [terminals.panes[1].window], what="the other one is shown")
    assert len(terminals.own("list-windows").splitlines()) == 2


def _environment(terminals: Terminals) -> list[str]:
    return [f"{name}={value}" for name, value in terminals.shell.env.items()]


def test_a_tmux_that_is_gone_is_said(terminals: Terminals) -> None:
    gone = terminals.shell.hubctl("attach", "1", env={"TMUX": "/nowhere/default,1,0"})
    assert gone.returncode != 0
    assert "/nowhere/default" in gone.stderr
