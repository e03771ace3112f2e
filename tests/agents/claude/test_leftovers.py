"""What outlived its worker is ended, and nothing else."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from hubctl.agents.claude.leftovers import end_leftovers
from support.waiting import PATIENCE, wait_until

FOR_EVER = "echo ready; read -r _"
DEAF = f"trap '' TERM; {FOR_EVER}"
Processes = list[subprocess.Popen[bytes]]


@pytest.fixture
def started() -> Iterator[Processes]:
    processes: Processes = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(started: Processes, script: str, token: str) -> subprocess.Popen[bytes]:
    """Runs until it is ended: nothing is ever written to its input."""
    env = {"PATH": os.environ["PATH"], "HUBCTL_TOKEN": token}
    pipe = subprocess.PIPE
    process = subprocess.Popen(["bash", "-c", script], env=env, stdin=pipe, stdout=pipe)
    started.append(process)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("script", [FOR_EVER, DEAF], ids=["asked", "killed"])
def test_what_holds_the_token_is_ended(started: Processes, script: str) -> None:
    ours, other, own = (start(started, script, token) for token in ("ours", "ours-too", "ours"))
    end_leftovers("ours", but=own.pid)
    wait_until(lambda: ours.poll() is not None, PATIENCE, "it has ended")
    assert other.poll() is None
    assert own.poll() is None


def test_without_a_token_nothing_is(started: Processes) -> None:
    process = start(started, FOR_EVER, "")
    end_leftovers("")
    end_leftovers()
    assert process.poll() is None
