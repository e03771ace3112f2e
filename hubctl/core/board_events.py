"""The facts about plans and the board's issues."""

from dataclasses import dataclass

from hubctl.core.event import Event
from hubctl.core.plan import Plan
from hubctl.core.words import ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAccepted(Event):
    """A plan was accepted, whole. `base` is the commit that its threads start from; `plan` is its id.

    `parent` is the issue that it was made of, 0: none."""

    plan: str
    base: str
    content: Plan
    parent: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardHeard(Event):
    """What people did on the board was taken up to here: `cursor` is the board's word, `heard` the newest act of each
    source of an issue (`NUMBER:SOURCE`). `private`: only people with access read the board.
    """

    cursor: str
    heard: dict[str, str]
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFailed(Event):
    """The board did not answer when it was asked for news. `seconds` is how long it asked to be left alone."""

    why: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardAnswered(Event):
    """The board answers again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHeard(Event):
    """A person with write access ordered something on the board, in act `act`; `refusal` says why it had no effect."""

    issue: int
    act: str
    by: str
    order: str
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRead(Event):
    """The text of a thread's issue as it stands on the board, as a digest. The first one is what the worker goes by."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLost(Event):
    """The issue of a thread is not on the board any more."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueShown(Event):
    """The issue shows its thread: `label` is the state label, `face` the digest of all."""

    face: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRelabelled(Event):
    """Somebody changed the labels that the hub had set: they are set again."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOpened(Event):
    """The branch of a thread, at this commit, is offered as a pull request."""

    address: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAsked(Event):
    """A person wants an issue planned, by act `act`; title and body are as they were then."""

    issue: int
    act: str
    by: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposed(Event):
    """A model has planned an issue. It is no order before a person accepts it."""

    issue: int
    act: str
    content: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDropped(Event):
    """Nobody wants the plan of this issue any more."""

    issue: int
