"""`hubctl stop`: a thread that a person does not want any more."""

from pathlib import Path

from hubctl.cli.completing import ThreadArgument
from hubctl.cli.shared import RepoOption, known_thread, person, request, tell
from hubctl.core.vocabulary.words import ThreadState
from hubctl.errors import HubError
from hubctl.project.place import is_running


def stop(thread: ThreadArgument, repo: RepoOption = Path()) -> None:
    """Cancel a thread: its worker is ended and its issue closed as not planned; branch and worktree stay.

    A standing worker's turn is cut, and it goes on with its next issue.
    """
    place = person("stop", repo)
    _, found = known_thread(place, thread)
    if found.state is ThreadState.DONE:
        raise HubError(f"Thread {found.id} is done: there is nothing to stop.")
    if found.state is ThreadState.CANCELED:
        tell(f"Thread {found.id} is canceled already.")
        return
    request(place, "stop", thread=found.id)
    later = "" if is_running(place) else " No hub runs: it is stopped by the next `hubctl up`."
    tell(f"Thread {found.id} ({found.title}) will be stopped.{later}")
