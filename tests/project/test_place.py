"""Where a hub keeps its things: found again from anywhere, told apart from copies, never half made."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.git.repository import find_repository
from hubctl.project import place as placing
from hubctl.project.place import Place, find_place, is_running, make_place, refuse_windows_disk, write_whole


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def found(repository: Path) -> Repository:
    return find_repository(repository)


def test_a_place_is_private_and_found_again_without_variables(
    env: dict[str, str], found: Repository, tmp_path: Path
) -> None:
    place, new = make_place(env, found)
    assert new
    assert place.state.parent == tmp_path / "state" / "hubctl"
    assert place.state.name == f"repository-{place.id}"
    assert place.state.stat().st_mode & 0o777 == 0o700
    assert find_place({}, found.path) == place
    assert make_place({}, found) == (place, False)
    assert find_place({"HUBCTL_STATE": str(place.state)}, tmp_path) == place


def test_a_named_state_is_absolute(
    env: dict[str, str], found: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = make_place(env, found)
    monkeypatch.chdir(place.state.parent)
    assert find_place({"HUBCTL_STATE": place.state.name}, found.path).state == place.state


def test_without_xdg_the_state_lies_in_home(found: Repository, tmp_path: Path) -> None:
    place, _ = make_place({"HOME": str(tmp_path / "home")}, found)
    assert place.state.parent == tmp_path / "home" / ".local" / "state" / "hubctl"


def test_an_odd_name_of_the_repository_is_made_plain(env: dict[str, str], found: Repository) -> None:
    odd = found.path.with_name("ä b;$(c)")
    found.path.rename(odd)
    place, _ = make_place(env, find_repository(odd))
    assert place.state.name == f"b-c-{place.id}"


@pytest.mark.parametrize(
    "text", ["", "1234\n", "1234\nrelative\n", "\xff\n\xff\n", "\n\n\n"], ids=lambda text: repr(text)
)
def test_a_torn_pointer(found: Repository, text: str) -> None:
    pointer = found.common / "hubctl-id"
    pointer.write_bytes(text.encode("latin-1"))
    for look in (lambda: find_place({}, found.path), lambda: make_place({}, found)):
        with pytest.raises(HubError, match="is torn") as caught:
            look()
        assert "hubctl init" in caught.value.cure


@pytest.mark.parametrize("text", ["", "[]", "null", '{"id": "a"}', '{"id": "a", "checkout": 1}', "\xff"])
def test_a_torn_record(env: dict[str, str], found: Repository, text: str) -> None:
    place, _ = make_place(env, found)
    (place.state / "place.json").write_bytes(text.encode("latin-1"))
    for look in (lambda: find_place({}, found.path), lambda: make_place({}, found)):
        with pytest.raises(HubError, match=r"`.*place\.json` cannot be read") as caught:
            look()
        assert "hubctl-id" in caught.value.cure


def test_a_copy_and_its_original_have_two_hubs(
    env: dict[str, str], found: Repository, tmp_path: Path
) -> None:
    place, _ = make_place(env, found)
    shutil.copytree(found.path, tmp_path / "copy")
    copied = find_repository(tmp_path / "copy")
    with pytest.raises(HubError, match="is a copy of it, or was moved"):
        find_place({}, copied.path)
    other, new = make_place(env, copied)
    assert new
    assert other.id != place.id
    assert find_place({}, found.path) == place
    assert find_place({}, copied.path) == other


def test_a_moved_repository_takes_its_state_along(
    env: dict[str, str], found: Repository, tmp_path: Path
) -> None:
    place, _ = make_place(env, found)
    found.path.rename(tmp_path / "moved")
    moved, new = make_place(env, find_repository(tmp_path / "moved"))
    assert (moved.id, moved.state, moved.checkout, new) == (
        place.id,
        place.state,
        tmp_path / "moved",
        False,
    )


def test_a_state_that_cannot_be_pointed_at_is_not_left_behind(
    env: dict[str, str], found: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str, *, mode: int = 0o600) -> None:
        if path.name == "hubctl-id":
            raise OSError(28, os.strerror(28), str(path))
        write_whole(path, text, mode=mode)

    monkeypatch.setattr(placing, "write_whole", full)
    with pytest.raises(HubError, match="full"):
        make_place(env, found)
    assert list(Path(env["XDG_STATE_HOME"]).rglob("*-*")) == []


def test_a_moved_repository_on_a_full_disk_keeps_its_state(
    env: dict[str, str], found: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = make_place(env, found)
    found.path.rename(tmp_path / "moved")

    def full(path: Path, text: str, *, mode: int = 0o600) -> None:
        raise OSError(28, os.strerror(28), str(path))

    monkeypatch.setattr(placing, "write_whole", full)
    with pytest.raises(HubError, match="full"):
        make_place(env, find_repository(tmp_path / "moved"))
    assert json.loads((place.state / "place.json").read_text())["checkout"] == str(found.path)


@pytest.mark.parametrize(
    ("folder", "release", "refused"),
    [
        ("/mnt/c/Users/a", "5.15.0-microsoft-standard-WSL2", True),
        ("/mnt/c", "5.15.0-Microsoft", True),
        ("/mnt/data/a", "5.15.0-microsoft-standard-WSL2", False),
        ("/mnt/c/a", "6.1.0-generic", False),
    ],
)
def test_a_windows_disk(monkeypatch: pytest.MonkeyPatch, folder: str, release: str, refused: bool) -> None:
    monkeypatch.setattr(placing, "_kernel", lambda: release)
    if refused:
        with pytest.raises(HubError, match="Windows disk"):
            refuse_windows_disk(Path(folder))
    else:
        refuse_windows_disk(Path(folder))


# --- files and locks ----------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_with_its_rights_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, "old")
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "\ud800")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_hub_runs_while_its_lock_is_held(tmp_path: Path) -> None:
    place = Place(id="a", state=tmp_path, checkout=tmp_path)
    assert not is_running(place)
    with place.lock.open("a+") as file:
        assert not is_running(place)
        fcntl.flock(file, fcntl.LOCK_EX)
        assert is_running(place)
    assert not is_running(place)


def test_a_lock_that_cannot_be_looked_at(tmp_path: Path) -> None:
    place = Place(id="a", state=tmp_path / "file" / "below", checkout=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(HubError, match=r"hub\.lock` cannot be read"):
        is_running(place)
