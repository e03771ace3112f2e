"""What a run leaves behind is found, whatever it is, and cleared away."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import leftovers
from support.leftovers import Run
from support.waiting import wait_until

WAITS = [sys.executable, "-c", "import sys; sys.stdin.read()"]


@pytest.fixture
def run(repository: Path) -> Iterator[Run]:
    run = leftovers.begin(repository)
    yield run
    leftovers.clear(run)


@pytest.fixture
def strange_server(run: Run) -> Iterator[Path]:
    """The socket of a tmux server that began after the run, and knows nothing of it."""
    socket = Path(os.environ["TMUX_TMPDIR"]) / f"tmux-{os.getuid()}" / f"hubctl-strange-{run.id[:4]}"
    tmux = ["tmux", "-L", socket.name, "-f", os.devnull]
    subprocess.run([*tmux, "new-session", "-d", "cat"], check=True)
    yield socket
    subprocess.run([*tmux, "kill-server"], check=True)
    socket.unlink(missing_ok=True)


def found(run: Run) -> list[str]:
    return leftovers.find(run, seconds=0)


def test_a_run_that_left_nothing(run: Run) -> None:
    assert found(run) == []


@pytest.mark.parametrize("by", ["environment", "words", "directory"])
def test_a_process_is_found_by_whatever_names_the_run(run: Run, by: str) -> None:
    env = {"PATH": os.environ["PATH"], **(leftovers.environment(run) if by == "environment" else {})}
    words = [*WAITS, run.id] if by == "words" else WAITS
    place = run.tmp if by == "directory" else Path(os.sep)
    with subprocess.Popen(words, env=env, cwd=place, stdin=subprocess.PIPE) as process:
        try:
            wait_until(
                lambda: any(f"process {process.pid}:" in what for what in found(run)), what="the process"
            )
        finally:
            process.kill()
    assert found(run) == []


def test_a_tmux_server_of_the_run_is_found_alive_and_dead(run: Run) -> None:
    env = {**os.environ, "TMUX_TMPDIR": str(run.tmp)}
    tmux = ["tmux", "-L", "any-name", "-f", os.devnull]
    subprocess.run([*tmux, "new-session", "-d", "cat"], env=env, check=True)
    assert any("/any-name, of " in what for what in found(run))
    subprocess.run([*tmux, "kill-server"], env=env, check=True)
    wait_until(lambda: not leftovers.processes(run.id), what="the end of the server")
    assert any(what.startswith("tmux socket:") for what in found(run))  # kill-server leaves the socket's file


def test_a_new_socket_in_the_users_folder_is_found(run: Run, strange_server: Path) -> None:
    dead = strange_server.parent / f"hubctl-dead-{run.id[:4]}"
    dead.touch()
    try:
        assert found(run) == [f"tmux socket: {dead}, of nobody known"]  # and not the living stranger's
    finally:
        dead.unlink()


def test_a_file_is_found(run: Run) -> None:
    (run.tmp / "forgotten").touch()
    assert found(run) == [f"file: {run.tmp / 'forgotten'}"]


def test_a_changed_checkout_is_found(run: Run, repository: Path) -> None:
    (repository / "new file").touch()
    (repository / "README.md").write_text("other", encoding="utf-8")
    assert found(run) == [
        "changed in the checkout:  M README.md",
        'changed in the checkout: ?? "new file"',
    ]


def test_clearing_ends_and_removes_all(run: Run) -> None:
    env = {**os.environ, **leftovers.environment(run), "TMUX_TMPDIR": str(run.tmp)}
    subprocess.run(["tmux", "-L", "left", "-f", os.devnull, "new-session", "-d", "cat"], env=env, check=True)
    with subprocess.Popen(WAITS, env=env, stdin=subprocess.PIPE):
        wait_until(lambda: len(leftovers.processes(run.id)) >= 2, what="the processes")
        leftovers.clear(run)
    wait_until(lambda: not leftovers.processes(run.id), what="the end of the processes")
    assert not run.folder.exists()
