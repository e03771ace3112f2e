"""A look at the panes from outside: it starts nothing, and does not wait for a server that hangs."""

import os
from pathlib import Path

import pytest

from hubctl.tmux.program import pane_processes
from hubctl.tmux.runtime import TmuxRuntime
from support.waiting import PATIENCE, wait_until


def open_window(runtime: TmuxRuntime, folder: Path, *command: str) -> tuple[str, int]:
    pane = runtime.open_window(
        name="w", cwd=folder, command=command, env={"PATH": os.environ["PATH"]}, tags={"worker": "w1-1"}
    )
    return pane.id, pane.pid


def test_living_panes_have_their_pid_and_dead_ones_none(runtime: TmuxRuntime, tmp_path: Path) -> None:
    living, pid = open_window(runtime, tmp_path, "tail", "-f", "/dev/null")
    dead, _ = open_window(runtime, tmp_path, "false")
    wait_until(
        lambda: dead not in (pane_processes(runtime.socket, seconds=10) or {dead}), PATIENCE, "the death"
    )
    found = pane_processes(runtime.socket, seconds=10)
    assert found is not None
    assert found[living] == pid
    assert pane_processes("hubctl-test-of-nobody", seconds=10) == {}
    assert not (runtime.socket_path.parent / "hubctl-test-of-nobody").exists()


@pytest.mark.parametrize(
    "text", ["#!/bin/sh\nexec tail -f /dev/null\n", "#!/bin/sh\necho lost >&2\nexit 1\n", ""]
)
def test_no_answer_is_not_no_panes(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if text:
        (tmp_path / "tmux").write_text(text)
        (tmp_path / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin" if text else str(tmp_path))
    assert pane_processes("s", seconds=0.3) is None
