"""What a pull request says: made of the state, and marked where the branch could order things."""

from collections.abc import Iterator

from hubctl.core.board import PullRequest
from hubctl.core.state import HubState
from hubctl.core.thread import Thread

GUARDED = (
    "**This branch changes files that can make hubctl, git, CI or the worker program execute things: read them before you"
    " merge.** hubctl itself never merges such a branch."
)
MARK = "[orders] "
"""Before the title, so that it is seen in every list."""


def pull_request(state: HubState, thread: Thread, *, draft: bool) -> PullRequest:
    """For the finished branch of this thread."""
    branch = thread.worker.branch if thread.worker else ""
    title = f"{MARK if thread.guarded else ''}{thread.title}"
    return PullRequest(branch=branch, title=title, body="\n\n".join(_body(state, thread)), draft=draft)


def _body(state: HubState, thread: Thread) -> Iterator[str]:
    yield f"Closes #{thread.issue}."
    if thread.guarded:
        yield "\n".join([GUARDED, "", *(f"- `{file}`" for file in thread.guarded)])
    others = [state.threads[name] for name in thread.after if name in state.threads]
    if others:
        yield f"Holds the branches of {', '.join(f'#{other.issue}' for other in others)} too: merge those first."
