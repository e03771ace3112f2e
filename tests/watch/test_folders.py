"""A folder's changes: told at once, told again while a file cannot be read, and never lost for good."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubctl.watch import folders, inotify
from hubctl.watch.folders import TRIES, FolderWatch
from support.waiting import PATIENCE

HOUR = 3600.0


class Looks:
    """Notes each look and each walk; `readable` says what a look answers."""

    def __init__(self) -> None:
        self.looks: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self.walks: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.readable: Callable[[Path], bool] = lambda _: True

    def look(self, path: str) -> bool:
        self.looks.put(Path(path))
        return self.readable(Path(path))

    def walk(self) -> None:
        self.walks.put(None)

    def follow(self, watch: FolderWatch, folder: Path) -> None:
        """Once the walk of `follow` has come, the folder is watched."""
        self.walks.get(timeout=PATIENCE)
        watch.follow([folder])
        self.walks.get(timeout=PATIENCE)


@pytest.fixture
def looks() -> Looks:
    return Looks()


@pytest.fixture(params=[False, True], ids=["inotify", "watchdog"])
def watch(looks: Looks, request: pytest.FixtureRequest) -> Iterator[FolderWatch]:
    made = FolderWatch(look=looks.look, walk=looks.walk, round_seconds=HOUR, by_watchdog=request.param)
    made.start()
    yield made
    made.close()


def test_a_change_is_told_without_waiting_for_the_round(
    tmp_path: Path, looks: Looks, watch: FolderWatch
) -> None:
    looks.follow(watch, tmp_path)
    (tmp_path / "a").write_text("x")
    assert looks.looks.get(timeout=PATIENCE) == tmp_path / "a"
    (tmp_path / "a").rename(tmp_path / "b")
    while looks.looks.get(timeout=PATIENCE) != tmp_path / "b":
        pass


def test_a_file_that_cannot_be_read_is_looked_at_again_and_not_for_ever(
    tmp_path: Path, looks: Looks, watch: FolderWatch
) -> None:
    looks.follow(watch, tmp_path)
    looks.readable = lambda path: path.name == "end"
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "file").write_text("x")
    (tmp_path / "torn" / "file").rename(tmp_path / "file")
    told = [looks.looks.get(timeout=PATIENCE) for _ in range(TRIES)]
    assert set(told) == {tmp_path / "file"}
    (tmp_path / "torn" / "end").write_text("x")
    (tmp_path / "torn" / "end").rename(tmp_path / "end")
    assert looks.looks.get(timeout=PATIENCE) == tmp_path / "end"


def test_a_missing_folder_is_found_when_it_is_made(tmp_path: Path, looks: Looks, watch: FolderWatch) -> None:
    folder = tmp_path / "a" / "b"
    looks.follow(watch, folder)
    folder.mkdir(parents=True)
    looks.walks.get(timeout=PATIENCE)


def test_the_rounds_do_where_nothing_can_be_watched(tmp_path: Path, looks: Looks) -> None:
    (tmp_path / "file").write_text("not a folder")
    watch = FolderWatch(look=looks.look, walk=looks.walk, round_seconds=0.01)
    watch.follow([tmp_path / "file" / "below"])
    watch.start()
    for _ in range(5):
        looks.walks.get(timeout=PATIENCE)
    watch.close()


def test_closing_what_was_never_started_is_no_error(looks: Looks) -> None:
    FolderWatch(look=looks.look, walk=looks.walk).close()


def test_a_folder_and_a_missing_one_inside_it_are_both_watched(
    tmp_path: Path, looks: Looks, watch: FolderWatch
) -> None:
    """Scar: the watch for the missing one took the place of the folder's own."""
    looks.walks.get(timeout=PATIENCE)
    watch.follow([tmp_path, tmp_path / "s" / "inside"])
    looks.walks.get(timeout=PATIENCE)
    for text in ("one", "two"):
        (tmp_path / "file").write_text(text)
        assert looks.looks.get(timeout=PATIENCE) == tmp_path / "file"


def test_without_inotify_the_rounds_come_sooner(
    tmp_path: Path, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_kernel", lambda: None)
    monkeypatch.setattr(folders, "BLIND_SECONDS", 0.01)
    watch = FolderWatch(look=looks.look, walk=looks.walk, round_seconds=HOUR)
    watch.follow([tmp_path])
    watch.start()
    for _ in range(5):
        looks.walks.get(timeout=PATIENCE)
    watch.close()


def test_many_folders_are_watched_at_once(tmp_path: Path, looks: Looks, watch: FolderWatch) -> None:
    looks.walks.get(timeout=PATIENCE)
    made = [tmp_path / str(number) for number in range(50)]
    for folder in made:
        folder.mkdir()
    watch.follow(made)
    looks.walks.get(timeout=PATIENCE)
    for folder in made:
        (folder / "file").write_text("x")
    left = set(made)
    while left:
        left.discard(looks.looks.get(timeout=PATIENCE).parent)
