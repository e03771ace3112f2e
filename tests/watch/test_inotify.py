"""What the kernel tells of folders that come, go, have two names, or cannot be watched."""

import errno
import select
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.watch import inotify
from hubctl.watch.inotify import Heard, Inotify

SILENCE = Heard(files=(), folders=False)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no inotify here")


@pytest.fixture
def source(request: pytest.FixtureRequest) -> Iterator[Inotify]:
    made = Inotify(whole=getattr(request, "param", False))
    yield made
    made.close()


def hear(source: Inotify) -> Heard:
    """Waits for a word, and takes all that is there."""
    descriptor = source.fileno()
    assert descriptor is not None
    assert select.select([descriptor], [], [], 20)[0]
    return source.hear()


def place(source: Inotify, *folders: Path) -> None:
    source.place(frozenset(map(str, folders)))


def files(heard: Heard) -> tuple[Path, ...]:
    return tuple(map(Path, heard.files))


def test_a_file_is_told_of_when_it_is_closed_and_when_it_goes(tmp_path: Path, source: Inotify) -> None:
    place(source, tmp_path)
    (tmp_path / "a").touch()
    source.hear()
    with (tmp_path / "a").open("w") as file:
        file.write("half")
        file.flush()
        assert source.hear() == SILENCE
    assert files(hear(source)) == (tmp_path / "a",)
    (tmp_path / "a").rename(tmp_path / "b")
    assert files(hear(source)) == (tmp_path / "a", tmp_path / "b")
    (tmp_path / "b").unlink()
    assert files(hear(source)) == (tmp_path / "b",)


@pytest.mark.parametrize("source", [True], indirect=True)
def test_where_files_come_whole_only_their_arrival_is_told(tmp_path: Path, source: Inotify) -> None:
    place(source, tmp_path)
    (tmp_path / ".a").write_text("x")
    assert source.hear() == SILENCE
    (tmp_path / ".a").rename(tmp_path / "a")
    assert hear(source) == Heard(files=(str(tmp_path / "a"),), folders=False)
    (tmp_path / "a").unlink()
    assert source.hear() == SILENCE


@pytest.mark.parametrize("source", [False, True], indirect=True)
def test_a_folder_that_is_deleted_or_moved_and_made_again_is_heard_again(
    tmp_path: Path, source: Inotify
) -> None:
    folder = tmp_path / "a" / "b"
    place(source, folder)
    for path in (folder.parent, folder):
        path.mkdir()
        assert hear(source).folders
        place(source, folder)
    folder.rmdir()
    assert hear(source).folders
    place(source, folder)
    folder.mkdir()
    assert hear(source).folders
    place(source, folder)
    folder.rename(tmp_path / "moved")
    assert hear(source).folders
    folder.mkdir()
    place(source, folder)
    source.hear()
    (tmp_path / "file").touch()
    (tmp_path / "file").rename(folder / "file")
    assert files(hear(source)) == (folder / "file",)


def test_a_folder_with_two_names_is_told_of_under_both(tmp_path: Path, source: Inotify) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    place(source, tmp_path / "a", tmp_path / "b")
    (tmp_path / "a" / "file").write_text("x")
    assert files(hear(source)) == (tmp_path / "a" / "file", tmp_path / "b" / "file")


def test_a_folder_that_is_no_longer_wanted_is_silent(tmp_path: Path, source: Inotify) -> None:
    place(source, tmp_path)
    place(source)
    source.hear()
    (tmp_path / "a").write_text("x")
    assert source.hear() == SILENCE


def test_any_number_of_folders_needs_no_thread(tmp_path: Path, source: Inotify) -> None:
    before = threading.active_count()
    folders = [tmp_path / str(number) for number in range(200)]
    for folder in folders:
        folder.mkdir()
    place(source, *folders)
    assert threading.active_count() == before
    for folder in folders:
        (folder / "a").write_text("x")
    assert set(files(source.hear())) == {folder / "a" for folder in folders}


def test_a_system_without_inotify_is_blind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(inotify, "_kernel", lambda: None)
    source = Inotify()
    place(source, tmp_path)
    assert (source.blind, source.fileno(), source.hear()) == (True, None, SILENCE)
    source.close()


def test_watches_that_are_used_up_make_it_blind_until_there_are_some_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Inotify
) -> None:
    def none_left(folder: str, mask: int) -> int:
        raise OSError(errno.ENOSPC, f"no watch is left for {folder}")

    with monkeypatch.context() as patch:
        patch.setattr(source._kernel, "add_watch", none_left)
        place(source, tmp_path)
        blind = [source.blind]
    place(source, tmp_path)
    assert [*blind, source.blind] == [True, False]
    (tmp_path / "a").write_text("x")
    assert files(hear(source)) == (tmp_path / "a",)


def test_a_folder_more_is_watched_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Inotify
) -> None:
    """A hundred workers are started one after the other."""
    (tmp_path / "b").mkdir()
    place(source, tmp_path)
    added = list[str]()
    add = source._kernel.add_watch

    def counted(folder: str, mask: int) -> int:
        added.append(folder)
        return int(add(folder, mask))

    monkeypatch.setattr(source._kernel, "add_watch", counted)
    both = frozenset({str(tmp_path), str(tmp_path / "b")})
    source.place(both, anew=False)
    assert set(added) == {str(tmp_path / "b")}
    (tmp_path / "b" / "file").write_text("x")
    (tmp_path / "file").write_text("x")
    assert files(hear(source)) == (tmp_path / "b" / "file", tmp_path / "file")
    source.place(frozenset({str(tmp_path / "b")}), anew=False)
    source.hear()
    (tmp_path / "file").write_text("x")
    assert source.hear() == SILENCE
