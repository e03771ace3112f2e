"""The alert about a worker whose hooks fell silent.

Rule: it cannot be switched off. Permissions are judged by hooks, so it tells that the rules do not reach this worker.
"""

from collections.abc import Iterator

from hubctl.core.actions import RaiseAlert
from hubctl.core.policy import Severity
from hubctl.core.thread import Thread

HOOKS_SILENT = "hooks-silent"
"""Kind and reason: no rule of the policy, as nothing of it may be set."""


def silence_alert(thread: Thread) -> Iterator[RaiseAlert]:
    """Once for each silence."""
    if thread.hookless is None or thread.worker is None or not thread.worker.alive:
        return
    yield RaiseAlert(
        because=HOOKS_SILENT,
        episode=_episode(thread),
        thread=thread.id,
        kind=HOOKS_SILENT,
        severity=Severity.CRITICAL.value,
        text=(
            f"Thread {thread.id} ({thread.title}): its worker took a prompt at {thread.hookless:%H:%M:%S} UTC and ended "
            "the turn, and no hook of it was heard: the policy judges none of its permissions any more. Look for "
            f"`disableAllHooks` in `.claude/` of `{thread.worker.worktree}`, then `hubctl stop {thread.id}`, or take it "
            f"out and `hubctl send {thread.id} -- 'Go on.'`"
        ),
    )


def _episode(thread: Thread) -> str:
    since = f"-{round(thread.hookless.timestamp() * 1000)}" if thread.hookless else ""
    return f"hooks-{thread.start}{since}"


def heard_again(thread: Thread, episode: str) -> str:
    """Why the alert of a running thread is over; empty: it is not."""
    return "" if _episode(thread) == episode else "its hooks are heard again, or a new worker was started"
