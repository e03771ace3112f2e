"""A file of an older hubctl is brought up to date when it is opened; one of a newer is left alone."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from hubctl.boards.sqlite import SqliteBoard
from hubctl.errors import HubError
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.sqlite import MIGRATIONS, connect

ONE = ("create table things (name text)",)
TWO = (*ONE, "alter table things add column size integer not null default 7")


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as db:
        return int(db.execute("pragma user_version").fetchone()[0])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.db"


def test_a_file_gets_what_it_lacks_and_keeps_what_it_has(file: Path) -> None:
    with closing(connect(file, ONE)) as db:
        db.execute("insert into things values ('spoon')")
    with closing(connect(file, TWO)) as db:
        assert db.execute("select * from things").fetchall() == [("spoon", 7)]
    assert version(file) == 2


def test_many_may_open_a_new_file_at_once(file: Path) -> None:
    """Each statement runs once: a second `create table` would raise."""
    with ThreadPoolExecutor(8) as pool:
        for db in list(pool.map(lambda _: connect(file, TWO), range(8))):
            db.close()
    assert version(file) == 2


def test_a_statement_that_fails_leaves_the_file_as_it_was(file: Path) -> None:
    connect(file, ONE).close()
    with pytest.raises(HubError, match="no such table: forks"):
        connect(file, (*TWO, "drop table forks"))
    with closing(sqlite3.connect(file)) as db:
        assert [row[1] for row in db.execute("pragma table_info(things)")] == ["name"]
    assert version(file) == 1


@pytest.mark.parametrize(
    "opened", [SqliteEventLog, lambda file: SqliteBoard(file).issues()], ids=["log", "board"]
)
def test_a_file_of_a_newer_hubctl_is_left_alone(file: Path, opened: Callable[[Path], object]) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("pragma user_version = 1000")
    with pytest.raises(HubError) as caught:
        opened(file)
    assert f"`{file}` was written by a newer hubctl" in caught.value.message
    assert "Install" in caught.value.cure
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("select name from sqlite_master").fetchall() == []


def test_a_log_from_before_versions_is_taken_over(file: Path) -> None:
    SqliteEventLog(file).close()
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("pragma user_version = 0")
        db.execute("insert into events values (1, 'soon', 'done-claimed', '1', '{')")
    with closing(SqliteEventLog(file)) as log:
        assert len(list(log.read())) == 1
    assert version(file) == len(MIGRATIONS)


def test_log_and_board_share_a_file(file: Path) -> None:
    board = SqliteBoard(file)
    with closing(SqliteEventLog(file)) as log:
        assert board.file(nonce="n", title="One", body="").number == 1
        assert list(log.read()) == []
    SqliteEventLog(file).close()
    assert [issue.title for issue in board.issues()] == ["One"]
