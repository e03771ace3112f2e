"""Session files that are written in place, torn, left behind, deleted and made again."""

import json
import os
import queue
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubctl.agents.claude.files import process_start, session_path, session_seen
from hubctl.core.intake.observations import Observation, SessionSeen
from hubctl.watch.sessions import SessionWatcher
from support.waiting import PATIENCE

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PID = os.getpid()
START = process_start(PID) or ""


class Watched:
    """A watcher of this test's own process, as if that were a worker."""

    def __init__(self, *, round_seconds: float = 2.0) -> None:
        self.seen: queue.SimpleQueue[Observation] = queue.SimpleQueue()
        self.found: list[tuple[str, int, str]] = []
        self.watcher = SessionWatcher(
            put=self.seen.put,
            now=lambda: NOW,
            look=session_seen,
            found=lambda *which: self.found.append(which),
            round_seconds=round_seconds,
        )

    def next(self) -> SessionSeen:
        found = self.seen.get(timeout=PATIENCE)
        assert isinstance(found, SessionSeen)
        return found

    def until(self, status: str | None) -> SessionSeen:
        while (found := self.next()).status != status:
            pass
        return found


@pytest.fixture
def watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    made = Watched(round_seconds=getattr(request, "param", 2.0))
    made.watcher.start()
    yield made
    made.watcher.close()


def text(status: str, *, session: str = "s1", start: str = START, stamp: int = 1_767_225_600_000) -> str:
    fields = {"pid": PID, "sessionId": session, "cwd": "/p", "version": "2", "procStart": start}
    return json.dumps({**fields, "status": status, "statusUpdatedAt": stamp})


def put(file: Path, words: str) -> None:
    """In place, as the CLI does it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words)


def test_each_change_is_seen_once(tmp_path: Path, watched: Watched) -> None:
    file = session_path(tmp_path, PID)
    put(file, text("idle"))
    watched.watcher.watch(worker="w1", file=file, start=START)
    first = watched.next()
    assert first == SessionSeen(
        at=NOW, worker="w1", session="s1", status="idle", updated_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    put(file, text("idle"))
    put(file, text("busy"))
    assert watched.next().status == "busy"
    put(file, text("busy", session="s2"))
    assert watched.next().session == "s2"


def test_a_home_that_has_no_folder_yet_is_waited_for(tmp_path: Path, watched: Watched) -> None:
    file = session_path(tmp_path / "home", PID)
    watched.watcher.watch(worker="w1", file=file, start=START)
    put(file, text("busy"))
    assert watched.next().status == "busy"


def test_a_half_written_file_is_read_again_and_is_no_end(tmp_path: Path, watched: Watched) -> None:
    file = session_path(tmp_path, PID)
    put(file, text("idle"))
    watched.watcher.watch(worker="w1", file=file, start=START)
    watched.next()
    for words in ("", text("busy")[:30], text("busy")):
        put(file, words)
    assert watched.next().status == "busy"


def test_a_file_that_goes_is_news_once(tmp_path: Path, watched: Watched) -> None:
    file = session_path(tmp_path, PID)
    put(file, text("waiting"))
    watched.watcher.watch(worker="w1", file=file, start=START)
    watched.next()
    file.unlink()
    gone = watched.next()
    assert (gone.status, gone.session, gone.waiting_for, gone.updated_at) == (None, "s1", None, None)
    put(file, text("idle"))
    assert watched.next().status == "idle"


@pytest.mark.parametrize("watched", [0.05], indirect=True)
def test_a_folder_that_is_deleted_and_made_again_is_watched_again(tmp_path: Path, watched: Watched) -> None:
    file = session_path(tmp_path, PID)
    put(file, text("idle"))
    watched.watcher.watch(worker="w1", file=file, start=START)
    watched.next()
    file.unlink()
    file.parent.rmdir()
    watched.until(None)
    put(file, text("busy"))
    assert watched.until("busy").session == "s1"


@pytest.mark.skipif(not START, reason="there is no /proc to tell two processes of one pid apart")
def test_the_file_of_an_earlier_process_with_this_pid_says_nothing(tmp_path: Path, watched: Watched) -> None:
    file = session_path(tmp_path, PID)
    put(file, text("busy", start="1"))
    watched.watcher.watch(worker="w1", file=file, start=START)
    other = session_path(tmp_path / "other", PID)
    put(other, text("idle"))
    watched.watcher.watch(worker="w2", file=other, start=START)
    assert watched.next().worker == "w2"


def test_an_unreadable_folder_harms_nobody_else(tmp_path: Path, watched: Watched) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / ".claude").write_text("a file where a folder should be")
    watched.watcher.watch(worker="w1", file=session_path(tmp_path / "bad", PID), start=START)
    file = session_path(tmp_path / "good", PID)
    watched.watcher.watch(worker="w2", file=file, start=START)
    put(file, text("idle"))
    assert watched.next().worker == "w2"


def test_a_process_below_is_found_when_it_has_a_file(tmp_path: Path, watched: Watched) -> None:
    """A shell stands around the CLI: the pane's own process never has a file."""
    own, below = session_path(tmp_path, 1), session_path(tmp_path, PID)
    put(own.with_name("notes.txt"), "")
    watched.watcher.watch(
        worker="w1", file=own, start="1", find=lambda: (below, PID, START) if below.exists() else None
    )
    put(below, text("busy"))
    assert (watched.next().status, watched.found) == ("busy", [("w1", PID, START)])
    put(below, text("idle"))
    assert (watched.next().status, len(watched.found)) == ("idle", 1)
    below.unlink()
    assert watched.next().status is None


def test_nobody_looks_below_a_process_that_has_its_own(tmp_path: Path, watched: Watched) -> None:
    file = session_path(tmp_path, PID)
    put(file, text("idle"))
    watched.watcher.watch(worker="w1", file=file, start=START, find=lambda: pytest.fail("asked"))
    watched.next()
    put(file.with_name("1.json"), "{}")
    put(file, text("busy"))
    assert watched.next().status == "busy"


def test_a_forgotten_worker_is_silent(tmp_path: Path, watched: Watched) -> None:
    files = {worker: session_path(tmp_path / worker, PID) for worker in ("w1", "w2")}
    for worker, file in files.items():
        put(file, text("idle"))
        watched.watcher.watch(worker=worker, file=file, start=START)
    assert {watched.next().worker, watched.next().worker} == {"w1", "w2"}
    watched.watcher.forget("w1")
    for file in files.values():
        put(file, text("busy"))
    assert watched.next().worker == "w2"
    watched.watcher.close()
    assert watched.seen.empty()


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    read: queue.SimpleQueue[Path] = queue.SimpleQueue()
    files = [tmp_path / name for name in ("1.json", "2.json")]
    for file in files:
        file.write_text("x")
        os.utime(file, (0, 0))

    def look(path: Path, *, worker: str, start: str, at: datetime) -> SessionSeen:
        read.put(path)
        return SessionSeen(at=at, worker=worker, session="s1", status="idle", updated_at=None)

    watcher = SessionWatcher(put=lambda _: None, now=lambda: NOW, look=look, round_seconds=0.01)
    watcher.watch(worker="w1", file=files[0], start="")
    watcher.start()
    assert read.get(timeout=PATIENCE) == files[0]
    # Before the second is read, a walk has passed the first.
    watcher.watch(worker="w2", file=files[1], start="")
    assert read.get(timeout=PATIENCE) == files[1]
    watcher.close()
    assert read.empty()
