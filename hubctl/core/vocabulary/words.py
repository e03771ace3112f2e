"""The words that every room uses: ids, states, holders, views.

Two enums on purpose: `ThreadState` says where the *work* stands, `View` what the *worker* looks like. The second is
observed, may be wrong, and never is the first.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final, NewType

GRACE: Final = timedelta(seconds=10)
"""A living hub acts within a turn of a deadline; a ball is late when nobody has acted for longer than this."""
ThreadId = NewType("ThreadId", str)
"""The number of the thread's issue, as text."""
ActionId = NewType("ActionId", str)
"""`because/thread/episode`: the identity of an action, so that none is given twice (law 6)."""


class ThreadState(StrEnum):
    """Few states, for people. Nothing that depends on the clock is one of them."""

    QUEUED = "queued"
    """not started, also while it waits for `after` or for capacity"""
    STARTING = "starting"
    """from the order to start until the first prompt is proven"""
    WORKING = "working"
    WAITING = "waiting"
    """started, and the ball handed away, an ask open, or a human called"""
    REVIEWING = "reviewing"
    """done is claimed and being judged"""
    DONE = "done"
    FAILED = "failed"
    """given up by a rule; stays open, for its ball is the human's"""
    CANCELED = "canceled"

    @property
    def closed(self) -> bool:
        """Closed threads have no ball."""
        return self in (ThreadState.DONE, ThreadState.CANCELED)

    @property
    def running(self) -> bool:
        """The thread has a worker and takes a slot."""
        return self in (ThreadState.STARTING, ThreadState.WORKING, ThreadState.WAITING, ThreadState.REVIEWING)


class View(StrEnum):
    """What a worker looks like, by docs/design.md#which-source-is-believed. Unknown is never idle."""

    UNKNOWN = "unknown"
    STARTING = "starting"
    BUSY = "busy"
    IDLE = "idle"
    """the turn is over, nothing runs, the composer is free"""
    WAITING = "waiting"
    """a permission dialog, a question, a plan or another dialog is open"""
    BACKGROUND = "background"
    """the turn is over, a background shell or agent still runs"""
    GONE = "gone"
    """the process has ended"""


class Proof(StrEnum):
    """How it is known that a prompt reached the worker."""

    HOOK = "hook"
    TRANSCRIPT = "transcript"


HUB = "hub"
WORKER = "worker"
HUMAN = "human"
NOBODY = "nobody"
OUTSIDE = "outside"
CLOCK = "clock"


def waits_for(thread: ThreadId) -> str:
    """The holder of a ball that another thread must throw back."""
    return f"thread:{thread}"


class Door(StrEnum):
    """How a host stands that the doors refused a thread."""

    ASKED = "asked"
    """a person is asked"""
    OPEN = "open"
    CLOSED = "closed"
    """a person said no"""


class Work(StrEnum):
    """What was made."""

    COMMIT = "commit"
    FILES = "files"


TURN_OVER = (View.IDLE, View.BACKGROUND, View.GONE)
"""A claim is judged then, and the next thread begins: a server that was left running may run for ever."""
