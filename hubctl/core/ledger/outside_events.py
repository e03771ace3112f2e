"""The facts that people and the outside bring about: asks, alerts, and what happens on the board."""

from dataclasses import dataclass, field
from enum import StrEnum

from hubctl.core.documents.plan import Plan
from hubctl.core.ledger.event import Event
from hubctl.core.vocabulary.words import ThreadId


class AskKind(StrEnum):
    """What is wanted of a person."""

    PERMISSION = "permission"
    QUESTION = "question"
    PLAN = "plan"
    DIALOG = "dialog"
    """something else that stands on the worker's screen"""


class AskVia(StrEnum):
    """By which channel it came, and its answer goes back."""

    HOOK = "hook"
    """a hook of the worker CLI waits for the answer"""
    SCREEN = "screen"
    """only the screen tells of it, and keys answer it"""
    WORDS = "words"
    """`hubctl ask`: the answer is the worker's next prompt"""


class Decision(StrEnum):
    """What an answer says; a question has answers of its own."""

    ALLOW = "allow"
    DENY = "deny"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOpened(Event):
    """A worker waits. `input` is the tool's whole input as JSON, `gate` where its hook takes the answer.

    `agent` is the subagent that asks, empty for the main one; `said` what the worker said just before; `text` the words
    of the screen, `options` the labels to choose from, `yes` and `no` those of them that say no more than that.
    """

    ask: str
    kind: AskKind
    via: AskVia
    worker: str
    tool: str = ""
    input: str = "{}"
    cwd: str = ""
    agent: str = ""
    gate: str = ""
    said: str = ""
    text: str = ""
    options: tuple[str, ...] = ()
    yes: str = ""
    no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskJudged(Event):
    """The policy's permissions leave the ask to a person; `reason` says why."""

    ask: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswered(Event):
    """It is decided, once: `by` whom and `how`. What was shown is what runs: `input` is empty, or a person's own version.

    `answers` are by the texts of the questions; `number` is the person's request (0: the policy's answer).
    """

    ask: str
    by: str
    how: str
    decision: Decision
    reason: str = ""
    input: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClosed(Event):
    """Nobody waits for an answer any more: it was taken (`answered`), or `why` there is no use for one."""

    ask: str
    why: str


# --- alerts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    """A rule says out loud that a ball was dropped. `alert` is its id."""

    alert: str
    kind: str
    severity: str
    because: str
    episode: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertResolved(Event):
    """The facts took the alert back."""

    alert: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged(Event):
    """A person has seen the alert: it is not repeated. `by` is who said so."""

    alert: str
    by: str


# --- the outbox of alerts -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsChanged(Event):
    """Where alerts are delivered to from now on, by labels without secrets."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChanged(Event):
    """The hub's wall clock is this many seconds ahead of UTC: quiet hours go by it."""

    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent(Event):
    """A target took a notice: `told` has its alerts with the state in which they were told."""

    target: str
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFailed(Event):
    """A target did not take a notice; it is tried again with all that it has not heard."""

    target: str
    why: str


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
