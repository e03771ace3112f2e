"""The thread: the hub's side of an issue, as plain values. What may change them stands in `transitions`."""

from collections.abc import Mapping
from datetime import datetime

from hubctl.core.ledger.event import HumanCalled, MessageWritten
from hubctl.core.ledger.outside_events import HostRefused, ThreadOpened
from hubctl.core.ledger.worker_events import ClaimRejected, WorkerStarted
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.core.vocabulary.words import Door, ThreadId, ThreadState, View

OVER_LIMIT = "over-limit"
"""Why a thread failed whose worker's cell used more than it may; no rule of the policy."""


class Ball(Struct, frozen=True, kw_only=True):
    """The duty to make the next move: who has it, since when, and why."""

    holder: str
    since: datetime
    why: str


class Handoff(Struct, frozen=True, kw_only=True):
    """The ball of a started thread, handed away by its worker or taken by a person.

    `to` is a holder; `until` is when a clock's time is over; `ask` is the worker's question, where it is one;
    `episode` is the thread's when it was made, its own for good. `limit`: the worker CLI itself rests until then.
    """

    to: str
    why: str
    since: datetime
    episode: int
    until: datetime | None = None
    ask: str = ""
    limit: bool = False

    @property
    def awaited(self) -> ThreadId | None:
        """The thread that the ball was handed to."""
        kind, _, name = self.to.partition(":")
        return ThreadId(name) if kind == "thread" else None


class Tally(Struct, frozen=True, kw_only=True):
    """How often something happened since it was forgotten last; `at` is the last time, `episode` that of the first."""

    count: int
    at: datetime
    episode: int
    last: int = 0
    """the thread's episode that last time"""


class Worker(WorkerStarted, frozen=True, kw_only=True):
    """The worker of a thread, as it was last started. `session`, `pane` and `alive` are what was seen last."""

    alive: bool = True
    before: tuple[str, ...] = ()
    """the sessions that it was in before `session`: `/clear` begins another"""

    @property
    def id(self) -> str:
        return self.worker


class Acted(Struct, frozen=True, kw_only=True):
    """What a rule has done for a thread in an episode: how many rungs of its ladder, the last one when."""

    episode: str
    rungs: int
    at: datetime


class Called(HumanCalled, frozen=True, kw_only=True):
    """A human was called, for a rule has nothing left but what it said.

    `state` and `ball` are what the thread would have without: they go on by its own facts, and hold again afterwards.
    """

    state: ThreadState
    ball: Ball


class Thread(ThreadOpened, frozen=True, kw_only=True):
    """Everything that the hub knows of an issue's work: what opened it, and what came of it since."""

    thread: ThreadId
    state: ThreadState
    ball: Ball
    place: int = 0
    """its number in the order in which threads were opened"""
    attempt: int = 1
    start: int = 0
    resume: bool = False
    proven: bool = False
    """a prompt of the hub has reached a worker of this thread once: its conversation is worth resuming"""
    prompts: int = 0
    """how many prompts of the hub were proven"""
    heard: frozenset[str] = frozenset()
    """the identities of all prompts that reached its workers (`core/ledger/prompt_marks.py`)"""
    queued: frozenset[str] = frozenset()
    """the texts, as marks, that waited in a worker's queue when they were heard"""
    messages: tuple[MessageWritten, ...] = ()
    """of people, in their order, until each is proven or refused"""
    opening: tuple[int, ...] = ()
    """the numbers of the messages that the first prompt of this start holds"""
    moved_at: datetime | None = None
    """when something of the worker moved last: a word of the model, a prompt, a change of its looks"""
    tool_until: datetime | None = None
    """when the time limit of the tool is over that it called last"""
    retry_at: datetime | None = None
    """when the API is asked again, as its screen said in a silence that lasts"""
    hookless: datetime | None = None
    """when a turn of its worker began of which no hook told, until one is heard again"""
    orphaned: bool = False
    """its worker was found dead when the hub came back"""
    passes: Tally | None = None
    """how often the ball was handed away without progress in between"""
    unproven: Tally | None = None
    """how often done was claimed without the evidence"""
    undelivered: str = ""
    """why a prompt of the hub was not accepted"""
    deaths: tuple[datetime, ...] = ()
    worker: Worker | None = None
    view: View = View.UNKNOWN
    view_why: str = ""
    idle_since: datetime | None = None
    """since when the turn is over; None while one runs. Moves with the clock's jumps."""
    turn_error: str = ""
    dialog: str = ""
    dialog_cure: str = ""
    dialog_answerable: bool = False
    handoff: Handoff | None = None
    called: Called | None = None
    calls: int = 0
    """how often a human was called"""
    interrupt: int = 0
    """the request that wants the turn cut, until it is carried out"""
    claims: int = 0
    summary: str = ""
    rejection: ClaimRejected | None = None
    """what the last judged claim lacked, until the worker has been told"""
    commit: str = ""
    guarded: tuple[str, ...] = ()
    work: str = ""
    """how its checkout looked when something was made there last: an opaque word"""
    hosts: Mapping[str, Door] = field(default_factory=dict)
    """what the doors refused it as `NAME:PORT`, and how each stands since, until the thread ends"""
    crowded: HostRefused | None = None
    """the first refusal of which nobody was asked, until a person has decided on a host that waits"""
    note: str = ""
    """the worker's last `progress`: data for people"""
    episode: int = 1
    acted: Mapping[str, Acted] = field(default_factory=dict)
    failed_by: str = ""
    """the rule by which it was given up, `start-failed`, or `OVER_LIMIT`"""
    cure: str = ""
    issue_closed: bool = False
    reopened: int = 0
    """how often a person took it up again after its end"""
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def id(self) -> ThreadId:
        return self.thread

    @property
    def own(self) -> "Thread":
        """The thread by its own facts: the state and the ball that it has but for the human who was called."""
        return replace(self, state=self.called.state, ball=self.called.ball) if self.called else self

    @property
    def open_hosts(self) -> tuple[str, ...]:
        """What a person opened for it."""
        return tuple(host for host, door in self.hosts.items() if door is Door.OPEN)

    @property
    def asked_hosts(self) -> tuple[str, ...]:
        """What a person is asked for."""
        return tuple(host for host, door in self.hosts.items() if door is Door.ASKED)

    @property
    def awaited_host(self) -> str:
        """The host for which it may rest, now that its turn is over; empty where a person is asked for none."""
        return next(iter(self.asked_hosts), "") if self.view is View.IDLE else ""

    @property
    def leans_on(self) -> tuple[ThreadId, ...]:
        """The threads of which something must be known as long as this one is not at rest."""
        awaited = self.handoff.awaited if self.handoff else None
        return (*self.after, awaited) if awaited else self.after
