"""Files inside of a folder that a worker can write: no link leads out of it, and nothing but a plain file is read."""

import os
from pathlib import Path

import pytest

from hubctl import disk
from hubctl.errors import HubError


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "place").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").write_text("kept")
    return tmp_path / "place"


def test_a_file_is_made_with_its_folders(place: Path) -> None:
    for text in (b"long text", b"short"):
        disk.write_inside(place, "a/b/c.txt", text, mode=0o600)
    assert (place / "a/b/c.txt").read_bytes() == b"short"
    assert (place / "a/b/c.txt").stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(place: Path, tmp_path: Path) -> None:
    (place / "file").symlink_to(tmp_path / "outside" / "kept")
    disk.write_inside(place, "file", b"new")
    assert (place / "file").read_text() == "new"
    assert not (place / "file").is_symlink()
    assert (tmp_path / "outside" / "kept").read_text() == "kept"


def test_a_file_with_a_second_name_keeps_its_content(place: Path, tmp_path: Path) -> None:
    os.link(tmp_path / "outside" / "kept", place / "file")
    disk.write_inside(place, "file", b"new")
    assert (tmp_path / "outside" / "kept").read_text() == "kept"


@pytest.mark.parametrize("name", ["folder/file", "folder/deep/file", "a/folder/file"])
def test_a_link_on_the_way_is_refused_by_its_name(place: Path, tmp_path: Path, name: str) -> None:
    where = place / "a" if name.startswith("a/") else place
    where.mkdir(exist_ok=True)
    (where / "folder").symlink_to(tmp_path / "outside")
    for act in (
        lambda: disk.write_inside(place, name, b"new"),
        lambda: disk.link_inside(place, name, Path("/etc")),
        lambda: disk.make_folder_inside(place, name),
        lambda: disk.stands_inside(place, name),
    ):
        with pytest.raises(HubError, match="`folder` is a link or a file, where a folder must be"):
            act()
    with pytest.raises(OSError, match="`folder` is a link"):
        disk.read_inside(place, name, most=10)
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["kept"]


@pytest.mark.parametrize("name", ["../outside/kept", "/etc/passwd", "a/../../outside/kept"])
def test_a_name_that_leads_out_is_refused(place: Path, name: str) -> None:
    with pytest.raises(HubError):
        disk.write_inside(place, name, b"new")
    with pytest.raises(OSError, match="Invalid"):
        disk.read_inside(place, name, most=10)


def test_what_is_no_plain_file_is_not_read(place: Path, tmp_path: Path) -> None:
    os.mkfifo(place / "pipe")
    (place / "link").symlink_to(tmp_path / "outside" / "kept")
    for name in ("pipe", "link"):
        with pytest.raises(OSError):  # noqa: PT011 -- the kernel's words differ
            disk.read_inside(place, name, most=10)
    (place / "plain").write_text("0123456789")
    assert disk.read_inside(place, "plain", most=4) == b"0123"


def test_a_link_that_leads_nowhere_stands(place: Path) -> None:
    assert not disk.stands_inside(place, "a/link")
    disk.link_inside(place, "a/link", Path("/nowhere"))
    assert disk.stands_inside(place, "a/link")
