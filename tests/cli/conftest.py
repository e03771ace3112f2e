"""A person in a repository: at first unprepared, then with a hub's state, then with all that a hub needs."""

import os
from pathlib import Path

import pytest

from support.shell import Shell


@pytest.fixture
def shell(repository: Path) -> Shell:
    """A repository with one commit that hubctl does not know yet."""
    return Shell.make(repository)


@pytest.fixture
def prepared(shell: Shell) -> Shell:
    """The same after `hubctl init`, without any file that orders things."""
    shell.prepare()
    return shell


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """The same with a worker CLI that is logged in: `up` would run."""
    shell.configure()
    shell.log_in()
    return shell


@pytest.fixture
def pane(prepared: Shell) -> dict[str, str]:
    """What the environment of a worker's pane says; its thread is 1."""
    return {
        "HUBCTL_WORKER": "w1-1",
        "HUBCTL_TOKEN": "a-token",
        "HUBCTL_STATE": str(prepared.place.state),
        "PATH": os.environ["PATH"],
    }
