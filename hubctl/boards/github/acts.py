"""What people did to an issue, read from its events and comments: who, when, and whether they count.

Rule: the author of an act is its event's or comment's own; no text says who somebody is.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from hubctl.boards.github import rows
from hubctl.boards.github.client import Client, understood
from hubctl.boards.github.rights import Rights
from hubctl.boards.github.rows import Comment, IssueEvent, IssueRow
from hubctl.boards.github.sticky import Stickies
from hubctl.core.vocabulary.board import Act, ActKind
from hubctl.core.vocabulary.values import replace

EVENT, COMMENT = "event", "comment"
"""The sources of acts."""


class Acts:
    """Safe to use from any thread."""

    def __init__(self, client: Client, rights: Rights, stickies: Stickies) -> None:
        self._client = client
        self._rights = rights
        self._stickies = stickies

    def of(self, row: IssueRow, *, since: datetime | None, names: Mapping[str, str]) -> tuple[Act, ...]:
        """Those since then (None: none), and the newest that set each trigger that stands; in order. `names`: the
        triggers as they are meant, by themselves without case."""
        standing = set(names.values()).intersection(row.labels)
        events = list(self._events(row, names)) if since or standing else []
        setters = {
            event.label: event
            for event in events
            if event.kind is ActKind.LABELED and event.label in standing
        }
        lately = [event for event in events if since and event.at >= since]
        comments = self._comments(row, since) if since and row.comments else ()
        told = {event.number: event for event in (*setters.values(), *lately)}
        acts = [*map(self._event, told.values()), *map(self._comment, comments)]
        return tuple(sorted(acts, key=lambda act: (act.at, act.source, act.number)))

    def _events(self, row: IssueRow, names: Mapping[str, str]) -> Iterator[IssueEvent]:
        for said in self._client.rows(f"/issues/{row.number}/events"):
            event = understood(rows.event, said)
            yield replace(event, label=names.get(event.label.casefold(), event.label))

    def _comments(self, row: IssueRow, since: datetime) -> Iterator[Comment]:
        """Without the hub's own one; also older ones that were edited since."""
        query = {"since": rows.stamp(since)}
        for said in self._client.rows(f"/issues/{row.number}/comments", query):
            comment = understood(rows.comment, said)
            if not self._stickies.is_it(comment):
                yield comment

    def _event(self, event: IssueEvent) -> Act:
        return Act(
            kind=event.kind,
            source=EVENT,
            number=event.number,
            actor=event.actor,
            at=event.at,
            counts=self._rights.counts(event.actor),
            own=event.actor == self._rights.login(),
            label=event.label,
        )

    def _comment(self, comment: Comment) -> Act:
        return Act(
            kind=ActKind.COMMENTED,
            source=COMMENT,
            number=comment.number,
            actor=comment.author,
            at=comment.at,
            counts=self._rights.counts(comment.author),
            own=comment.author == self._rights.login(),
            text=comment.text,
            edited=comment.edited,
        )
