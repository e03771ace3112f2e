"""The watcher of what cells use: who is looked at how often, and what is told of it."""

import queue
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubctl.core.intake.observations import ExcessSeen, Observation
from hubctl.core.vocabulary.limits import CellLimits, CellUse, Excess
from hubctl.watch.limits import LimitWatcher
from support.waiting import PATIENCE, wait_until

NOW = datetime(2026, 1, 2, tzinfo=UTC)
M = 1 << 20
LIMITS = CellLimits(memory=100 * M, processes=10, disk=50 * M)
NEVER = 3600.0


class Watched:
    """A watcher of cells that use what the test says."""

    def __init__(self) -> None:
        self.seen: queue.SimpleQueue[Observation] = queue.SimpleQueue()
        self.use, self.disk = CellUse(), 0
        self.looks: list[str] = []
        self.walks: list[Sequence[Path]] = []
        self.watcher = LimitWatcher(
            put=self.seen.put,
            now=lambda: NOW,
            limits=LIMITS,
            use=self._use,
            disk=self._disk,
            look_seconds=0.01,
            rest_seconds=NEVER,
            walk_seconds=NEVER,
        )

    def _use(self, worker: str, _: int) -> CellUse:
        self.looks.append(worker)
        return self.use

    def _disk(self, folders: Sequence[Path], *, seconds: float) -> int:
        assert seconds > 0
        self.walks.append(folders)
        return self.disk

    def watch(self, worker: str) -> None:
        self.watcher.watch(worker=worker, pid=4711, folders=(Path("/work"),))

    def next(self) -> ExcessSeen:
        found = self.seen.get(timeout=PATIENCE)
        assert isinstance(found, ExcessSeen)
        return found


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    made.watcher.start()
    yield made
    made.watcher.close()


def test_a_worker_that_works_is_looked_at_until_it_is_over_a_limit(watched: Watched) -> None:
    watched.watch("w1-1")
    wait_until(lambda: len(watched.looks) > 3)
    assert watched.seen.empty()
    watched.use = CellUse(processes=11)
    over = Excess(limit="processes", used="11", most="10")
    assert watched.next() == watched.next() == ExcessSeen(at=NOW, worker="w1-1", excess=over)


def test_a_worker_that_rests_is_left_alone_unless_it_is_near_a_limit(watched: Watched) -> None:
    watched.watch("w1-1")
    watched.watch("w2-1")
    wait_until(lambda: {"w1-1", "w2-1"} <= set(watched.looks))
    watched.watcher.turned("w1-1", busy=False)
    last = watched.looks.count("w1-1") + 2
    wait_until(lambda: watched.looks.count("w2-1") > last + 20)
    assert watched.looks.count("w1-1") <= last
    watched.use = CellUse(memory=60 * M)
    watched.watcher.turned("w1-1", busy=True)
    watched.watcher.turned("w1-1", busy=False)
    wait_until(lambda: watched.looks.count("w1-1") > last + 20)


def test_files_are_walked_over_at_first_and_when_a_turn_has_ended(watched: Watched) -> None:
    watched.watch("w1-1")
    wait_until(lambda: len(watched.looks) > 3)
    assert watched.walks == [(Path("/work"),)]
    watched.disk = 120 * M
    watched.watcher.turned("w1-1", busy=False)
    assert watched.next().excess == Excess(limit="disk", used="120M", most="50M")


def test_a_worker_that_has_ended_is_looked_at_once_more(watched: Watched) -> None:
    watched.watch("w1-1")
    wait_until(lambda: watched.looks)
    watched.watcher.turned("w1-1", busy=False)
    watched.use = CellUse(memory=101 * M)
    watched.watcher.forget("w1-1")
    assert watched.next().excess.limit == "memory"
    watched.watcher.forget("w1-1")
    watched.watcher.turned("w1-1", busy=True)
