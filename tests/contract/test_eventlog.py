"""What every event log does: one suite for all backends, and what only a file can."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.ledger import events as e
from hubctl.core.ledger.event import kind_of
from hubctl.errors import HubError
from hubctl.ports.log import Asking, EventLog, Heartbeat, Logged, StaleHead
from hubctl.store.eventlog import BATCH, SqliteEventLog
from support.core.builders import NOW, ONE, WORKING, issue, opened, plan
from support.core.strategies import events
from support.memory import MemoryLog

STARTED = e.HubStarted(at=NOW, pid=1, version="0")
BEAT = Heartbeat(pid=7, started="mark", at=NOW)
HALF = e.PromptTaken(at=NOW, thread=ONE, by_person=True, text="half \ud800 of a pair")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.db"


@pytest.fixture
def sqlite_log(file: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(file)
    yield log
    log.close()


@pytest.fixture(params=["sqlite", "memory"])
def log(request: pytest.FixtureRequest, file: Path) -> Iterator[EventLog]:
    if request.param == "memory":
        yield MemoryLog()
        return
    kept = SqliteEventLog(file)
    yield kept
    kept.close()


def read(log: EventLog, since: int = 0) -> list[Logged]:
    return list(log.read(since=since))


# --- events -------------------------------------------------------------------------------------------------------


def test_a_new_log_is_empty(log: EventLog) -> None:
    assert read(log) == []
    assert log.requests(after=0) == ()
    assert log.heartbeat() is None


def test_events_come_back_in_order_and_numbered_from_one(log: EventLog) -> None:
    head = log.append(WORKING[:2], head=0)
    assert log.append(WORKING[2:], head=head) == len(WORKING)
    assert read(log) == [Logged(seq=n, event=event) for n, event in enumerate(WORKING, start=1)]


@pytest.mark.parametrize("length", [BATCH, 2 * BATCH + 1])
def test_a_long_log_comes_back_whole(log: EventLog, length: int) -> None:
    log.append([STARTED] * length, head=0)
    assert [logged.seq for logged in log.read()] == [*range(1, length + 1)]


def test_a_reader_goes_on_where_it_stopped(log: EventLog) -> None:
    log.append(WORKING, head=0)
    assert [logged.seq for logged in read(log, since=2)] == [3, 4]
    assert read(log, since=4) == read(log, since=99) == []


def test_a_reader_may_want_some_kinds_alone(log: EventLog) -> None:
    log.append(WORKING, head=0)
    kinds = [kind_of(e.ThreadOpened), kind_of(e.PromptProven)]
    assert [kind_of(logged.event) for logged in log.read(since=0, kinds=kinds)] == kinds


def test_appending_nothing_changes_nothing(log: EventLog) -> None:
    assert log.append((), head=0) == 0
    assert read(log) == []


@pytest.mark.parametrize("head", [0, 1, 3, -1])
def test_a_writer_that_did_not_see_the_last_event_is_refused(log: EventLog, head: int) -> None:
    """Law 4: one writer decides."""
    log.append([STARTED, STARTED], head=0)
    with pytest.raises(StaleHead) as caught:
        log.append(WORKING, head=head)
    assert caught.value.cure
    assert len(read(log)) == 2


def test_of_many_writers_one_wins(log: EventLog) -> None:
    def write(n: int) -> bool:
        try:
            log.append([e.HubStarted(at=NOW, pid=n, version="0")], head=0)
        except StaleHead:
            return False
        return True

    with ThreadPoolExecutor(max_workers=1 if isinstance(log, SqliteEventLog) else 4) as pool:
        assert sum(pool.map(write, range(8))) == 1
    assert len(read(log)) == 1


def test_half_a_character_from_a_worker_does_not_stop_the_hub(log: EventLog) -> None:
    log.append([HALF], head=0)
    assert [logged.event for logged in read(log)] == [HALF]


# --- requests -----------------------------------------------------------------------------------------------------


def test_a_request_is_read_as_it_was_asked(log: EventLog) -> None:
    content = plan(issue("a"), issue("b", "a", validate="pytest -q"))
    asked = Asking(verb="plan", by="human", text="Grüße", words={"plan": "p", "base": "c0"}, content=content)
    assert log.ask(asked, at=NOW) == 1
    (seen,) = log.requests(after=0)
    assert (seen.number, seen.at, seen.verb, seen.by, seen.text) == (1, NOW, "plan", "human", "Grüße")
    assert (seen.thread, dict(seen.words), seen.content) == (None, {"plan": "p", "base": "c0"}, content)


def test_requests_are_numbered_and_read_from_a_number_on(log: EventLog) -> None:
    numbers = [log.ask(Asking(verb="done", by="worker:1", thread="1"), at=NOW) for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert [(seen.number, seen.thread) for seen in log.requests(after=1)] == [(2, "1"), (3, "1")]
    assert log.requests(after=3) == ()


def test_requests_need_no_head(log: EventLog) -> None:
    """Verbs write while a hub works."""
    log.append([STARTED], head=0)
    log.ask(Asking(verb="stop", by="human", thread="1"), at=NOW)
    assert log.append([opened()], head=1) == 2


def test_a_broken_argument_is_a_request_all_the_same(log: EventLog) -> None:
    """argv may hold bytes that are no text."""
    number = log.ask(Asking(verb="done", by="worker:1", thread="\udcff", text="all \udcff of it"), at=NOW)
    assert [seen.number for seen in log.requests(after=0)] == [number]


# --- the heartbeat ------------------------------------------------------------------------------------------------


def test_the_last_heartbeat_is_kept(log: EventLog) -> None:
    log.beat(BEAT)
    later = Heartbeat(pid=7, started="mark", at=NOW + timedelta(seconds=5))
    log.beat(later)
    assert log.heartbeat() == later
    log.beat(None)
    assert log.heartbeat() is None


# --- the file -----------------------------------------------------------------------------------------------------


@given(st.lists(events(), max_size=4))
def test_any_events_survive_a_new_process(log: list[e.Event]) -> None:
    with closing(SqliteEventLog(Path(":memory:"))) as first:
        first.append(log, head=0)
        assert [logged.event for logged in first.read()] == log


def test_a_log_outlives_its_process(file: Path) -> None:
    with closing(SqliteEventLog(file)) as first:
        first.append(WORKING, head=0)
        first.ask(Asking(verb="down", by="human"), at=NOW)
        first.beat(BEAT)
    with closing(SqliteEventLog(file)) as second:
        assert [logged.event for logged in second.read()] == list(WORKING)
        assert [seen.verb for seen in second.requests(after=0)] == ["down"]
        assert second.heartbeat() == BEAT


def test_readers_see_what_another_process_appends(sqlite_log: SqliteEventLog, file: Path) -> None:
    with closing(SqliteEventLog(file)) as reader:
        assert read(reader) == []
        sqlite_log.append(WORKING, head=0)
        assert len(read(reader)) == len(WORKING)


def test_two_hubs_on_one_file_are_told_apart(sqlite_log: SqliteEventLog, file: Path) -> None:
    with closing(SqliteEventLog(file)) as other:
        sqlite_log.append([STARTED], head=0)
        with pytest.raises(StaleHead) as caught:
            other.append([STARTED], head=0)
    assert f"`{file}` grew from 0 to 1" in caught.value.message


@pytest.mark.parametrize("order", ["update events set kind = 'dreamt'", "delete from events"])
def test_what_happened_is_never_changed(sqlite_log: SqliteEventLog, file: Path, order: str) -> None:
    sqlite_log.append([STARTED], head=0)
    with closing(sqlite3.connect(file)) as db, pytest.raises(sqlite3.DatabaseError, match="append-only"):
        db.execute(order)
    assert [logged.event for logged in sqlite_log.read()] == [STARTED]


def test_an_append_is_all_or_nothing(sqlite_log: SqliteEventLog, file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(
            "create trigger no_second before insert on events when new.seq = 2"
            " begin select raise(abort, 'no second'); end"
        )
    with pytest.raises(HubError, match="no second"):
        sqlite_log.append([STARTED, STARTED], head=0)
    assert read(sqlite_log) == []


def test_a_row_of_garbage_is_an_unknown_event(sqlite_log: SqliteEventLog, file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("insert into events values (1, 'soon', 'done-claimed', '1', '{')")
    (logged,) = sqlite_log.read()
    assert isinstance(logged.event, e.Unknown)
    assert (logged.event.kind, logged.event.data) == ("done-claimed", "{")


@pytest.mark.parametrize("content", ["{", "[]", '{"goal": null}', "[" * 100_000])
def test_a_plan_of_garbage_is_no_plan(sqlite_log: SqliteEventLog, file: Path, content: str) -> None:
    sqlite_log.ask(Asking(verb="plan", by="human"), at=NOW)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("update requests set content = ?", (content,))
    (seen,) = sqlite_log.requests(after=0)
    assert seen.content is None


def test_power_may_fail_at_any_moment(sqlite_log: SqliteEventLog) -> None:
    """Law 3: a write that returned is on the disk."""
    (journal,) = sqlite_log._db.execute("pragma journal_mode").fetchone()
    (synchronous,) = sqlite_log._db.execute("pragma synchronous").fetchone()
    assert (journal, synchronous) == ("wal", 2)


def test_a_damaged_log_is_named_with_a_cure(file: Path) -> None:
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(HubError) as caught:
        SqliteEventLog(file)
    assert f"`{file}`" in caught.value.message
    assert "backup" in caught.value.cure
