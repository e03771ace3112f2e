"""What every event is (a time, maybe a thread, and a kind by which the log knows it), and the facts about a thread as a whole."""

import re
from dataclasses import dataclass
from datetime import datetime

from hubctl.core.vocabulary.words import ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`at` is aware UTC; `thread` is None for facts of the whole hub."""

    at: datetime
    thread: ThreadId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event of a kind that this version does not know, kept word for word (`data` is its JSON text)."""

    kind: str
    data: str


def kind_of(event: Event | type[Event]) -> str:
    """`WorkerStarted` is `worker-started` in the log; an unknown event keeps the kind it came with."""
    if isinstance(event, Unknown):
        return event.kind
    name = event.__name__ if isinstance(event, type) else type(event).__name__
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWritten(Event):
    """A person wrote to the worker: `hubctl send`. `number` is the request's."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptOrdered(Event):
    """A person wants the turn cut: `hubctl interrupt`."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnInterrupted(Event):
    """The turn was cut as a person ordered, or none ran; the ball is that person's now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed(Event):
    """A request that was taken had no effect after all: the message was refused, the turn could not be cut."""

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadReopened(Event):
    """A person took the thread up again after its end: with its old session (`resume`), or a fresh one."""

    resume: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadFailed(Event):
    """A rule gave the thread up; its ball is the human's."""

    rule: str
    why: str
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCanceled(Event):
    """A person does not want it any more."""

    why: str
