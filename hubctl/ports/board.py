"""The port of the board.

Rules: every call may be repeated, and changes nothing the second time. A board that people do not look at (`shows` is
False) takes `show`, `link`, `pull` and `prepare`, does nothing, and has no news.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

if TYPE_CHECKING:  # each of these costs milliseconds
    from hubctl.core.vocabulary.board import Face, Label, Look, News, PullRequest, Reach


class BoardError(HubError):
    """The board refused this one thing; it may be tried again, and all else goes on."""


class BoardUnreachable(BoardError):
    """The board did not answer, or takes nothing at all for now (no network, 5xx, limits, a login that holds no more).

    `seconds` is how long it asked to be left alone; 0: it did not say.
    """

    def __init__(self, message: str, cure: str = "", *, seconds: float = 0.0) -> None:
        super().__init__(message, cure)
        self.seconds = seconds


class Issue(Struct, frozen=True, kw_only=True):
    """A unit of work for people. `number` is unique on its board; `parent` is the issue that it is a part of, 0: none."""

    number: int
    title: str
    body: str
    state: str
    labels: tuple[str, ...] = ()
    outcome: str = ""
    parent: int = 0


class Board(Protocol):
    """Where issues live. Safe to use from any thread. Raises BoardError, or BoardUnreachable where nothing goes."""

    shows: bool

    def file(
        self, *, nonce: str, title: str, body: str, labels: Sequence[str] = (), parent: int = 0
    ) -> Issue:
        """Makes an issue, or returns the one that was made with this nonce before."""

    def close(self, number: int, *, outcome: str) -> None:
        """Closes an issue as `completed` or `not planned`; closing it twice is no error."""

    def reopen(self, number: int) -> None:
        """Opens a closed issue again; opening one that is open is no error."""

    def issues(self) -> tuple[Issue, ...]:
        """All issues of the hub, by number."""

    def issue(self, number: int) -> Look:
        """Any issue as it stands now, with its author; without its acts."""

    def show(self, number: int, face: Face) -> None:
        """The issue has the marker, of all state labels the face's alone, and the hub's one comment says its text.

        Only what differs is written; labels of people are left alone.
        """

    def link(self, number: int, *, parent: int = 0, blocked_by: Sequence[int] = ()) -> None:
        """The issue is a part of `parent`, and waits for those others; a board that has no such thing leaves it."""

    def pull(self, number: int, pull: PullRequest) -> str:
        """Opens the pull request of this issue's branch, or brings title and text up to date; returns its address.

        Empty where the board has none. One that people closed or merged stays as it is.
        """

    def news(self, *, cursor: str, triggers: Collection[str]) -> News | None:
        """What changed since `cursor` (empty: tell all that is open), None where nothing did.

        Of issues with the marker, and of those with a label of `triggers`. An issue that changed brings its acts since
        the cursor, and maybe older ones again; and the newest act that set each trigger label which stands on it.
        """

    def reach(self) -> Reach | None:
        """Login, rights and budget as they are now; None where a board needs none."""

    def prepare(self, labels: Sequence[Label]) -> tuple[str, ...]:
        """Makes those labels that are missing, and names them; one that is there keeps its looks."""
