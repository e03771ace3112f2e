"""Payloads in spool folders: none lost, none forged, none told twice in one life."""

import os
import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubctl.agents.claude.files import parse_spooled
from hubctl.core.intake.observations import HookSeen, Observation
from hubctl.watch.hooks import HookWatcher
from support.waiting import PATIENCE

NOW = datetime(2026, 1, 2, tzinfo=UTC)
FIRST = 1_767_225_600_000_000_000
"""2026-01-01, in nanoseconds."""

Make = Callable[[], "tuple[HookWatcher, queue.SimpleQueue[Observation]]"]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[HookWatcher] = []

    def one() -> "tuple[HookWatcher, queue.SimpleQueue[Observation]]":
        seen: queue.SimpleQueue[Observation] = queue.SimpleQueue()
        watcher = HookWatcher(put=seen.put, now=lambda: NOW, parse=parse_spooled)
        made.append(watcher)
        return watcher, seen

    yield one
    for watcher in made:
        watcher.close()


def payload(name: str, token: str = "secret") -> str:
    return f'{token}\n{{"hook_event_name": "{name}"}}'


def lay(spool: Path, name: str, text: str) -> Path:
    """As the hook script does it: whole or not at all."""
    spool.mkdir(parents=True, exist_ok=True)
    (spool / f".{name}").write_text(text)
    return (spool / f".{name}").rename(spool / name)


def take(seen: "queue.SimpleQueue[Observation]") -> HookSeen:
    found = seen.get(timeout=PATIENCE)
    assert isinstance(found, HookSeen)
    return found


def test_what_lies_there_already_comes_first_and_in_order(tmp_path: Path, make: Make) -> None:
    spool = tmp_path / "spools" / "w1"
    lay(spool, f"{FIRST + 10}-7.json", payload("Stop"))
    lay(spool, f"{FIRST}-900.json", payload("SessionStart"))
    watcher, seen = make()
    watcher.watch(worker="w1", spool=spool, token="secret")
    watcher.start()
    assert [take(seen).name, take(seen).name] == ["SessionStart", "Stop"]
    lay(spool, f"{FIRST + 20}-7.json", payload("SessionEnd"))
    last = take(seen)
    assert (last.name, last.worker, last.receipt) == ("SessionEnd", "w1", f"{FIRST + 20}-7.json")
    assert last.at == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_payload_outlives_a_hub_that_died_before_it_was_dealt_with(tmp_path: Path, make: Make) -> None:
    spool = tmp_path / "spools" / "w1"
    file = lay(spool, f"{FIRST}-1.json", payload("Stop"))
    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=spool, token="secret")
    first = take(seen)
    watcher.close()
    assert file.exists()

    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=spool, token="secret")
    assert take(seen) == first
    watcher.settle("w1", first.receipt)
    assert not file.exists()


def test_an_unsettled_payload_is_told_once(tmp_path: Path, make: Make) -> None:
    spool = tmp_path / "spools" / "w1"
    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=spool, token="secret")
    for number in range(5):
        lay(spool, f"{FIRST + number}-1.json", payload(f"Event{number}"))
    assert [take(seen).name for _ in range(5)] == [f"Event{number}" for number in range(5)]
    watcher.close()
    assert seen.empty()


def test_a_wrong_token_and_garbage_are_deleted_and_never_told(tmp_path: Path, make: Make) -> None:
    spool = tmp_path / "spools" / "w1"
    forged = lay(spool, f"{FIRST}-1.json", payload("Stop", token="guessed"))
    torn = lay(spool, f"{FIRST + 1}-1.json", "secret\n{")
    lay(spool, f"{FIRST + 2}-1.json", payload("SessionEnd"))
    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=spool, token="secret")
    assert take(seen).name == "SessionEnd"
    assert not forged.exists()
    assert not torn.exists()


def test_pipes_links_and_folders_with_a_fitting_name_hold_nobody_up(tmp_path: Path, make: Make) -> None:
    spool = tmp_path / "spools" / "w1"
    spool.mkdir(parents=True)
    secret = tmp_path / "elsewhere"
    secret.write_text(payload("Linked"))
    os.mkfifo(spool / f"{FIRST}-1.json")
    (spool / f"{FIRST}-2.json").symlink_to(secret)
    (spool / f"{FIRST}-3.json").mkdir()
    lay(spool, f"{FIRST + 1}-4.json", payload("Stop"))
    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=spool, token="secret")
    assert take(seen).name == "Stop"
    assert secret.exists()


def test_a_time_from_the_future_is_now(tmp_path: Path, make: Make) -> None:
    spool = tmp_path / "spools" / "w1"
    lay(spool, "9999999999999999999-1.json", payload("Stop"))
    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=spool, token="secret")
    assert take(seen).at == NOW


def test_each_worker_has_its_own_spool_and_token(tmp_path: Path, make: Make) -> None:
    watcher, seen = make()
    watcher.start()
    for worker in ("w1", "w2"):
        watcher.watch(worker=worker, spool=tmp_path / "spools" / worker, token=f"token-{worker}")
    lay(tmp_path / "spools" / "w1", f"{FIRST}-1.json", payload("Forged", token="token-w2"))
    lay(tmp_path / "spools" / "w1", f"{FIRST + 1}-1.json", payload("Mine", token="token-w1"))
    assert (take(seen).name, seen.empty()) == ("Mine", True)


def test_a_forgotten_worker_is_silent_and_keeps_its_files(tmp_path: Path, make: Make) -> None:
    watcher, seen = make()
    watcher.start()
    for worker in ("w1", "w2"):
        watcher.watch(worker=worker, spool=tmp_path / "spools" / worker, token="secret")
    watcher.forget("w1")
    file = lay(tmp_path / "spools" / "w1", f"{FIRST}-1.json", payload("Stop"))
    lay(tmp_path / "spools" / "w2", f"{FIRST}-1.json", payload("SessionEnd"))
    assert take(seen).worker == "w2"
    assert file.exists()


def test_a_spool_that_is_made_later_is_found(tmp_path: Path, make: Make) -> None:
    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=tmp_path / "not" / "yet" / "w1", token="secret")
    lay(tmp_path / "not" / "yet" / "w1", f"{FIRST}-1.json", payload("Stop"))
    assert take(seen).name == "Stop"


def test_an_unknown_receipt_deletes_nothing(tmp_path: Path, make: Make) -> None:
    spool = tmp_path / "spools" / "w1"
    file = lay(spool, f"{FIRST}-1.json", payload("Stop"))
    watcher, seen = make()
    watcher.start()
    watcher.watch(worker="w1", spool=spool, token="secret")
    take(seen)
    watcher.settle("w1", "../w1/other.json")
    watcher.settle("w2", file.name)
    assert file.exists()
