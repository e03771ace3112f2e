"""Real tmux servers on private sockets, ended and cleared away whatever the test does."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from hubctl.tmux.runtime import TmuxRuntime

_NUMBERS = count()


def _end(runtime: TmuxRuntime) -> None:
    try:
        runtime.kill_server()
    finally:
        runtime.socket_path.unlink(missing_ok=True)


@pytest.fixture
def make_runtime() -> Iterator[Callable[[str], TmuxRuntime]]:
    """Makes a runtime with a server of its own; takes the session's name."""
    with ExitStack() as ends:

        def make(session: str) -> TmuxRuntime:
            runtime = TmuxRuntime(socket=f"hubctl-test-{os.getpid()}-{next(_NUMBERS)}", session=session)
            ends.callback(_end, runtime)
            return runtime

        yield make


@pytest.fixture
def runtime(make_runtime: Callable[[str], TmuxRuntime]) -> TmuxRuntime:
    """A running server."""
    made = make_runtime("hub")
    made.ensure()
    return made
