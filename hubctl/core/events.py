"""Every fact of the hub: one frozen dataclass a kind, past tense, appended to the log and never changed.

Rules: an event says what happened, never what shall happen (that is an action). A new field gets a default, so that
old logs still read. The kind's name in the log is the class's name in kebab case. Those of workers stand in
`worker_events`; this is the one door to all of them.
"""

from dataclasses import dataclass, field

from hubctl.core.event import Event as Event
from hubctl.core.event import Unknown as Unknown
from hubctl.core.event import kind_of as kind_of
from hubctl.core.plan import Plan
from hubctl.core.words import ActionId, ThreadId
from hubctl.core.worker_events import AnswerOrdered as AnswerOrdered
from hubctl.core.worker_events import Asked as Asked
from hubctl.core.worker_events import ClaimAccepted as ClaimAccepted
from hubctl.core.worker_events import ClaimRejected as ClaimRejected
from hubctl.core.worker_events import DialogClosed as DialogClosed
from hubctl.core.worker_events import DialogOpened as DialogOpened
from hubctl.core.worker_events import DoneClaimed as DoneClaimed
from hubctl.core.worker_events import DoneRefused as DoneRefused
from hubctl.core.worker_events import FeedbackProven as FeedbackProven
from hubctl.core.worker_events import HandedOff as HandedOff
from hubctl.core.worker_events import InterruptOrdered as InterruptOrdered
from hubctl.core.worker_events import MessageProven as MessageProven
from hubctl.core.worker_events import MessageWritten as MessageWritten
from hubctl.core.worker_events import ProgressReported as ProgressReported
from hubctl.core.worker_events import PromptProven as PromptProven
from hubctl.core.worker_events import PromptTaken as PromptTaken
from hubctl.core.worker_events import PromptUndelivered as PromptUndelivered
from hubctl.core.worker_events import RequestFailed as RequestFailed
from hubctl.core.worker_events import SessionChanged as SessionChanged
from hubctl.core.worker_events import SourcesDisagreed as SourcesDisagreed
from hubctl.core.worker_events import StartFailed as StartFailed
from hubctl.core.worker_events import ThreadCanceled as ThreadCanceled
from hubctl.core.worker_events import ThreadFailed as ThreadFailed
from hubctl.core.worker_events import ThreadReopened as ThreadReopened
from hubctl.core.worker_events import TokensCounted as TokensCounted
from hubctl.core.worker_events import TurnFailed as TurnFailed
from hubctl.core.worker_events import TurnInterrupted as TurnInterrupted
from hubctl.core.worker_events import ViewChanged as ViewChanged
from hubctl.core.worker_events import WorkerAssigned as WorkerAssigned
from hubctl.core.worker_events import WorkerDied as WorkerDied
from hubctl.core.worker_events import WorkerEnded as WorkerEnded
from hubctl.core.worker_events import WorkerStarted as WorkerStarted

# --- the hub ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStarted(Event):
    """A hub took the lock."""

    pid: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStopped(Event):
    """A hub ended in good order."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJumped(Event):
    """The machine slept or its clock was corrected: deadlines of worker, hub and human move by `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTaken(Event):
    """A CLI verb's request was read; `refusal` says why it had no effect (empty: it had)."""

    number: int
    verb: str
    by: str
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustChanged(Event):
    """The files that can order things and differ from what was trusted; none: all is as trusted.

    While there are `files` nothing is started; in place of those in `held` the version holds that was trusted.
    """

    files: tuple[str, ...]
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLoaded(Event):
    """The rules of these files hold from now on: each file's SHA-256. Without a file the shipped rules hold."""

    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRefused(Event):
    """The newest trusted rules cannot be read, and those before them hold on; `why` names file and line."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GitChanged(Event):
    """Files of git that can make it execute things differ from those at the hub's start: each one's SHA-256."""

    files: dict[str, str]


# --- plan and board -----------------------------------------------------------------------------------------------


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


# --- policy at work -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionBegan(Event):
    """An order to the outside world is about to be carried out (law 3: durable before the effect)."""

    action: ActionId
    name: str
    because: str
    episode: str
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEnded(Event):
    """The order was carried out, or failed with `error`."""

    action: ActionId
    error: str = ""


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


KINDS: tuple[type[Event], ...] = (
    HubStarted,
    HubStopped,
    ClockJumped,
    RequestTaken,
    TrustChanged,
    PolicyLoaded,
    PolicyRefused,
    GitChanged,
    PlanAccepted,
    ThreadOpened,
    IssueClosed,
    IssueReopened,
    WorkerAssigned,
    WorkerStarted,
    StartFailed,
    PromptProven,
    FeedbackProven,
    PromptUndelivered,
    PromptTaken,
    ViewChanged,
    SessionChanged,
    SourcesDisagreed,
    DialogOpened,
    AnswerOrdered,
    DialogClosed,
    TurnFailed,
    WorkerDied,
    WorkerEnded,
    TokensCounted,
    ProgressReported,
    HandedOff,
    Asked,
    DoneClaimed,
    ClaimAccepted,
    ClaimRejected,
    DoneRefused,
    MessageWritten,
    MessageProven,
    InterruptOrdered,
    TurnInterrupted,
    RequestFailed,
    ThreadFailed,
    ThreadCanceled,
    ThreadReopened,
    ActionBegan,
    ActionEnded,
    AlertRaised,
    AlertAcknowledged,
    AlertResolved,
    TargetsChanged,
    ZoneChanged,
    NoticeSent,
    NoticeFailed,
)
"""All kinds that this version writes, in the order of the documentation."""
