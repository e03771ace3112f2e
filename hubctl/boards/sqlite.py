"""The embedded board: issues in a SQLite file. Made for the default that needs no account and no network."""

import json
from collections.abc import Sequence
from pathlib import Path

from hubctl.ports import BoardError, Issue
from hubctl.sqlite import opened, storable

SCHEMA = """
create table if not exists issues (
  number integer primary key autoincrement, nonce text not null unique, title text not null, body text not null,
  labels text not null, state text not null default 'open', outcome text not null default '');
"""
_COLUMNS = "number, title, body, state, labels, outcome"


class SqliteBoard:
    """Safe to use from any thread: each call has its own connection."""

    def __init__(self, path: Path) -> None:
        self.kind = "sqlite"
        self.path = path

    def file(self, *, nonce: str, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        with opened(self.path, SCHEMA) as db:
            known = f"select {_COLUMNS} from issues where nonce = ?"
            row = db.execute(known, (nonce,)).fetchone()
            if row is None:  # `insert or ignore` would use up a number
                db.execute(
                    "insert into issues (nonce, title, body, labels) values (?, ?, ?, ?)",
                    (nonce, storable(title), storable(body), json.dumps(list(labels))),
                )
                row = db.execute(known, (nonce,)).fetchone()
        return _issue(row)

    def close(self, number: int, *, outcome: str) -> None:
        self._set(number, state="closed", outcome=outcome)

    def reopen(self, number: int) -> None:
        self._set(number, state="open", outcome="")

    def _set(self, number: int, *, state: str, outcome: str) -> None:
        with opened(self.path, SCHEMA) as db:
            changed = db.execute(
                "update issues set state = ?, outcome = ? where number = ?", (state, outcome, number)
            )
            if not changed.rowcount:
                raise BoardError(f"There is no issue `{number}` on the board.", "See `hubctl status`.")

    def issues(self) -> tuple[Issue, ...]:
        with opened(self.path, SCHEMA) as db:
            rows = db.execute(f"select {_COLUMNS} from issues order by number").fetchall()
        return tuple(_issue(row) for row in rows)


def _issue(row: tuple[int, str, str, str, str, str]) -> Issue:
    number, title, body, state, labels, outcome = row
    names = tuple(json.loads(labels))
    return Issue(number=number, title=title, body=body, state=state, labels=names, outcome=outcome)
