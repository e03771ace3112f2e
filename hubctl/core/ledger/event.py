"""What every event is (a time, maybe a thread, and a kind by which the log knows it), and the facts about a thread as a whole."""

from datetime import datetime

from hubctl.core.vocabulary.values import Struct, kebab
from hubctl.core.vocabulary.words import ThreadId


class Event(Struct, frozen=True, kw_only=True):
    """`at` is aware UTC; `thread` is None for facts of the whole hub."""

    at: datetime
    thread: ThreadId | None = None


class Unknown(Event, frozen=True, kw_only=True):
    """An event of a kind that this version does not know, kept word for word (`data` is its JSON text)."""

    kind: str
    data: str


def kind_of(event: Event | type[Event]) -> str:
    """`WorkerStarted` is `worker-started` in the log; an unknown event keeps the kind it came with."""
    if isinstance(event, Unknown):
        return event.kind
    return kebab(event if isinstance(event, type) else type(event))


class MessageWritten(Event, frozen=True, kw_only=True):
    """A person wrote to the worker: `hubctl send`. `number` is the request's.

    `patient`: a person decided, and the hub wrote it; where a dialog is open it waits, and is not refused.
    """

    number: int
    text: str
    patient: bool = False


class InterruptOrdered(Event, frozen=True, kw_only=True):
    """A person wants the turn cut: `hubctl interrupt`."""

    number: int


class TurnInterrupted(Event, frozen=True, kw_only=True):
    """The turn was cut as a person ordered, or none ran; the ball is that person's now."""


class RequestFailed(Event, frozen=True, kw_only=True):
    """A request that was taken had no effect after all: the message was refused, the turn could not be cut."""

    number: int
    why: str


class ThreadReopened(Event, frozen=True, kw_only=True):
    """A person took the thread up again after its end: with its old session (`resume`), or a fresh one."""

    resume: bool
    why: str


class ThreadFailed(Event, frozen=True, kw_only=True):
    """A rule gave the thread up; its ball is the human's."""

    rule: str
    why: str
    cure: str = ""


class HumanCalled(Event, frozen=True, kw_only=True):
    """The ladder of a rule has nothing left but what it said: the human must act. `why` is what was said."""

    rule: str
    episode: str
    why: str


class BallTakenBack(Event, frozen=True, kw_only=True):
    """What a human was called for is over by itself: whoever had the ball before has it again."""


class ThreadCanceled(Event, frozen=True, kw_only=True):
    """A person does not want it any more."""

    why: str
