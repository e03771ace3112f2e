"""The pull request of a finished branch: one a branch, tied to its issue, kept up to date while it is open."""

import re

from hubctl.boards.github import refusals, rows
from hubctl.boards.github.client import Client, understood
from hubctl.boards.github.connection import Reply
from hubctl.boards.github.marks import sendable
from hubctl.boards.github.marks import title as cut_title
from hubctl.boards.github.rights import Rights
from hubctl.boards.github.rows import Pull
from hubctl.core.vocabulary.board import PullRequest

CLOSING = r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?) #{number}\b"
"""The words by which GitHub closes an issue with the merge."""


class PullRequests:
    """Safe to use from any thread."""

    def __init__(self, client: Client, rights: Rights) -> None:
        self._client = client
        self._rights = rights

    def offer(self, number: int, wanted: PullRequest) -> str:
        """Opens it or brings it up to date; its address."""
        words = {"title": cut_title(wanted.title), "body": _tied(number, wanted.body)}
        found = self._find(wanted.branch) or self._open(wanted, words)
        if found.open and (found.title, found.body) != (words["title"], words["body"]):
            path = f"/pulls/{found.number}"
            self._client.demand(self._client.write("PATCH", path, words), "PATCH", path)
        return found.address

    def _find(self, branch: str) -> Pull | None:
        """The open one, else the newest."""
        owner = self._client.repo.partition("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all", "per_page": "100"}
        told = [understood(rows.pull, said) for said in self._client.rows("/pulls", query)]
        return max(told, key=lambda pull: (pull.open, pull.number), default=None)

    def _open(self, wanted: PullRequest, words: dict[str, str]) -> Pull:
        base = wanted.base or self._rights.repository().branch
        sent = {**words, "head": wanted.branch, "base": base, "draft": wanted.draft}
        reply = self._post(wanted.branch, sent)
        if isinstance(reply, Reply) and reply.status == 422 and wanted.draft and _no_drafts(reply):
            reply = self._post(wanted.branch, {**sent, "draft": False})
        if isinstance(reply, Pull):
            return reply
        return understood(rows.pull, self._client.demand(reply, "POST", "/pulls"))

    def _post(self, branch: str, words: dict[str, object]) -> Reply | Pull:
        return self._client.write_once("/pulls", words, done=lambda: self._find(branch))


def _no_drafts(reply: Reply) -> bool:
    """Private repositories of free accounts have none."""
    return "draft" in f"{refusals.message(reply)} {reply.data}".lower()


def _tied(number: int, body: str) -> str:
    """With the line that ties it to its issue."""
    body = sendable(body)
    if re.search(CLOSING.replace("{number}", str(number)), body):
        return body
    return f"{body}\n\nCloses #{number}" if body else f"Closes #{number}"
