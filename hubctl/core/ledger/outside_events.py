"""The facts that people and the outside bring about: asks, alerts, and what happens on the board."""

from enum import StrEnum

from hubctl.core.documents.plan import Plan
from hubctl.core.ledger.event import Event
from hubctl.core.vocabulary.values import field
from hubctl.core.vocabulary.words import ThreadId


class AskKind(StrEnum):
    """What is wanted of a person."""

    PERMISSION = "permission"
    QUESTION = "question"
    PLAN = "plan"
    DIALOG = "dialog"
    """something else that stands on the worker's screen"""
    DOOR = "door"
    """a host that the doors of the worker's cell refused"""


class AskVia(StrEnum):
    """By which channel it came, and its answer goes back."""

    HOOK = "hook"
    """a hook of the worker CLI waits for the answer"""
    SCREEN = "screen"
    """only the screen tells of it, and keys answer it"""
    WORDS = "words"
    """`hubctl ask`: the answer is the worker's next prompt"""
    DOOR = "door"
    """the log of the doors: the answer opens one, or does not, and the worker is told by a message"""


class Decision(StrEnum):
    """What an answer says; a question has answers of its own."""

    ALLOW = "allow"
    DENY = "deny"
    ANSWER = "answer"


class AskOpened(Event, frozen=True, kw_only=True):
    """A worker waits. `input` is the tool's whole input as JSON, `gate` where its hook takes the answer.

    `agent` is the subagent that asks, empty for the main one; `said` what the worker said just before; `text` the words
    of the screen, `options` the labels to choose from, `yes` and `no` those of them that say just that (`ESCAPE` where a key does).
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


class AskJudged(Event, frozen=True, kw_only=True):
    """The policy's permissions leave the ask to a person; `reason` says why."""

    ask: str
    reason: str


class AskAnswered(Event, frozen=True, kw_only=True):
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


class AskClosed(Event, frozen=True, kw_only=True):
    """Nobody waits for an answer any more: it was taken (`answered`), or `why` there is no use for one."""

    ask: str
    why: str


class HostRefused(Event, frozen=True, kw_only=True):
    """The doors refused the thread's worker a host (`NAME:PORT`) that no line lists, and `ask` asks a person for it.

    Without an `ask` nobody is asked, for too many of its hosts wait for a person already.
    """

    host: str
    ask: str = ""


class HostDecided(Event, frozen=True, kw_only=True):
    """A person opened the host for this thread until it ends, or said no."""

    host: str
    opened: bool


# --- alerts -------------------------------------------------------------------------------------------------------


class AlertRaised(Event, frozen=True, kw_only=True):
    """A rule says out loud that a ball was dropped. `alert` is its id."""

    alert: str
    kind: str
    severity: str
    because: str
    episode: str
    text: str


class AlertResolved(Event, frozen=True, kw_only=True):
    """The facts took the alert back."""

    alert: str
    why: str


class AlertAcknowledged(Event, frozen=True, kw_only=True):
    """A person has seen the alert: it is not repeated. `by` is who said so."""

    alert: str
    by: str


# --- the outbox of alerts -----------------------------------------------------------------------------------------


class TargetsChanged(Event, frozen=True, kw_only=True):
    """Where alerts are delivered to from now on, by labels without secrets."""

    targets: tuple[str, ...]


class ZoneChanged(Event, frozen=True, kw_only=True):
    """The hub's wall clock is this many seconds ahead of UTC: quiet hours go by it."""

    offset: int


class NoticeSent(Event, frozen=True, kw_only=True):
    """A target took a notice: `told` has its alerts with the state in which they were told."""

    target: str
    told: dict[str, str] = field(default_factory=dict)


class NoticeFailed(Event, frozen=True, kw_only=True):
    """A target did not take a notice; it is tried again with all that it has not heard."""

    target: str
    why: str


class PlanAccepted(Event, frozen=True, kw_only=True):
    """A plan was accepted, whole. `base` is the commit that its threads start from; `plan` is its id.

    `parent` is the issue that it was made of, 0: none."""

    plan: str
    base: str
    content: Plan
    parent: int = 0


class ThreadOpened(Event, frozen=True, kw_only=True):
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


class IssueClosed(Event, frozen=True, kw_only=True):
    """The board's issue of a closed thread is closed too."""


class IssueReopened(Event, frozen=True, kw_only=True):
    """The board's issue of a thread that a person took up again is open again."""


class BoardHeard(Event, frozen=True, kw_only=True):
    """What people did on the board was taken up to here: `cursor` is the board's word, `heard` the newest act of each
    source of an issue (`NUMBER:SOURCE`). `private`: only people with access read the board.
    """

    cursor: str
    heard: dict[str, str]
    private: bool = False


class BoardFailed(Event, frozen=True, kw_only=True):
    """The board did not answer when it was asked for news. `seconds` is how long it asked to be left alone."""

    why: str
    seconds: float = 0.0


class BoardAnswered(Event, frozen=True, kw_only=True):
    """The board answers again."""


class OrderHeard(Event, frozen=True, kw_only=True):
    """A person with write access ordered something on the board, in act `act`; `refusal` says why it had no effect."""

    issue: int
    act: str
    by: str
    order: str
    refusal: str = ""


class IssueRead(Event, frozen=True, kw_only=True):
    """The text of a thread's issue as it stands on the board, as a digest. The first one is what the worker goes by."""

    text: str


class IssueLost(Event, frozen=True, kw_only=True):
    """The issue of a thread is not on the board any more."""

    why: str


class IssueShown(Event, frozen=True, kw_only=True):
    """The issue shows its thread: `label` is the state label, `face` the digest of all, `mark` what was true of the thread."""

    face: str
    label: str
    mark: str = ""


class IssueRelabelled(Event, frozen=True, kw_only=True):
    """Somebody changed the labels that the hub had set: they are set again."""

    labels: tuple[str, ...]


class PullOpened(Event, frozen=True, kw_only=True):
    """The branch of a thread, at this commit, is offered as a pull request."""

    address: str
    commit: str


class PlanAsked(Event, frozen=True, kw_only=True):
    """A person wants an issue planned, by act `act`; title and body are as they were then."""

    issue: int
    act: str
    by: str
    title: str
    body: str


class PlanProposed(Event, frozen=True, kw_only=True):
    """A model has planned an issue. It is no order before a person accepts it."""

    issue: int
    act: str
    content: Plan


class PlanDropped(Event, frozen=True, kw_only=True):
    """Nobody wants the plan of this issue any more."""

    issue: int
