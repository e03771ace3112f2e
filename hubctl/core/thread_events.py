"""The facts about a thread as a whole: what people order of it, and how it ends."""

from dataclasses import dataclass

from hubctl.core.event import Event


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
