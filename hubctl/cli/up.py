"""`hubctl up`: the supervisor."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

from hubctl import clock
from hubctl.cli.options import Option
from hubctl.cli.shared import RepoOption, open_log, person, say, tell
from hubctl.core.ledger.state import HubState
from hubctl.core.reports.status import news
from hubctl.core.vocabulary.text import escaped
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.hub.hub import Hub, only_hub, open_hub
from hubctl.project.place import Place, is_running

START_SECONDS = 30.0
LOOK_SECONDS = 0.25


def up(
    detach: Annotated[bool, Option("--detach -d", help="Run in the background, in no tmux.")] = False,
    repo: RepoOption = Path(),
) -> None:
    """Start the hub: it files what is accepted, starts workers, follows them, and takes up what an earlier hub left."""
    place = person("up", repo)
    if detach:
        pid = start_detached(place)
        tell(f"The hub runs (pid {pid}); it writes to {place.hub_output}. `hubctl down` ends it.")
        return
    hub = open_hub(place, os.environ)
    _say_note(hub)
    told: SimpleQueue[HubState | None] = SimpleQueue()
    interrupted = threading.Event()
    _end_at_signals(hub, interrupted)
    with only_hub(place):
        say(f"The hub of {place.checkout} runs (pid {os.getpid()}). Ctrl-C ends it; the workers stay alive.")
        teller = threading.Thread(target=_tell, args=(told,), name="teller", daemon=True)
        teller.start()
        try:
            hub.run(told.put)
        finally:
            told.put(None)
            teller.join()
    if interrupted.is_set():
        say("\nThe workers stay alive. Go on with `hubctl up`, look with `hubctl status`.")
        raise KeyboardInterrupt


def _end_at_signals(hub: Hub, interrupted: threading.Event) -> None:
    """The first Ctrl-C lets the hub end its turn and write down that it ended; the second one is Python's own."""

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupted.set()
        hub.end()

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, lambda *_: hub.end())


def _tell(told: SimpleQueue[HubState | None]) -> None:
    """Prints what changes, a line each: in a thread of its own, for a terminal may be held."""
    for before, state in pairwise(iter(told.get, None)):
        for line in news(before, state):
            say(f"{clock.now():%H:%M:%S} {escaped(line)}")


def _say_note(hub: Hub) -> None:
    if hub.note:
        say(f"Note: {hub.note}")


def start_detached(place: Place) -> int:
    """Starts a hub of its own process, in no tmux, and returns its pid once its heart beats. Raises HubError with why."""
    _say_note(open_hub(place, os.environ))  # what is wrong is said here, not in a file
    if is_running(place):
        raise HubError(f"A hub runs already for `{place.checkout}`.", "See `hubctl status`.")
    with writing(place.hub_output), place.hub_output.open("a") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "hubctl", "up", "--repo", str(place.checkout)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )
    with closing(open_log(place)) as log:
        beat = clock.wait_until(
            log.heartbeat,
            lambda beat: (beat and beat.pid == child.pid) or child.poll() is not None,
            seconds=START_SECONDS,
            every=LOOK_SECONDS,
        )
    if beat and beat.pid == child.pid:
        return child.pid
    child.terminate()
    raise HubError("The hub did not start.", f"Read `{place.hub_output}`.")
