"""Every fact of the hub: one frozen dataclass a kind, past tense, appended to the log and never changed.

Rules: an event says what happened, never what shall happen (that is an action). A new field gets a default, so that
old logs still read. The kind's name in the log is the class's name in kebab case. Those of workers, asks,
threads, the board and alerts have modules of their own; this is the one door to all of them.
"""

from hubctl.core.ledger.event import Event as Event
from hubctl.core.ledger.event import InterruptOrdered as InterruptOrdered
from hubctl.core.ledger.event import MessageWritten as MessageWritten
from hubctl.core.ledger.event import RequestFailed as RequestFailed
from hubctl.core.ledger.event import ThreadCanceled as ThreadCanceled
from hubctl.core.ledger.event import ThreadFailed as ThreadFailed
from hubctl.core.ledger.event import ThreadReopened as ThreadReopened
from hubctl.core.ledger.event import TurnInterrupted as TurnInterrupted
from hubctl.core.ledger.event import Unknown as Unknown
from hubctl.core.ledger.event import kind_of as kind_of
from hubctl.core.ledger.outside_events import AlertAcknowledged as AlertAcknowledged
from hubctl.core.ledger.outside_events import AlertRaised as AlertRaised
from hubctl.core.ledger.outside_events import AlertResolved as AlertResolved
from hubctl.core.ledger.outside_events import AskAnswered as AskAnswered
from hubctl.core.ledger.outside_events import AskClosed as AskClosed
from hubctl.core.ledger.outside_events import AskJudged as AskJudged
from hubctl.core.ledger.outside_events import AskOpened as AskOpened
from hubctl.core.ledger.outside_events import BoardAnswered as BoardAnswered
from hubctl.core.ledger.outside_events import BoardFailed as BoardFailed
from hubctl.core.ledger.outside_events import BoardHeard as BoardHeard
from hubctl.core.ledger.outside_events import IssueClosed as IssueClosed
from hubctl.core.ledger.outside_events import IssueLost as IssueLost
from hubctl.core.ledger.outside_events import IssueRead as IssueRead
from hubctl.core.ledger.outside_events import IssueRelabelled as IssueRelabelled
from hubctl.core.ledger.outside_events import IssueReopened as IssueReopened
from hubctl.core.ledger.outside_events import IssueShown as IssueShown
from hubctl.core.ledger.outside_events import NoticeFailed as NoticeFailed
from hubctl.core.ledger.outside_events import NoticeSent as NoticeSent
from hubctl.core.ledger.outside_events import OrderHeard as OrderHeard
from hubctl.core.ledger.outside_events import PlanAccepted as PlanAccepted
from hubctl.core.ledger.outside_events import PlanAsked as PlanAsked
from hubctl.core.ledger.outside_events import PlanDropped as PlanDropped
from hubctl.core.ledger.outside_events import PlanProposed as PlanProposed
from hubctl.core.ledger.outside_events import PullOpened as PullOpened
from hubctl.core.ledger.outside_events import TargetsChanged as TargetsChanged
from hubctl.core.ledger.outside_events import ThreadOpened as ThreadOpened
from hubctl.core.ledger.outside_events import ZoneChanged as ZoneChanged
from hubctl.core.ledger.worker_events import AnswerOrdered as AnswerOrdered
from hubctl.core.ledger.worker_events import Asked as Asked
from hubctl.core.ledger.worker_events import ClaimAccepted as ClaimAccepted
from hubctl.core.ledger.worker_events import ClaimRejected as ClaimRejected
from hubctl.core.ledger.worker_events import DialogClosed as DialogClosed
from hubctl.core.ledger.worker_events import DialogOpened as DialogOpened
from hubctl.core.ledger.worker_events import DoneClaimed as DoneClaimed
from hubctl.core.ledger.worker_events import DoneRefused as DoneRefused
from hubctl.core.ledger.worker_events import FeedbackProven as FeedbackProven
from hubctl.core.ledger.worker_events import HandedOff as HandedOff
from hubctl.core.ledger.worker_events import HooksHeard as HooksHeard
from hubctl.core.ledger.worker_events import HooksSilent as HooksSilent
from hubctl.core.ledger.worker_events import MessageProven as MessageProven
from hubctl.core.ledger.worker_events import ProgressReported as ProgressReported
from hubctl.core.ledger.worker_events import PromptProven as PromptProven
from hubctl.core.ledger.worker_events import PromptTaken as PromptTaken
from hubctl.core.ledger.worker_events import PromptUndelivered as PromptUndelivered
from hubctl.core.ledger.worker_events import RetryAnnounced as RetryAnnounced
from hubctl.core.ledger.worker_events import SessionChanged as SessionChanged
from hubctl.core.ledger.worker_events import SourcesDisagreed as SourcesDisagreed
from hubctl.core.ledger.worker_events import StartFailed as StartFailed
from hubctl.core.ledger.worker_events import TokensCounted as TokensCounted
from hubctl.core.ledger.worker_events import TurnFailed as TurnFailed
from hubctl.core.ledger.worker_events import ViewChanged as ViewChanged
from hubctl.core.ledger.worker_events import WorkChanged as WorkChanged
from hubctl.core.ledger.worker_events import WorkerAssigned as WorkerAssigned
from hubctl.core.ledger.worker_events import WorkerDied as WorkerDied
from hubctl.core.ledger.worker_events import WorkerEnded as WorkerEnded
from hubctl.core.ledger.worker_events import WorkerStarted as WorkerStarted
from hubctl.core.vocabulary.values import field
from hubctl.core.vocabulary.words import ActionId

