"""Snapshots of the state, and what is settled as rows beside them: a cache, never the truth.

Rules: only the hub writes. What was written by another version of the code, is torn, or is ahead of the log is not used, and
the log is folded instead.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final, TypeVar

import msgspec

from hubctl.core.ledger.rest import Settled
from hubctl.core.ledger.settling import open_issues
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId
from hubctl.project.shipped import code_mark
from hubctl.store.sqlite import transaction

T = TypeVar("T", HubState, Settled)
NEWEST: Final = (
    "select seq, state from snapshots where mark = ? and seq > ? and seq <= (select max(seq) from events)"
)
HELD: Final = "exists (select 1 from snapshots where mark = ?)"
UNWRITABLE: Final = (ValueError, OverflowError, TypeError)
UNREADABLE: Final = (ValueError, OverflowError, TypeError, RecursionError)
"""`msgspec`'s own errors are ValueErrors."""


class Snapshots:
    """Beside the log, in its file: shares the log's connection."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def newest(self, *, after: int) -> tuple[int, HubState] | None:
        """The snapshot, and the event that it was made after; None where none is usable, or newer than `after`."""
        row = self._db.execute(NEWEST, (code_mark(), after)).fetchone()
        state = _decoded(HubState, row[1]) if row else None
        return (row[0], state) if state else None

    def write(self, seq: int, state: HubState, *, anew: bool) -> bool:
        """Replaces the snapshot, and adds what is settled to the rows. `anew`: none of the rows there is believed.

        False where something cannot be written: then all is as it was.
        """
        try:
            blob = _encoded(replace(state, settled={}))
            rows = [_row(name, one) for name, one in state.settled.items()]
        except UNWRITABLE:
            return False
        with transaction(self._db):
            if anew:
                self._db.execute("delete from settled")
                self._db.execute("delete from settled_prompts")
            self._db.execute("delete from snapshots")
            self._db.execute("insert into snapshots values (1, ?, ?, ?)", (seq, code_mark(), blob))
            self._db.executemany(
                "delete from settled where issue = ?", [(name,) for name in open_issues(state)]
            )
            self._db.executemany(
                "insert or replace into settled (issue, worker, plan, value) values (?, ?, ?, ?)", rows
            )
            self._db.executemany(
                "insert or ignore into settled_prompts values (?, ?)", _prompts(state.settled)
            )
        return True

    # --- what is settled ------------------------------------------------------------------------------------------

    def find(self, name: ThreadId) -> Settled | None:
        return next((one for _, one in self._settled("issue = ?", name)), None)

    def of_worker(self, worker: str) -> Iterator[tuple[ThreadId, Settled]]:
        """The issue whose thread this worker took last."""
        return self._settled("worker = ?", worker)

    def of_prompts(self, identities: Iterable[str]) -> Iterator[tuple[ThreadId, Settled]]:
        """The issues whose standing workers heard one of these prompts."""
        for identity in identities:
            yield from self._settled(
                "issue in (select issue from settled_prompts where identity = ?)", identity
            )

    def of_plan(self, plan: str) -> Iterator[tuple[ThreadId, Settled]]:
        return self._settled("plan = ?", plan)

    def last(self, most: int) -> Iterator[tuple[ThreadId, Settled]]:
        """Those that came to rest last, the last one first; all where `most` is below nought."""
        return self._settled("worker is not null order by number desc limit ?", most)

    def everything(self) -> Iterator[tuple[ThreadId, Settled]]:
        return self._settled("1 = ?", 1)

    def _settled(self, where: str, word: object) -> Iterator[tuple[ThreadId, Settled]]:
        order = f"select issue, value from settled where {HELD} and {where}"
        for name, blob in self._db.execute(order, (code_mark(), word)):
            one = _decoded(Settled, blob)
            if one:
                yield ThreadId(name), one


def _row(name: ThreadId, one: Settled) -> tuple[str, str | None, str | None, bytes]:
    """`worker` is null where there is no thread, empty where its worker has taken another one since."""
    thread = one.thread
    worker = thread.worker.id if thread and thread.worker and one.taken else ""
    return name, worker if thread else None, thread.plan if thread else None, _encoded(one)


def _prompts(settled: Mapping[ThreadId, Settled]) -> Iterator[tuple[str, str]]:
    """A standing worker's transcript holds the prompts of all its threads."""
    for name, one in settled.items():
        if one.thread and one.thread.worker and one.thread.worker.standing:
            yield from ((identity, name) for identity in one.thread.heard)


# --- values as bytes ----------------------------------------------------------------------------------------------


def _encoded(value: HubState | Settled) -> bytes:
    """In JSON where MessagePack cannot: half a surrogate pair, as a worker's hook may hold it, or a giant number."""
    try:
        return msgspec.msgpack.encode(value)
    except UNWRITABLE:
        return json.dumps(msgspec.to_builtins(value, str_keys=True)).encode()


def _decoded(kind: type[T], blob: bytes) -> T | None:
    """None for what is torn."""
    try:
        if blob[:1] == b"{":
            told: T = msgspec.convert(json.loads(blob), kind, strict=False, str_keys=True)
            return told
        found: T = _decoder(kind).decode(blob)
    except UNREADABLE:
        return None
    return found


@cache
def _decoder(kind: type[T]) -> "msgspec.msgpack.Decoder[T]":
    return msgspec.msgpack.Decoder(kind)
