"""What the kernel tells of folders that come, go, have two names, or cannot be watched."""

import errno
import select
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.watch import inotify
from hubctl.watch.inotify import Ear, Heard

SILENCE = Heard(files=(), folders=False)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no inotify here")


@pytest.fixture
def ear(request: pytest.FixtureRequest) -> Iterator[Ear]:
    made = Ear(whole=getattr(request, "param", False))
    yield made
    made.close()


def hear(ear: Ear) -> Heard:
    """Waits for a word, and takes all that is there."""
    descriptor = ear.fileno()
    assert descriptor is not None
    assert select.select([descriptor], [], [], 20)[0]
    return ear.hear()


def place(ear: Ear, *folders: Path) -> None:
    ear.place(frozenset(map(str, folders)))


def files(heard: Heard) -> tuple[Path, ...]:
    return tuple(map(Path, heard.files))


def test_a_file_is_told_of_when_it_is_closed_and_when_it_goes(tmp_path: Path, ear: Ear) -> None:
    place(ear, tmp_path)
    (tmp_path / "a").touch()
    ear.hear()
    with (tmp_path / "a").open("w") as file:
        file.write("half")
        file.flush()
        assert ear.hear() == SILENCE
    assert files(hear(ear)) == (tmp_path / "a",)
    (tmp_path / "a").rename(tmp_path / "b")
    assert files(hear(ear)) == (tmp_path / "a", tmp_path / "b")
    (tmp_path / "b").unlink()
    assert files(hear(ear)) == (tmp_path / "b",)


@pytest.mark.parametrize("ear", [True], indirect=True)
def test_where_files_come_whole_only_their_arrival_is_told(tmp_path: Path, ear: Ear) -> None:
    place(ear, tmp_path)
    (tmp_path / ".a").write_text("x")
    assert ear.hear() == SILENCE
    (tmp_path / ".a").rename(tmp_path / "a")
    assert hear(ear) == Heard(files=(str(tmp_path / "a"),), folders=False)
    (tmp_path / "a").unlink()
    assert ear.hear() == SILENCE


@pytest.mark.parametrize("ear", [False, True], indirect=True)
def test_a_folder_that_is_deleted_or_moved_and_made_again_is_heard_again(tmp_path: Path, ear: Ear) -> None:
    folder = tmp_path / "a" / "b"
    place(ear, folder)
    for path in (folder.parent, folder):
        path.mkdir()
        assert hear(ear).folders
        place(ear, folder)
    folder.rmdir()
    assert hear(ear).folders
    place(ear, folder)
    folder.mkdir()
    assert hear(ear).folders
    place(ear, folder)
    folder.rename(tmp_path / "moved")
    assert hear(ear).folders
    folder.mkdir()
    place(ear, folder)
    ear.hear()
    (tmp_path / "file").touch()
    (tmp_path / "file").rename(folder / "file")
    assert files(hear(ear)) == (folder / "file",)


def test_a_folder_with_two_names_is_told_of_under_both(tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    place(ear, tmp_path / "a", tmp_path / "b")
    (tmp_path / "a" / "file").write_text("x")
    assert files(hear(ear)) == (tmp_path / "a" / "file", tmp_path / "b" / "file")


def test_a_folder_that_is_no_longer_wanted_is_silent(tmp_path: Path, ear: Ear) -> None:
    place(ear, tmp_path)
    place(ear)
    ear.hear()
    (tmp_path / "a").write_text("x")
    assert ear.hear() == SILENCE


def test_any_number_of_folders_needs_no_thread(tmp_path: Path, ear: Ear) -> None:
    before = threading.active_count()
    folders = [tmp_path / str(number) for number in range(200)]
    for folder in folders:
        folder.mkdir()
    place(ear, *folders)
    assert threading.active_count() == before
    for folder in folders:
        (folder / "a").write_text("x")
    assert set(files(ear.hear())) == {folder / "a" for folder in folders}


def test_a_system_without_inotify_is_blind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(inotify, "_kernel", lambda: None)
    ear = Ear()
    place(ear, tmp_path)
    assert (ear.blind, ear.fileno(), ear.hear()) == (True, None, SILENCE)
    ear.close()


def test_watches_that_are_used_up_make_it_blind_until_there_are_some_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ear: Ear
) -> None:
    def none_left(folder: str, mask: int) -> int:
        raise OSError(errno.ENOSPC, f"no watch is left for {folder}")

    with monkeypatch.context() as patch:
        patch.setattr(ear._kernel, "add_watch", none_left)
        place(ear, tmp_path)
        blind = [ear.blind]
    place(ear, tmp_path)
    assert [*blind, ear.blind] == [True, False]
    (tmp_path / "a").write_text("x")
    assert files(hear(ear)) == (tmp_path / "a",)


def test_a_folder_more_is_watched_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ear: Ear) -> None:
    """A hundred workers are started one after the other."""
    (tmp_path / "b").mkdir()
    place(ear, tmp_path)
    added = list[str]()
    add = ear._kernel.add_watch

    def counted(folder: str, mask: int) -> int:
        added.append(folder)
        return int(add(folder, mask))

    monkeypatch.setattr(ear._kernel, "add_watch", counted)
    both = frozenset({str(tmp_path), str(tmp_path / "b")})
    ear.place(both, anew=False)
    assert set(added) == {str(tmp_path / "b")}
    (tmp_path / "b" / "file").write_text("x")
    (tmp_path / "file").write_text("x")
    assert files(hear(ear)) == (tmp_path / "b" / "file", tmp_path / "file")
    ear.place(frozenset({str(tmp_path / "b")}), anew=False)
    ear.hear()
    (tmp_path / "file").write_text("x")
    assert ear.hear() == SILENCE