# --- the hub ------------------------------------------------------------------------------------------------------


class HubStarted(Event, frozen=True, kw_only=True):
    """A hub took the lock."""

    pid: int
    version: str


class HubStopped(Event, frozen=True, kw_only=True):
    """A hub ended in good order."""

    why: str


class ClockJumped(Event, frozen=True, kw_only=True):
    """The machine slept or its clock was corrected: deadlines of worker, hub and human move by `seconds`."""

    seconds: float


class RequestTaken(Event, frozen=True, kw_only=True):
    """A CLI verb's request was read; `refusal` says why it had no effect (empty: it had)."""

    number: int
    verb: str
    by: str
    refusal: str = ""


class TrustChanged(Event, frozen=True, kw_only=True):
    """The files that can order things and differ from what was trusted; none: all is as trusted.

    While there are `files` nothing is started; in place of those in `held` the version holds that was trusted.
    """

    files: tuple[str, ...]
    held: tuple[str, ...] = ()


class PolicyLoaded(Event, frozen=True, kw_only=True):
    """The rules of these files hold from now on: each file's SHA-256. Without a file the shipped rules hold."""

    files: dict[str, str]


class PolicyRefused(Event, frozen=True, kw_only=True):
    """The newest trusted rules cannot be read, and those before them hold on; `why` names file and line."""

    why: str


class GitChanged(Event, frozen=True, kw_only=True):
    """Files of git that can make it execute things differ from those at the hub's start: each one's SHA-256."""

    files: dict[str, str]


# --- policy at work -----------------------------------------------------------------------------------------------


class ActionBegan(Event, frozen=True, kw_only=True):
    """An order to the outside world is about to be carried out (law 3: durable before the effect)."""

    action: ActionId
    name: str
    because: str
    episode: str
    words: dict[str, str] = field(default_factory=dict)


class ActionEnded(Event, frozen=True, kw_only=True):
    """The order was carried out, or failed with `error`.

    `unreached`: the board did not answer, and asked to be left alone for `seconds`: the order is given again.
    """

    action: ActionId
    error: str = ""
    unreached: bool = False
    seconds: float = 0.0


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
    IssueShown,
    IssueRelabelled,
    IssueRead,
    IssueLost,
    PullOpened,
    BoardHeard,
    BoardFailed,
    BoardAnswered,
    OrderHeard,
    PlanAsked,
    PlanProposed,
    PlanDropped,
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
    RetryAnnounced,
    HooksSilent,
    HooksHeard,
    WorkerDied,
    WorkerEnded,
    TokensCounted,
    ProgressReported,
    WorkChanged,
    HandedOff,
    Asked,
    AskOpened,
    AskJudged,
    AskAnswered,
    AskClosed,
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
