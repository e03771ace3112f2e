"""`hubctl retry`: a thread that failed or was canceled is tried again."""

from pathlib import Path
from typing import Annotated

from hubctl.cli.completing import ThreadArgument
from hubctl.cli.options import Option
from hubctl.cli.orders import SentRequest
from hubctl.cli.shared import RepoOption, tell
from hubctl.core.vocabulary.words import ThreadState

SECONDS = 10.0


def retry(
    thread: ThreadArgument,
    resume: Annotated[
        bool, Option("--resume", help="Go on with the old conversation instead of a fresh one.")
    ] = False,
    repo: RepoOption = Path(),
) -> None:
    """Queue a thread anew that has failed or was canceled: attempts count from 1, branch and worktree are kept."""
    order = SentRequest("retry", repo)
    found = order.find(thread)
    label = f"Thread {found.id} ({found.title})"
    if found.state is ThreadState.QUEUED:
        tell(f"{label} is queued already.")
        return
    order.give(found, words={"resume": "yes"} if resume else {})
    if order.follow(lambda *_: False, seconds=SECONDS):
        tell(f"{label} is queued again.")
    else:
        tell(f"{label} is to be tried again. {order.later()}")
