"""GitHub Issues as the board: the port, and what of it has no module of its own.

Rules: the hub is the single writer of its labels, and changes labels by adding and deleting alone, so that those of
people stay. An issue is read before anything of it is written: what is there already is not written again, and what has
gone to another repository is left alone.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from hubctl.boards.github import login, marks, refusals, rows
from hubctl.boards.github.acts import Acts
from hubctl.boards.github.client import Client, understood
from hubctl.boards.github.connection import Connection, Reply
from hubctl.boards.github.links import Links
from hubctl.boards.github.pace import Clock, Meter, SteadyClock
from hubctl.boards.github.poll import Poll
from hubctl.boards.github.pulls import PullRequests
from hubctl.boards.github.rights import Rights
from hubctl.boards.github.rows import IssueRow
from hubctl.boards.github.sticky import Stickies
from hubctl.core.vocabulary.board import (
    MARKER,
    READY,
    STATE_LABELS,
    Face,
    Label,
    Look,
    News,
    PullRequest,
    Reach,
)
from hubctl.ports.board import BoardError, Issue

if TYPE_CHECKING:
    from hubctl.boards.github.connection import Issue as GithubIssue
    from hubctl.boards.github.connection import Repository

DUPLICATE = "duplicate"
"""People closed it so; that stays."""


class GithubBoard:
    """Of one repository, `OWNER/NAME`. Safe to use from any thread; `stop` ends every wait."""

    def __init__(
        self,
        repo: str,
        *,
        stop: threading.Event,
        api_url: str = login.API_URL,
        token: Callable[[], str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.shows = True
        self.repo = repo
        clock = clock or SteadyClock(stop)
        self._connection = Connection(api_url=api_url, token=token or (lambda: login.token(api_url)))
        self._client = Client(self._connection, repo=repo, clock=clock, meter=Meter(clock))
        self._rights = Rights(self._client)
        self._stickies = Stickies(self._client, self._rights)
        self._links = Links(self._client, self._stickies, self._row)
        self._pulls = PullRequests(self._client, self._rights)
        acts = Acts(self._client, self._rights, self._stickies)
        self._poll = Poll(self._client, self._rights, acts, self._find)
        self._filing = threading.Lock()
        self._filed: dict[str, int] | None = None

    # --- issues ----------------------------------------------------------------------------------------------------

    def file(
        self, *, nonce: str, title: str, body: str, labels: Sequence[str] = (), parent: int = 0
    ) -> Issue:
        with self._filing:
            number = self._numbers().get(nonce)
            row = self._row(number) if number else self._create(nonce, title, body, labels, parent)
            self._links.part(row, parent)
        return self._issue(row)

    def close(self, number: int, *, outcome: str) -> None:
        reason = "not_planned" if outcome == rows.NOT_PLANNED else "completed"
        row = self._row(number)
        if row.open or (row.reason or "completed") not in (reason, DUPLICATE):
            self._act("close", number, lambda issue: issue.edit(state="closed", state_reason=reason))

    def reopen(self, number: int) -> None:
        if not self._row(number).open:
            self._act("reopen", number, lambda issue: issue.edit(state="open", state_reason="reopened"))

    def issues(self) -> tuple[Issue, ...]:
        query = {"labels": MARKER, "state": "all", "sort": "created", "direction": "asc"}
        told = [understood(rows.row, said) for said in self._client.rows("/issues", query)]
        if not all(self._is_here(row) for row in told):
            self._rights.repository()  # says where it has moved
        unique = {row.number: row for row in told if not row.is_pull}
        return tuple(self._issue(unique[number]) for number in sorted(unique))

    def issue(self, number: int) -> Look:
        found = self._find(number)
        return found if isinstance(found, Look) else self._poll.look(found)

    # --- what people see -------------------------------------------------------------------------------------------

    def show(self, number: int, face: Face) -> None:
        row = self._row(number)
        self._relabel(row, face.label)
        self._stickies.say(row, face.comment)

    def link(self, number: int, *, parent: int = 0, blocked_by: Sequence[int] = ()) -> None:
        self._links.link(number, parent=parent, blocked_by=blocked_by)

    def pull(self, number: int, pull: PullRequest) -> str:
        return self._pulls.offer(number, pull)

    def prepare(self, labels: Sequence[Label]) -> tuple[str, ...]:
        there = {
            understood(lambda data: str(data["name"]), said).casefold()
            for said in self._client.rows("/labels")
        }
        missing = [label for label in labels if label.name.casefold() not in there]
        for label in missing:
            self._make(label)
        return tuple(label.name for label in missing)

    # --- what people do --------------------------------------------------------------------------------------------

    def news(self, *, cursor: str, triggers: Collection[str]) -> News | None:
        return self._poll.news(cursor=cursor, triggers=triggers)

    def reach(self) -> Reach | None:
        return self._rights.reach()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _numbers(self) -> dict[str, int]:
        """The hub's issues by the nonce of their filing; read once, then kept by filing."""
        if self._filed is None:
            query = {"state": "all", "creator": self._rights.login()}
            told = (understood(rows.row, said) for said in self._client.rows("/issues", query))
            self._filed = {nonce: row.number for row in told if (nonce := self._nonce(row))}
        return self._filed

    def _create(self, nonce: str, title: str, body: str, labels: Sequence[str], parent: int) -> IssueRow:
        body = marks.signed(body, nonce=nonce, parent=parent)
        labels = list(dict.fromkeys([MARKER, *labels]))

        def create(repo: "Repository") -> IssueRow:
            made = repo.create_issue(title=marks.title(title), body=body, labels=labels)
            return understood(rows.row, made.raw_data)

        try:
            made = self._client.act("to file an issue", create, done=lambda: self._newest(nonce))
        except BoardError:
            self._filed = None  # it may be there: the next try reads all anew
            raise
        self._numbers()[nonce] = made.number
        return made

    def _newest(self, nonce: str) -> IssueRow | None:
        """Looks only at the last hundred: the one in doubt was made a moment ago."""
        query = {"state": "all", "sort": "created", "direction": "desc", "creator": self._rights.login()}
        reply = self._client.get("/issues", {**query, "per_page": "100"})
        told = (understood(rows.row, said) for said in reply.data or ())
        return next((row for row in told if self._nonce(row) == nonce), None)

    def _nonce(self, row: IssueRow) -> str:
        return marks.nonce_of(row.body) if row.author == self._rights.login() and not row.is_pull else ""

    def _issue(self, row: IssueRow) -> Issue:
        return rows.issue(row, own=row.author == self._rights.login())

    def _find(self, number: int) -> IssueRow | Look:
        """A look only where it is gone. Raises BoardError where there never was one, as far as GitHub tells."""
        path = f"/issues/{number}"
        reply = self._client.try_get(path)
        if reply.status == 410:
            return Look(number=number, gone="deleted")
        if reply.status == 404:
            raise refusals.missing_issue(number)
        row = understood(rows.row, self._client.demand(reply, path))
        return row if self._is_here(row) else Look(number=number, gone=f"transferred to {row.address}")

    def _row(self, number: int) -> IssueRow:
        """Raises BoardError where it is not on this board (any more)."""
        found = self._find(number)
        if isinstance(found, Look):
            raise BoardError(
                f"The issue `{number}` is gone from the board: {found.gone}.", f"hubctl stop {number}"
            )
        return found

    def _is_here(self, row: IssueRow) -> bool:
        """PyGithub follows a redirect to another repository without a word."""
        return row.where.casefold().endswith(f"/repos/{self.repo}".casefold())

    def _act(self, what: str, number: int, work: "Callable[[GithubIssue], object]") -> None:
        self._client.act(f"to {what} #{number}", lambda repo: work(repo.get_issue(number)))

    def _relabel(self, row: IssueRow, wanted: str) -> None:
        """Adds the new label before it takes the old one, so that a crash leaves two, not none; but `hub:ready` goes
        first: what has no trigger cannot be started twice."""
        old = [label for label in row.labels if label in STATE_LABELS and label != wanted]
        first = [label for label in old if label == READY]
        for label in first:
            self._unlabel(row.number, label)
        missing = [label for label in (MARKER, wanted) if label and label not in row.labels]
        if missing:
            # `add_to_labels` sends a bare list, which GitHub's own description of the call does not know.
            self._act(
                "label",
                row.number,
                lambda issue: issue.requester.requestJsonAndCheck(
                    "POST", f"{issue.url}/labels", input={"labels": missing}
                ),
            )
        for label in old:
            if label not in first:
                self._unlabel(row.number, label)

    def _unlabel(self, number: int, label: str) -> None:
        reply = self._client.try_act(lambda repo: repo.get_issue(number).remove_from_labels(label))
        if reply and reply.status != 404:  # it is gone already, maybe by a try whose answer was lost
            raise self._client.refused(reply, f"to unlabel #{number}")

    def _make(self, label: Label) -> None:
        words = label.name, label.color, label.description[:100]
        reply = self._client.try_act(lambda repo: repo.create_label(*words))
        if isinstance(reply, Reply) and reply.status != 422:  # somebody was faster
            raise self._client.refused(reply, f"to make the label `{label.name}`")
