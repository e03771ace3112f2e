"""Deaths of real processes: at once, zombies too, and never of the wrong one."""

import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hubctl.agents.claude.files import process_alive, process_start
from hubctl.core.intake.observations import Observation, ProcessSeen
from hubctl.watch.processes import ENDED, ProcessWatcher
from support.waiting import PATIENCE

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WAITER = [sys.executable, "-c", "import sys; sys.stdin.read()"]


class Watched:
    """A watcher, and children that live until they are told otherwise."""

    def __init__(self) -> None:
        self.seen: queue.SimpleQueue[Observation] = queue.SimpleQueue()
        self.watcher = ProcessWatcher(
            put=self.seen.put, now=lambda: NOW, alive=process_alive, look_seconds=0.02
        )
        self.children: list[subprocess.Popen[bytes]] = []

    def child(self) -> subprocess.Popen[bytes]:
        self.children.append(subprocess.Popen(WAITER, stdin=subprocess.PIPE))
        return self.children[-1]

    def watch(self, worker: str, child: subprocess.Popen[bytes]) -> None:
        self.watcher.watch(worker=worker, pid=child.pid, start=process_start(child.pid) or "")

    def next(self) -> ProcessSeen:
        found = self.seen.get(timeout=PATIENCE)
        assert isinstance(found, ProcessSeen)
        return found


@pytest.fixture(params=["pidfd", "polling"])
def watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    if request.param == "polling":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    made = Watched()
    made.watcher.start()
    yield made
    made.watcher.close()
    for child in made.children:
        child.kill()
        child.wait()
        if child.stdin:
            child.stdin.close()


def test_a_death_is_seen_although_nobody_reaps_the_zombie(watched: Watched) -> None:
    child = watched.child()
    watched.watch("w1", child)
    assert watched.next() == ProcessSeen(at=NOW, worker="w1", alive=True)
    child.kill()
    assert watched.next() == ProcessSeen(at=NOW, worker="w1", alive=False, how=ENDED)


def test_each_death_is_told_once_and_of_the_right_worker(watched: Watched) -> None:
    children = {worker: watched.child() for worker in ("w1", "w2", "w3")}
    for worker, child in children.items():
        watched.watch(worker, child)
        assert watched.next().alive
    for worker in ("w2", "w3", "w1"):
        children[worker].kill()
        assert (watched.next().worker, watched.seen.empty()) == (worker, True)


def test_a_process_that_ended_before_is_seen_at_once(watched: Watched) -> None:
    child = watched.child()
    start = process_start(child.pid)
    child.kill()
    child.wait()
    watched.watcher.watch(worker="w1", pid=child.pid, start=start or "")
    assert not watched.next().alive


@pytest.mark.skipif(
    not process_start(os.getpid()), reason="there is no /proc to tell processes of one pid apart"
)
def test_another_process_with_the_same_pid_is_not_taken_for_the_worker(watched: Watched) -> None:
    watched.watcher.watch(worker="w1", pid=os.getpid(), start="1")
    assert not watched.next().alive


def test_a_forgotten_worker_dies_in_silence(watched: Watched) -> None:
    first, second = watched.child(), watched.child()
    watched.watch("w1", first)
    watched.watch("w2", second)
    assert watched.next().alive
    assert watched.next().alive
    watched.watcher.forget("w1")
    first.kill()
    second.kill()
    assert watched.next().worker == "w2"
    watched.watcher.close()
    assert watched.seen.empty()


def test_a_worker_with_a_new_process_is_not_ended_by_the_old_one(watched: Watched) -> None:
    first, second = watched.child(), watched.child()
    watched.watch("w1", first)
    watched.watch("w1", second)
    assert watched.next().alive
    assert watched.next().alive
    first.kill()
    first.wait()
    second.kill()
    assert not watched.next().alive
    watched.watcher.close()
    assert watched.seen.empty()


def test_a_pid_that_cannot_be_is_a_death_and_no_error(watched: Watched) -> None:
    watched.watcher.watch(worker="w1", pid=2**22 + 17, start="5")
    assert not watched.next().alive


def test_closing_twice_is_no_error(watched: Watched) -> None:
    watched.watcher.close()
    watched.watcher.close()
