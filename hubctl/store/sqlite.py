"""How the SQLite file of a project is opened: durable, patient, of the form that this hubctl knows.

Rule: the file's form is the list of statements that made it, of the log and of the embedded board, which share the file.
The list only grows at its end, and the file's `user_version` says how many of them it has had; so an older file is
brought up to date when it is opened.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from hubctl.errors import HubError

PATIENCE_SECONDS = 10.0
"""How long a writer waits for another one. Appends take milliseconds; a hub that holds longer is stuck."""

MIGRATIONS = (
    "create table if not exists events"
    " (seq integer primary key, at text not null, kind text not null, thread text, data text not null)",
    "create table if not exists requests (number integer primary key autoincrement, at text not null,"
    " verb text not null, sender text not null, thread text not null, text text not null, words text not null,"
    " content text)",
    "create table if not exists heartbeat"
    " (one integer primary key check (one = 1), pid integer not null, started text not null, at text not null)",
    "create trigger if not exists events_stay before update on events"
    " begin select raise(abort, 'events are append-only'); end",
    "create trigger if not exists events_never_go before delete on events"
    " begin select raise(abort, 'events are append-only'); end",
    # the embedded board
    "create table if not exists issues (number integer primary key autoincrement, nonce text not null unique,"
    " title text not null, body text not null, labels text not null, state text not null default 'open',"
    " outcome text not null default '')",
    "create table if not exists parents (number integer primary key, parent integer not null)",
    # what a fold begins with: only ever a copy of what the log says
    "create table if not exists snapshots (one integer primary key check (one = 1), seq integer not null, mark text not null,"
    " state blob not null)",
    "create table if not exists settled (number integer primary key, issue text not null unique, worker text, plan text,"
    " value blob not null)",
    "create index if not exists settled_by_worker on settled (worker)",
    "create index if not exists settled_by_plan on settled (plan)",
    "create table if not exists settled_prompts (identity text not null, issue text not null, primary key (identity, issue))"
    " without rowid",
)
"""`if not exists`: files from before hubctl counted hold these already, and say that they have had none."""


def connect(path: Path, migrations: Sequence[str] = MIGRATIONS) -> sqlite3.Connection:
    """A connection in autocommit mode; WAL, and `synchronous=FULL` so that law 3 survives a loss of power."""
    with foreign_errors(path):
        connection = sqlite3.connect(
            path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        if _version(connection) != len(migrations):
            with transaction(connection):
                _migrate(connection, migrations, path)
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str], path: Path) -> None:
    """Whoever holds the writer's lock asks for the version again: another process may have been faster."""
    version, known = _version(connection), len(migrations)
    if version > known:
        raise HubError(
            f"`{path}` was written by a newer hubctl: its form is {version}, and this hubctl knows {known}.",
            "Install the hubctl that wrote it, or a newer one; nothing was changed.",
        )
    for statement in migrations[version:]:
        connection.execute(statement)
    connection.execute(f"pragma user_version = {known}")


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one block, in one immediate transaction."""
    with closing(connect(path)) as connection, foreign_errors(path), transaction(connection):
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and the writer's lock from the first statement on."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def storable(text: str) -> str:
    """The text with `?` for each half of a surrogate pair: argv and YAML may hold one, a database takes none."""
    return text.encode(errors="replace").decode()


@contextmanager
def foreign_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise HubError(f"`{path}` cannot be used: {error}.", _cure(path, str(error))) from error


def _cure(path: Path, error: str) -> str:
    if "full" in error:
        return f"Make room on the disk of `{path.parent}` and run the command again; nothing was lost."
    if (
        "locked" in error or "locking" in error
    ):  # the second is said of a process that stands still inside a lock
        return "Another process holds it; see `hubctl status`, and try again."
    if "malformed" in error or "not a database" in error:
        return (
            f"The file is damaged. Keep a copy of `{path.parent}`, then restore `{path.name}` from a backup."
        )
    if "readonly" in error or "unable to open" in error:
        return f"Check the rights of `{path.parent}`: it must be yours, mode 0700."
    return "Run `hubctl doctor`."
