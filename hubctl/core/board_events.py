"""The facts about plans and the board's issues."""

from dataclasses import dataclass

from hubctl.core.event import Event
from hubctl.core.plan import Plan
from hubctl.core.words import ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAccepted(Event):
    """A plan was accepted, whole. `base` is the commit that its threads start from; `plan` is its id."""

    plan: str
    base: str
    content: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadOpened(Event):
    """An issue was filed and its thread is open. `key` is the issue's key in the plan; `after` are threads."""

    issue: int
    title: str
    body: str
    role: str
    plan: str
    key: str
    base: str
    after: tuple[ThreadId, ...] = ()
    validate: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueClosed(Event):
    """The board's issue of a closed thread is closed too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReopened(Event):
    """The board's issue of a thread that a person took up again is open again."""
