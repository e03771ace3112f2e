"""The event log in SQLite: append-only by trigger, one writer by expected head, requests beside it.

The heartbeat is a row that changes, not an event. Readers need no lock; a subscriber is a sequence number.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hubctl.core.documents.plan import Plan
from hubctl.core.ledger.event import Event, kind_of
from hubctl.core.vocabulary.words import ThreadId
from hubctl.ports.log import Asking, Heartbeat, Logged, StaleHead
from hubctl.project.wakeup import wake
from hubctl.store.codec import decode_event, decode_plan, decode_time, encode_data, encode_plan, encode_time
from hubctl.store.snapshots import Snapshots
from hubctl.store.sqlite import connect, foreign_errors, storable, transaction

if TYPE_CHECKING:  # imported on use: readers of the log need no requests
    from hubctl.core.intake.observations import RequestSeen

BATCH: Final = 1000
"""Rows that are read at once: memory stays flat at any length, and no slow reader keeps the log from being tidied."""


class SqliteEventLog:
    """The log in a file; one object a thread of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = connect(path)
        self.snapshots = Snapshots(self._db)

    def close(self) -> None:
        self._db.close()

    def append(self, events: Sequence[Event], *, head: int) -> int:
        rows = [
            (head + offset, encode_time(event.at), kind_of(event), event.thread, encode_data(event))
            for offset, event in enumerate(events, start=1)
        ]
        with foreign_errors(self.path), transaction(self._db):
            (last,) = self._db.execute("select coalesce(max(seq), 0) from events").fetchone()
            if last != head:
                raise StaleHead(
                    f"`{self.path}` grew from {head} to {last} behind this hub's back: another hub writes to it.",
                    "See `hubctl status`; keep one of the two.",
                )
            self._db.executemany("insert into events values (?, ?, ?, ?, ?)", rows)
        return head + len(rows)

    def read(self, *, since: int = 0, kinds: Collection[str] = ()) -> Iterator[Logged]:
        wanted = f" and kind in ({', '.join('?' * len(kinds))})" if kinds else ""
        order = f"select seq, at, kind, thread, data from events where seq > ?{wanted} order by seq limit ?"
        while True:
            with foreign_errors(self.path):
                rows = self._db.execute(order, (since, *kinds, BATCH)).fetchall()
            for seq, at, kind, thread, data in rows:
                yield Logged(seq=seq, event=decode_event(kind=kind, at=at, thread=thread, data=data))
            if len(rows) < BATCH:
                return
            since = rows[-1][0]

    @contextmanager
    def reading(self) -> Iterator[Snapshots]:
        """One look: the log, its snapshot and the rows beside it as they stand at the same moment."""
        with foreign_errors(self.path):
            self._db.execute("begin")
            try:
                yield self.snapshots
            finally:
                self._db.execute("commit")

    def ask(self, asking: Asking, *, at: datetime) -> int:
        content = encode_plan(asking.content) if asking.content else None
        said = (storable(text) for text in (asking.verb, asking.by, asking.thread))
        row = (encode_time(at), *said, _kept(asking.text), json.dumps(dict(asking.words)))
        with foreign_errors(self.path), transaction(self._db):
            cursor = self._db.execute(
                "insert into requests (at, verb, sender, thread, text, words, content) values (?, ?, ?, ?, ?, ?, ?)",
                (*row, content),
            )
        wake(self.path)
        return int(cursor.lastrowid or 0)

    def requests(self, *, after: int) -> tuple[RequestSeen, ...]:
        with foreign_errors(self.path):
            rows = self._db.execute(
                "select number, at, verb, sender, thread, text, words, content from requests"
                " where number > ? order by number",
                (after,),
            ).fetchall()
        return tuple(_request(row) for row in rows)

    def beat(self, heartbeat: Heartbeat | None) -> None:
        with foreign_errors(self.path), transaction(self._db):
            self._db.execute("delete from heartbeat")
            if heartbeat:
                row = (heartbeat.pid, heartbeat.started, encode_time(heartbeat.at))
                self._db.execute("insert into heartbeat values (1, ?, ?, ?)", row)

    def heartbeat(self) -> Heartbeat | None:
        with foreign_errors(self.path):
            row = self._db.execute("select pid, started, at from heartbeat").fetchone()
        return Heartbeat(pid=row[0], started=row[1], at=decode_time(row[2])) if row else None


def _kept(text: str) -> str | bytes:
    """What a person wrote is kept to the last byte: half a surrogate pair stands for one that is no UTF-8."""
    return text if text == storable(text) else text.encode(errors="surrogatepass")


def _request(row: sqlite3.Row | tuple[object, ...]) -> RequestSeen:
    number, at, verb, sender, thread, text, words, content = row
    from hubctl.core.intake.observations import RequestSeen

    return RequestSeen(
        number=int(str(number)),
        at=decode_time(str(at)),
        verb=str(verb),
        by=str(sender),
        thread=ThreadId(str(thread)) if thread else None,
        text=text.decode(errors="surrogatepass") if isinstance(text, bytes) else str(text),
        words=json.loads(str(words)),
        content=_plan(content),
    )


def _plan(content: object) -> Plan | None:
    try:
        return decode_plan(str(content)) if content else None
    except (ValueError, TypeError, KeyError):
        return None
