"""The embedded board: issues in a SQLite file. Made for the default that needs no account and no network.

People look at it through hubctl alone, so that it shows nothing and has no news.
"""

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from hubctl.core.vocabulary.board import Face, Label, Look, News, PullRequest, Reach
from hubctl.ports.board import BoardError, Issue
from hubctl.store.sqlite import opened, storable

_ROWS = """select number, title, body, state, labels, outcome, coalesce(parent, 0)
  from issues left join parents using (number)"""


class SqliteBoard:
    """Safe to use from any thread: each call has its own connection."""

    def __init__(self, path: Path) -> None:
        self.shows = False
        self.path = path

    def file(
        self, *, nonce: str, title: str, body: str, labels: Sequence[str] = (), parent: int = 0
    ) -> Issue:
        with opened(self.path) as db:
            known = f"{_ROWS} where nonce = ?"
            row = db.execute(known, (nonce,)).fetchone()
            if row is None:  # `insert or ignore` would use up a number
                made = db.execute(
                    "insert into issues (nonce, title, body, labels) values (?, ?, ?, ?)",
                    (nonce, storable(title), storable(body), json.dumps(list(labels))),
                )
                if parent:
                    db.execute("insert into parents values (?, ?)", (made.lastrowid, parent))
                row = db.execute(known, (nonce,)).fetchone()
        return _issue(row)

    def close(self, number: int, *, outcome: str) -> None:
        self._set(number, state="closed", outcome=outcome)

    def reopen(self, number: int) -> None:
        self._set(number, state="open", outcome="")

    def _set(self, number: int, *, state: str, outcome: str) -> None:
        with opened(self.path) as db:
            changed = db.execute(
                "update issues set state = ?, outcome = ? where number = ?", (state, outcome, number)
            )
            if not changed.rowcount:
                raise _missing(number)

    def issues(self) -> tuple[Issue, ...]:
        with opened(self.path) as db:
            rows = db.execute(f"{_ROWS} order by number").fetchall()
        return tuple(_issue(row) for row in rows)

    def issue(self, number: int) -> Look:
        """Whoever writes here is the user of this machine."""
        known = next((issue for issue in self.issues() if issue.number == number), None)
        if known is None:
            raise _missing(number)
        is_open = known.state == "open"
        return Look(
            number=number,
            title=known.title,
            body=known.body,
            open=is_open,
            labels=known.labels,
            counts=True,
        )

    def show(self, number: int, face: Face) -> None:
        """Nobody looks."""

    def link(self, number: int, *, parent: int = 0, blocked_by: Sequence[int] = ()) -> None:
        """The log knows what waits for what."""

    def pull(self, number: int, pull: PullRequest) -> str:
        return ""

    def news(self, *, cursor: str, triggers: Collection[str]) -> News | None:
        return None

    def reach(self) -> Reach | None:
        return None

    def prepare(self, labels: Sequence[Label]) -> tuple[str, ...]:
        return ()


def _missing(number: int) -> BoardError:
    return BoardError(f"There is no issue `{number}` on the board.", "See `hubctl status`.")


def _issue(row: tuple[int, str, str, str, str, str, int]) -> Issue:
    number, title, body, state, labels, outcome, parent = row
    return Issue(
        number=number,
        title=title,
        body=body,
        state=state,
        labels=tuple(json.loads(labels)),
        outcome=outcome,
        parent=parent,
    )
