"""The log of the doors, followed: torn lines, garbage, a file that is turned, and what a hub reads that begins anew."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hubctl.core.intake.observations import Observation, RefusalSeen
from hubctl.doors.log import LARGEST, DoorLog, Use, Why, older
from hubctl.hub.cells import refusal_of
from hubctl.watch.doors import MOST_BYTES, MOST_HOSTS, RefusalWatcher
from support.waiting import PATIENCE

ONE = "w1-1 pypi.example:443"


@dataclass(slots=True, kw_only=True)
class Scene:
    """A log, and who watches it."""

    path: Path
    seen: "queue.SimpleQueue[Observation]" = field(default_factory=queue.SimpleQueue)
    watchers: list[RefusalWatcher] = field(default_factory=list)

    def watch(self) -> None:
        """A hub begins; one that was there before has ended."""
        for before in self.watchers:
            before.close()
        watcher = RefusalWatcher(
            self.path, older=older(self.path), read=refusal_of, put=self.seen.put, round_seconds=PATIENCE
        )
        self.watchers.append(watcher)
        watcher.start()

    def refuse(
        self, what: str = "pypi.example:443", *, worker: str = "w1-1", why: Why = Why.UNLISTED
    ) -> None:
        DoorLog(self.path).write(
            Use(what=what, why=why, status=403), worker=worker, thread="1", door="egress"
        )

    def write(self, text: str) -> None:
        with self.path.open("a") as file:
            file.write(text)

    def next(self) -> str:
        seen = self.seen.get(timeout=PATIENCE)
        assert isinstance(seen, RefusalSeen)
        return f"{seen.worker} {seen.host}"

    def line(self) -> str:
        """Of a refusal, as the doors write it."""
        other = self.path.with_name("other.jsonl")
        DoorLog(other).write(
            Use(what="torn.example:443", why=Why.UNLISTED), worker="w2-1", thread="2", door="egress"
        )
        text = other.read_text()
        other.unlink()
        return text


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(path=tmp_path / "log.jsonl")
    yield made
    for watcher in made.watchers:
        watcher.close()


def test_each_refusal_is_told_at_once(scene: Scene) -> None:
    scene.watch()
    scene.refuse()
    assert scene.next() == ONE
    scene.refuse("Pypi.example.:8443", worker="w2-1")
    assert scene.next() == "w2-1 pypi.example:8443"


def test_only_names_that_no_line_lists_are_told(scene: Scene) -> None:
    scene.refuse("mirror.example:443", why=Why.PRIVATE)
    scene.refuse("gone.example:443", why=Why.UNREACHABLE)
    for what in (
        "8.8.8.8:443",
        "2130706433:80",
        "0x7f.1:443",
        "[::1]:443",
        "a b:443",
        "x.example:70000",
        "?",
    ):
        scene.refuse(what)
    scene.refuse()
    scene.watch()
    assert scene.next() == ONE
    assert scene.seen.empty()


def test_a_torn_line_waits_until_it_is_whole_and_garbage_is_passed_over(scene: Scene) -> None:
    scene.watch()
    half, rest = scene.line()[:40], scene.line()[40:]
    scene.write(f'"unlisted" garbage\n{{"why":"unlisted"}}\n\xff\n{half}')
    scene.write(rest)
    assert scene.next() == "w2-1 torn.example:443"
    scene.write(half)  # cut short for good: the next line is lost with it, and no other
    scene.refuse("lost.example:443")
    scene.refuse()
    assert scene.next() == ONE


def test_a_line_without_an_end_does_not_hold_the_others_up(scene: Scene) -> None:
    scene.write("x" * (MOST_BYTES + 10) + "\n")
    scene.refuse()
    scene.watch()
    assert scene.next() == ONE


def test_what_came_before_the_log_turned_is_read_to_its_end(scene: Scene) -> None:
    scene.refuse("first.example:443")
    scene.watch()
    assert scene.next() == "w1-1 first.example:443"
    scene.watchers[0].close()
    scene.refuse("last.example:443")
    scene.write(" " * (LARGEST - scene.path.stat().st_size - 1) + "\n")
    scene.refuse("new.example:443")
    assert older(scene.path).exists()
    scene.watch()
    assert [scene.next() for _ in range(3)] == [
        "w1-1 first.example:443",
        "w1-1 last.example:443",
        "w1-1 new.example:443",
    ]


def test_it_follows_a_turn_that_it_sees(scene: Scene) -> None:
    scene.watch()
    scene.refuse()
    assert scene.next() == ONE
    scene.write(" " * (LARGEST - scene.path.stat().st_size - 1) + "\n")
    for number in range(3):
        scene.refuse(f"h{number}.example:443")
    assert [scene.next() for _ in range(3)] == [f"w1-1 h{number}.example:443" for number in range(3)]


def test_a_hub_that_begins_anew_is_told_of_all_that_is_kept_each_host_once(scene: Scene) -> None:
    for _ in range(3):
        scene.refuse()
        scene.refuse(worker="w2-1")
    for _ in range(2):
        scene.watch()
        assert [scene.next(), scene.next()] == [ONE, "w2-1 pypi.example:443"]
    assert scene.seen.empty()


def test_who_tries_names_does_not_fill_the_queue(scene: Scene) -> None:
    for number in range(2 * MOST_HOSTS):
        scene.refuse(f"h{number}.example:443")
    scene.refuse(worker="w2-1")
    scene.watch()
    for _ in range(MOST_HOSTS):
        assert scene.next().startswith("w1-1 ")
    assert scene.next() == "w2-1 pypi.example:443"
    assert scene.seen.empty()
