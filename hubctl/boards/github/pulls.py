"""The pull request of a finished branch: one a branch, tied to its issue, kept up to date while it is open."""

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hubctl.boards.github import refusals, rows
from hubctl.boards.github.client import Client, understood
from hubctl.boards.github.connection import Reply
from hubctl.boards.github.marks import sendable
from hubctl.boards.github.marks import title as cut_title
from hubctl.boards.github.rights import Rights
from hubctl.boards.github.rows import Pull
from hubctl.core.vocabulary.board import PullRequest

if TYPE_CHECKING:
    from hubctl.boards.github.connection import Repository

CLOSING = r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?) #{number}\b"
"""The words by which GitHub closes an issue with the merge."""


class PullRequests:
    """Safe to use from any thread."""

    def __init__(self, client: Client, rights: Rights) -> None:
        self._client = client
        self._rights = rights

    def offer(self, number: int, wanted: PullRequest) -> str:
        """Opens it or brings it up to date; its address."""
        title, body = cut_title(wanted.title), _tied(number, wanted.body)
        found = self._find(wanted.branch) or self._open(wanted, title, body)
        if found.open and (found.title, found.body) != (title, body):
            self._client.act(
                f"to edit the pull request #{found.number}",
                lambda repo: repo.get_pull(found.number).edit(title=title, body=body),
            )
        return found.address

    def _find(self, branch: str) -> Pull | None:
        """The open one, else the newest."""
        owner = self._client.repo.partition("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all", "per_page": "100"}
        told = [understood(rows.pull, said) for said in self._client.rows("/pulls", query)]
        return max(told, key=lambda pull: (pull.open, pull.number), default=None)

    def _open(self, wanted: PullRequest, title: str, body: str) -> Pull:
        base = wanted.base or self._rights.repository().branch

        def create(repo: "Repository", *, draft: bool) -> Pull:
            made = repo.create_pull(base, wanted.branch, title=title, body=body, draft=draft)
            return understood(rows.pull, made.raw_data)

        reply = self._post(wanted.branch, partial(create, draft=wanted.draft))
        if isinstance(reply, Reply) and reply.status == 422 and wanted.draft and _no_drafts(reply):
            reply = self._post(wanted.branch, partial(create, draft=False))
        if isinstance(reply, Reply):
            raise self._client.refused(reply, f"to open a pull request of `{wanted.branch}`")
        return reply

    def _post(self, branch: str, create: "Callable[[Repository], Pull]") -> Reply | Pull:
        return self._client.try_act(create, done=lambda: self._find(branch))


def _no_drafts(reply: Reply) -> bool:
    """Private repositories of free accounts have none."""
    return "draft" in f"{refusals.message(reply)} {reply.data}".lower()


def _tied(number: int, body: str) -> str:
    """With the line that ties it to its issue."""
    body = sendable(body)
    if re.search(CLOSING.replace("{number}", str(number)), body):
        return body
    return f"{body}\n\nCloses #{number}" if body else f"Closes #{number}"
