"""What stands on a board and what people do there, as values: the words between the core and every board.

Rule (law 7): what is written on a board is data. Who did something is told by the act's own event or comment, never by
a text; `counts` says whether that person has write access.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from hubctl.core.vocabulary.values import Struct, field
from hubctl.core.vocabulary.words import ThreadState

MARKER = "hub"
"""The label that every issue of the hub keeps for good: by it the board is read."""
READY = "hub:ready"
RUNNING = "hub:running"
BLOCKED = "hub:blocked"
REVIEW = "hub:review"
FAILED = "hub:failed"
PLAN = "hub:plan"
"""Set by a person: the issue is planned, and its plan waits for `hub:ready`."""
STATE_LABELS = (READY, RUNNING, BLOCKED, REVIEW, FAILED)
"""An issue of the hub has one of them at most, beside the marker; a closed one has none."""


class Label(Struct, frozen=True, kw_only=True):
    """A label as `init` makes it. `color` is six hexadecimal digits."""

    name: str
    color: str
    description: str


class Face(Struct, frozen=True, kw_only=True):
    """What an issue shows of its thread: one state label (empty: none), and the text of the hub's one comment (empty: none)."""

    label: str = ""
    comment: str = ""


class PullRequest(Struct, frozen=True, kw_only=True):
    """The offer to merge a finished branch that is on the remote already. `base` empty: the repository's default branch."""

    branch: str
    title: str
    body: str
    base: str = ""
    draft: bool = True


class ActKind(StrEnum):
    """What people do to an issue. `OTHER` is anything else that its board keeps as an event: it orders nothing."""

    LABELED = "labeled"
    UNLABELED = "unlabeled"
    CLOSED = "closed"
    REOPENED = "reopened"
    RENAMED = "renamed"
    COMMENTED = "commented"
    OTHER = "other"


class Act(Struct, frozen=True, kw_only=True):
    """One act of one person. `source` and `number` are its identity: numbers of one source grow with time.

    `at` is the board's clock. `counts`: the actor has write access. `own`: the actor is the login of this hub itself.
    `edited`: a comment that was changed after it was written. What bears the hub's own marks is no act.
    """

    kind: ActKind
    source: str
    number: int
    actor: str
    at: datetime
    counts: bool
    own: bool = False
    label: str = ""
    text: str = ""
    edited: bool = False


class Look(Struct, frozen=True, kw_only=True):
    """An issue as it stands now, and what people did to it lately, in order.

    `nonce` is that of `Board.file`, believed only where the hub's login made the issue; `counts`: its author has write
    access now. `body` is without the hub's own marks. `updated_at` is the board's clock. `gone` says what became of an
    issue that is not there any more (`deleted`, `transferred to ADDRESS`); then only `number` holds beside it.
    """

    number: int
    title: str = ""
    body: str = ""
    open: bool = True
    labels: tuple[str, ...] = ()
    author: str = ""
    counts: bool = False
    nonce: str = ""
    updated_at: datetime | None = None
    gone: str = ""
    acts: tuple[Act, ...] = ()


class News(Struct, frozen=True, kw_only=True):
    """What a board has to tell: issues that changed since `cursor` was an earlier one. `cursor` is the board's own word.

    `private`: only people with access can read it.
    """

    cursor: str
    looks: tuple[Look, ...] = ()
    private: bool = False


class Budget(Struct, frozen=True, kw_only=True):
    """How many requests are left of how many, until when."""

    left: int
    of: int
    resets_at: datetime


class Reach(Struct, frozen=True, kw_only=True):
    """How the hub stands with its board. `missing` names what its login may not do, as the board calls it."""

    login: str
    private: bool
    missing: Sequence[str] = ()
    budget: Budget | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """By which terms an issue becomes a thread: `triggers` maps labels to roles, `commands` names to commands."""

    triggers: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    roles: Collection[str] = ()
    base: str = ""
    """the commit that a thread starts from"""
    error: str = ""
    """why no thread can be opened now"""


S = ThreadState

LABELS = {
    S.QUEUED: READY,
    S.STARTING: RUNNING,
    S.WORKING: RUNNING,
    S.WAITING: BLOCKED,
    S.REVIEWING: REVIEW,
    S.FAILED: FAILED,
    S.DONE: "",
    S.CANCELED: "",
}
