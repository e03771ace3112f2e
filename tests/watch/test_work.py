"""The watcher of checkouts: when it looks, what it tells, and that nothing which goes wrong stops it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue

import pytest

from hubctl.core.intake.checkout import CheckoutLook, Mark
from hubctl.core.intake.observations import Observation, WorkSeen
from hubctl.core.vocabulary.words import Work
from hubctl.errors import HubError
from hubctl.watch.work import WorkWatcher
from support.waiting import PATIENCE, wait_until

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PLACE = Path("checkout")


class Checkout:
    """What the watcher sees, and how often it has looked."""

    def __init__(self) -> None:
        self.head, self.files = "c0", dict[str, Mark]()
        self.looks, self.broken = 0, False
        self.gate = threading.Event()
        self.gate.set()

    def look(self, path: Path) -> CheckoutLook:
        assert path == PLACE
        self.gate.wait(PATIENCE)
        self.looks += 1
        if self.broken:
            raise HubError("`checkout` is no folder (any more).")
        return CheckoutLook(head=self.head, files=dict(self.files))

    def write(self, name: str, text: str) -> None:
        self.files[name] = Mark(text=text)


class Watching:
    """One worker's watcher, and what it puts."""

    def __init__(self, *, round_seconds: float = 60.0, rest_seconds: float = 60.0) -> None:
        self.checkout, self.seen = Checkout(), Queue[Observation]()
        self.watcher = WorkWatcher(
            put=self.seen.put,
            now=lambda: NOW,
            look=self.checkout.look,
            round_seconds=round_seconds,
            rest_seconds=rest_seconds,
        )
        self.watcher.start()
        self.watcher.watch(worker="w1", path=PLACE)
        self.looked(1)

    def looked(self, times: int) -> None:
        wait_until(lambda: self.checkout.looks >= times, what=f"{times} looks")

    def turned(self, *, busy: bool) -> None:
        """And the watcher has looked upon it."""
        before = self.checkout.looks
        self.watcher.turned("w1", busy=busy, at=NOW)
        self.looked(before + 1)

    def told(self) -> Work:
        seen = self.seen.get(timeout=PATIENCE)
        assert isinstance(seen, WorkSeen)
        assert (seen.worker, seen.at) == ("w1", NOW)
        return seen.what


@pytest.fixture
def watching() -> Iterator[Watching]:
    made = Watching()
    yield made
    made.watcher.close()


def test_a_turn_is_looked_at_when_it_begins_and_when_it_ends(watching: Watching) -> None:
    watching.turned(busy=True)
    watching.checkout.write("a.py", "1")
    watching.turned(busy=False)
    assert watching.told() is Work.FILES
    watching.turned(busy=True)
    watching.checkout.head = "c1"
    watching.turned(busy=False)
    assert watching.told() is Work.COMMIT
    assert watching.checkout.looks == 5
    assert watching.seen.empty()


def test_a_turn_of_which_nothing_comes_tells_nothing(watching: Watching) -> None:
    for busy in (True, False, True, False):
        watching.turned(busy=busy)
    watching.checkout.write("a.py", "1")
    watching.turned(busy=True)
    watching.turned(busy=False)
    assert watching.seen.empty()


def test_what_is_known_already_and_who_is_not_make_no_look(watching: Watching) -> None:
    watching.turned(busy=True)
    for worker, busy in (("w1", True), ("w2", True)):
        watching.watcher.turned(worker, busy=busy, at=NOW)
    watching.turned(busy=False)
    assert watching.checkout.looks == 3


def test_turns_that_come_while_it_looks_are_not_lost(watching: Watching) -> None:
    watching.turned(busy=True)
    watching.checkout.gate.clear()
    watching.checkout.write("a.py", "1")
    for busy in (False, True, False):
        watching.watcher.turned("w1", busy=busy, at=NOW)
    watching.checkout.gate.set()
    assert watching.told() is Work.FILES
    watching.looked(5)


def test_a_long_turn_is_looked_at_now_and_then() -> None:
    watching = Watching(round_seconds=0.01)
    watching.turned(busy=True)
    watching.checkout.write("a.py", "1")
    assert watching.told() is Work.FILES
    watching.checkout.write("b.py", "1")
    assert watching.told() is Work.FILES
    watching.watcher.close()


def test_a_while_after_a_turn_it_is_looked_at_once_more() -> None:
    """So a log that is written without a turn does not count in the next one."""
    watching = Watching(rest_seconds=0.01)
    watching.turned(busy=True)
    watching.turned(busy=False)
    watching.checkout.write("server.log", "1")
    watching.looked(4)
    watching.turned(busy=True)
    watching.checkout.write("server.log", "2")
    watching.turned(busy=False)
    assert watching.checkout.looks >= 6
    watching.watcher.close()
    assert watching.seen.empty()


def test_a_look_that_fails_tells_nothing_and_the_next_one_does(watching: Watching) -> None:
    watching.checkout.broken = True
    watching.turned(busy=True)
    watching.checkout.broken = False
    watching.checkout.write("a.py", "1")
    watching.turned(busy=False)
    assert watching.told() is Work.FILES


def test_a_checkout_that_could_not_be_seen_at_first_is_followed_from_the_next_turn() -> None:
    watching = Watching()
    watching.checkout.broken = True
    watching.watcher.watch(worker="w1", path=PLACE)
    watching.looked(2)
    watching.checkout.broken = False
    watching.turned(busy=True)
    watching.looked(4)
    watching.checkout.write("a.py", "1")
    watching.turned(busy=False)
    assert watching.told() is Work.FILES
    watching.watcher.close()


def test_who_is_forgotten_is_looked_at_no_more(watching: Watching) -> None:
    watching.turned(busy=True)
    watching.checkout.gate.clear()
    watching.checkout.write("a.py", "1")
    watching.watcher.turned("w1", busy=False, at=NOW)
    watching.watcher.forget("w1")
    watching.checkout.gate.set()
    watching.watcher.close()
    watching.watcher.close()
    assert watching.seen.empty()
