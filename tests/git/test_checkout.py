"""The looks of a real checkout: each change of a worker shows, what is ignored or the hub's own never does."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.errors import HubError
from hubctl.git import checkout as footprints
from hubctl.git.checkout import REST, checkout_look
from hubctl.git.location import Repository
from hubctl.git.repository import exclude, find_repository


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def at(checkout: Path) -> Repository:
    return Repository(path=checkout, common=checkout / ".git")


def _write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a new file": _write("new.txt", "x"),
    "another text": _write("README.md", "# Other\n"),
    "a deletion": lambda folder: (folder / "README.md").unlink(),
    "a mode": lambda folder: (folder / "README.md").chmod(0o755),
    "an odd name": lambda folder: (folder / "zwei  Wörter\n\udcff").touch(),
    "staged": lambda folder: (_write("new.txt", "x")(folder), git(folder, "add", ".")),
    "a commit": lambda folder: git(folder, "commit", "--allow-empty", "-qm", "More"),
    "a link": lambda folder: (folder / "link").symlink_to("nowhere"),
    "a conflict": lambda folder: _conflict(folder),
}


def _conflict(folder: Path) -> None:
    for branch in ("left", "right"):
        git(folder, "checkout", "-q", "-b", branch, "main")
        (folder / "README.md").write_text(f"# {branch}\n")
        git(folder, "commit", "-qam", branch)
    subprocess.run(["git", "merge", "-q", "left"], cwd=folder, check=False, capture_output=True)


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_shows(repository: Path, change: str) -> None:
    before = checkout_look(at(repository))
    assert before == checkout_look(at(repository))
    CHANGES[change](repository)
    assert checkout_look(at(repository)).digest != before.digest


def test_a_second_change_of_the_same_file_shows(repository: Path) -> None:
    (repository / "new.txt").write_text("x")
    os.utime(repository / "new.txt", ns=(0, 1))
    before = checkout_look(at(repository))
    assert before.files["new.txt"].at == pytest.approx(1e-9)
    (repository / "new.txt").write_text("y")
    assert checkout_look(at(repository)).changed(before) == {"new.txt"}


def test_what_is_ignored_or_the_hubs_own_does_not_show(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n")
    git(repository, "add", ".gitignore")
    git(repository, "commit", "-qm", "Ignore logs")
    exclude(find_repository(repository))
    before = checkout_look(at(repository))
    (repository / "server.log").write_text("a line\n")
    (repository / ".hubctl" / "tasks").mkdir(parents=True)
    (repository / ".hubctl" / "tasks" / "1.md").write_text("Your task.")
    assert checkout_look(at(repository)) == before


def test_the_index_is_not_written(repository: Path) -> None:
    os.utime(repository / "README.md", (1, 1))
    index = (repository / ".git" / "index").read_bytes()
    checkout_look(at(repository))
    assert (repository / ".git" / "index").read_bytes() == index


def test_of_very_many_files_the_rest_is_one(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprints, "MOST_FILES", 2)
    for name in "abcd":
        (repository / name).touch()
    before = checkout_look(at(repository))
    assert set(before.files) == {"a", "b", REST}
    (repository / "e").touch()
    assert checkout_look(at(repository)).changed(before) == {REST}


def test_what_is_no_checkout_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HubError):
        checkout_look(at(tmp_path / "gone"))
