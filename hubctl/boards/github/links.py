"""What an issue is a part of and what it waits for: GitHub's sub-issues and dependencies, and a line in the hub's comment
where the server has none, or no room for more."""

from collections.abc import Callable, Sequence

from hubctl.boards.github.client import Client, understood
from hubctl.boards.github.connection import Reply
from hubctl.boards.github.rows import IssueRow
from hubctl.boards.github.sticky import Stickies

LACKING = (404, 410)
"""What a server answers that does not know the call; the issues themselves were seen a moment ago."""
REFUSED = 422
"""Linked already, part of another one, or a hundred parts, which is GitHub's most, closed ones counted."""


class Links:
    """Safe to use from any thread. `look` reads one issue."""

    def __init__(self, client: Client, stickies: Stickies, look: Callable[[int], IssueRow]) -> None:
        self._client = client
        self._stickies = stickies
        self._look = look

    def link(self, number: int, *, parent: int, blocked_by: Sequence[int]) -> None:
        if not parent and not blocked_by:
            return
        row = self._look(number)
        lines = [] if self.part(row, parent) else [f"Part of #{parent}"]
        waits = self._waits(row, blocked_by) if blocked_by else ()
        lines += [f"Waits for {', '.join(f'#{other}' for other in waits)}"] if waits else []
        if lines:
            self._stickies.say_links(row, "\n".join(lines))

    def part(self, row: IssueRow, parent: int) -> bool:
        """Whether it stands below its parent now, or has none; where people put it elsewhere, it stays there."""
        if not parent or row.parent:
            return True
        reply = self._client.try_act(lambda repo: repo.get_issue(parent).add_sub_issue(row.id))
        if not isinstance(reply, Reply):
            return True
        if reply.status == REFUSED:
            return self._parent(row) != 0
        if reply.status in LACKING:
            return False
        raise self._client.refused(reply, f"to put #{row.number} below #{parent}")

    def _parent(self, row: IssueRow) -> int:
        reply = self._client.try_get(f"/issues/{row.number}/parent")
        return understood(lambda said: int(said["number"]), reply.data) if reply.status == 200 else 0

    def _waits(self, row: IssueRow, others: Sequence[int]) -> Sequence[int]:
        """Those that the server could not keep."""
        path = f"/issues/{row.number}/dependencies/blocked_by"
        known = self._linked(path)
        if known is None:
            return others
        refused = [other for other in others if other not in known and not self._wait(row, other)]
        # A try whose answer was lost is refused when it is made again.
        return [other for other in refused if other not in (self._linked(path) or ())]

    def _linked(self, path: str) -> frozenset[int] | None:
        """None: the server has no such thing."""
        reply = self._client.try_get(path, {"per_page": "100"})
        if reply.status in LACKING:
            return None
        return understood(lambda said: frozenset(int(one["number"]) for one in said), reply.data)

    def _wait(self, row: IssueRow, other: int) -> bool:
        reply = self._client.try_act(
            lambda repo: repo.get_issue(row.number).add_blocked_by(repo.get_issue(other))
        )
        if reply and reply.status not in (*LACKING, REFUSED):
            raise self._client.refused(reply, f"to let #{row.number} wait for #{other}")
        return reply is None
