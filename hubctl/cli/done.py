"""`hubctl done`: a worker claims that its issue is done."""

from pathlib import Path
from typing import Annotated

from hubctl.cells.worktree import looked_at
from hubctl.cli.options import Option
from hubctl.cli.shared import tell
from hubctl.cli.words import Speaker, speaker, text_of
from hubctl.core.documents.policy import Requirement
from hubctl.core.documents.roles import Commits
from hubctl.core.messages.prompts import way_back
from hubctl.errors import HubError
from hubctl.git.repository import commits_since, dirty, elsewhere
from hubctl.project.rules import kept_rules


class Unproven(HubError):
    """What the worker can see and mend itself; the hub counts how often it is said all the same."""


def done(
    summary: Annotated[str, Option(help="What you did, for the people and the next worker.")],
) -> None:
    """Claim that the issue is done and committed. The hub judges the claim when your turn has ended.

    Refused at once, with what to do, while something is not committed; no attempt is used up by that.
    """
    said = text_of(summary, name="--summary")
    worker = speaker("done")
    try:
        _demand_evidence(worker)
    except Unproven as error:
        worker.say("unproven", error.message)
        raise
    worker.say("done", said)
    tell(
        "Recorded. End your turn now: the hub judges the claim and tells you what is missing, if anything is."
    )


def _demand_evidence(worker: Speaker) -> None:
    thread = worker.thread
    if thread is None or thread.worker is None:
        return
    worker.demand_open()
    here = looked_at(worker.place.repository, Path(thread.worker.worktree))
    rules = kept_rules(worker.place, worker.last_good)
    requires = rules.policy.requires
    if Requirement.CLEAN_WORKTREE in requires and (changed := dirty(here)):
        named = ", ".join(changed[:5])
        raise Unproven(
            f"Not everything is committed: {named}.", "Commit it or remove it, then say done again."
        )
    branch, start = thread.worker.branch, thread.worker.start_commit
    if branch and (where := elsewhere(here, branch, start)):
        raise Unproven(
            f"There is work on `{where}` that your branch `{branch}` lacks.",
            f"Bring it there, then say done again: {way_back(where, branch)}",
        )
    role = rules.roles.get(thread.role)
    needed = Requirement.COMMIT in requires and (role is None or role.commits is Commits.REQUIRED)
    if needed and not commits_since(here, start, f"refs/heads/{branch}" if branch else "HEAD"):
        raise Unproven(
            "There is no commit of yours on this branch.", "Commit your work, then say done again."
        )
