"""GitHub's JSON as values: the one place that knows its field names. Raises KeyError and the like on any other shape."""

from datetime import UTC, datetime
from typing import Any

from hubctl.boards.github import marks
from hubctl.core.vocabulary.board import MARKER, STATE_LABELS, ActKind
from hubctl.core.vocabulary.values import Struct
from hubctl.ports.board import Issue

COMPLETED, NOT_PLANNED = "completed", "not planned"
_ORDERS = {
    kind.value: kind
    for kind in (ActKind.LABELED, ActKind.UNLABELED, ActKind.CLOSED, ActKind.REOPENED, ActKind.RENAMED)
}


class IssueRow(Struct, frozen=True, kw_only=True):
    """An issue or pull request of a list. `id` is GitHub's own number for it, the same for no two things anywhere.

    `parent` is 0 where it has none, or the server does not tell. `where` is the address of its repository.
    """

    id: int
    number: int
    title: str
    body: str
    open: bool
    reason: str
    labels: tuple[str, ...]
    author: str
    comments: int
    locked: bool
    updated_at: datetime
    address: str
    where: str
    is_pull: bool
    parent: int


class IssueEvent(Struct, frozen=True, kw_only=True):
    number: int
    kind: ActKind
    actor: str
    at: datetime
    label: str


class Comment(Struct, frozen=True, kw_only=True):
    number: int
    author: str
    text: str
    at: datetime
    edited: bool


class Pull(Struct, frozen=True, kw_only=True):
    number: int
    open: bool
    title: str
    body: str
    address: str


class RepositoryRow(Struct, frozen=True, kw_only=True):
    name: str
    private: bool
    branch: str
    may_push: bool
    has_issues: bool


def row(said: Any) -> IssueRow:
    return IssueRow(
        id=int(said["id"]),
        number=int(said["number"]),
        title=str(said["title"]),
        body=said["body"] or "",
        open=said["state"] == "open",
        reason=said.get("state_reason") or "",
        labels=tuple(canonical(_label(label)) for label in said["labels"]),
        author=_login(said["user"]),
        comments=int(said.get("comments") or 0),
        locked=bool(said.get("locked")),
        updated_at=time(said["updated_at"]),
        address=str(said["html_url"]),
        where=str(said["repository_url"]),
        is_pull="pull_request" in said,
        parent=_last_number(said.get("parent_issue_url") or ""),
    )


def event(said: Any) -> IssueEvent:
    return IssueEvent(
        number=int(said["id"]),
        kind=_ORDERS.get(said["event"], ActKind.OTHER),
        actor=_login(said.get("actor")),
        at=time(said["created_at"]),
        label=canonical(_label(said["label"])) if said.get("label") else "",
    )


def comment(said: Any) -> Comment:
    return Comment(
        number=int(said["id"]),
        author=_login(said["user"]),
        text=said["body"] or "",
        at=time(said["created_at"]),
        edited=said["updated_at"] != said["created_at"],
    )


def pull(said: Any) -> Pull:
    return Pull(
        number=int(said["number"]),
        open=said["state"] == "open",
        title=str(said["title"]),
        body=said["body"] or "",
        address=str(said["html_url"]),
    )


def repository(said: Any) -> RepositoryRow:
    return RepositoryRow(
        name=str(said["full_name"]),
        private=bool(said["private"]),
        branch=str(said["default_branch"]),
        may_push=bool((said.get("permissions") or {}).get("push")),
        has_issues=bool(said.get("has_issues", True)),
    )


def issue(of: IssueRow, *, own: bool) -> Issue:
    """As the port has it; the hub's marks are believed in the hub's `own` issues alone."""
    reason = COMPLETED if of.reason in ("", "completed") else NOT_PLANNED
    return Issue(
        number=of.number,
        title=of.title,
        body=marks.unsigned(of.body) if own else of.body,
        state="open" if of.open else "closed",
        labels=of.labels,
        outcome="" if of.open else reason,
        parent=of.parent or (marks.parent_of(of.body) if own else 0),
    )


def canonical(label: str) -> str:
    """Names of labels have no case on GitHub; the hub's own are told in the hub's."""
    return _OWN.get(label.casefold(), label)


def time(said: str) -> datetime:
    return datetime.fromisoformat(said.replace("Z", "+00:00"))


def _label(said: Any) -> str:
    return said if isinstance(said, str) else str(said["name"])


def _login(said: Any) -> str:
    """Empty: an account that is gone."""
    return str(said["login"]) if said else ""


def _last_number(address: str) -> int:
    tail = address.rpartition("/")[2]
    return int(tail) if tail.isdigit() else 0


_OWN = {name.casefold(): name for name in (MARKER, *STATE_LABELS)}


def stamp(at: datetime) -> str:
    """As GitHub's `since` takes it: whole seconds of UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
