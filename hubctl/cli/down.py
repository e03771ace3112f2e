"""`hubctl down`: the end of the hub."""

from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.agents.claude.leftovers import end_leftovers
from hubctl.agents.claude.worker import TOKEN_FILE
from hubctl.cli.options import Option
from hubctl.cli.shared import RepoOption, person, request, tell
from hubctl.doors.rules import FOLDER, write_rules
from hubctl.errors import HubError
from hubctl.hub.hub import open_runtime
from hubctl.project import trust
from hubctl.project.config import CONFIG_FILE, load_config
from hubctl.project.place import Place, is_running
from hubctl.tmux.runtime import TmuxRuntime

END_SECONDS = 60.0
LOOK_SECONDS = 0.1


def down(
    workers: Annotated[
        bool, Option("--workers", help="End the workers too; `hubctl up` resumes them.")
    ] = False,
    repo: RepoOption = Path(),
) -> None:
    """End the hub in good order. Workers stay alive, and the next `hubctl up` takes them up again."""
    place = person("down", repo)
    runtime = _workers_server(place) if workers else None
    running = is_running(place)
    if running:
        request(place, "down")
        _wait(place)
    if runtime:
        runtime.kill_server()
        end_leftovers(*(file.read_text().strip() for file in place.workers.glob(f"*/{TOKEN_FILE}")))
        if (place.state / FOLDER).exists():
            write_rules(place.state, ())  # their doors end by themselves
    said = "The hub has ended." if running else "No hub was running."
    tell(said + (" The workers have ended too." if workers else ""))


def _workers_server(place: Place) -> TmuxRuntime:
    """Found before anything ends. A file that nobody trusts must not name the server to kill."""
    trust.demand(place, only=CONFIG_FILE)
    return open_runtime(place, load_config(place.checkout))


def _wait(place: Place) -> None:
    if not clock.wait_until(lambda: not is_running(place), seconds=END_SECONDS, every=LOOK_SECONDS):
        raise HubError(f"The hub did not end within {END_SECONDS:.0f} s.", "See `hubctl status` for its pid.")
