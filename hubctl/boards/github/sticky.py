"""The hub's one comment on an issue: found by its mark and its author, written when it says something else.

Rule: a comment of somebody else is never taken for it, whatever it says.
"""

import threading

from hubctl.boards.github import marks, rows
from hubctl.boards.github.client import Client, understood
from hubctl.boards.github.rights import Rights
from hubctl.boards.github.rows import Comment, IssueRow
from hubctl.core.vocabulary.values import replace


class Stickies:
    """Safe to use from any thread."""

    def __init__(self, client: Client, rights: Rights) -> None:
        self._client = client
        self._rights = rights
        self._lock = threading.RLock()
        self._known: dict[int, Comment] = {}

    def say(self, row: IssueRow, text: str) -> None:
        """The comment says this from now on; empty: nothing is said, what stands there stays."""
        if text:
            with self._lock:
                known = self._find(row)
                self._put(row.number, known, marks.sticky(text, marks.links_of(known.text) if known else ""))

    def say_links(self, row: IssueRow, links: str) -> None:
        """The links that the server has no place for, in the comment's last lines."""
        with self._lock:
            known = self._find(row)
            text = (
                known.text.partition(f"\n\n{marks.LINKS}")[0].removeprefix(f"{marks.STICKY}\n")
                if known
                else ""
            )
            self._put(row.number, known, marks.sticky(text, links))

    def is_it(self, comment: Comment) -> bool:
        return comment.author == self._rights.login() and comment.text.startswith(marks.STICKY)

    def _find(self, row: IssueRow) -> Comment | None:
        if row.number not in self._known and row.comments:
            self._look(row.number)
        return self._known.get(row.number)

    def _look(self, number: int) -> Comment | None:
        told = (understood(rows.comment, said) for said in self._client.rows(f"/issues/{number}/comments"))
        own = [comment for comment in told if self.is_it(comment)]
        if own:
            self._known[number] = own[0]
        return own[0] if own else None

    def _put(self, number: int, known: Comment | None, text: str) -> None:
        if known is None:
            self._post(number, text)
        elif known.text != text:
            made = self._client.try_act(
                lambda repo: repo.get_issue(number).get_comment(known.number).edit(text)
            )
            if made is None:
                self._known[number] = replace(known, text=text)
            elif made.status == 404:  # somebody deleted it
                del self._known[number]
                self._post(number, text)
            else:
                raise self._client.refused(made, f"to edit the hub's comment on #{number}")

    def _post(self, number: int, text: str) -> None:
        self._known[number] = self._client.act(
            f"to comment on #{number}",
            lambda repo: understood(rows.comment, repo.get_issue(number).create_comment(text).raw_data),
            done=lambda: self._look(number),
        )
