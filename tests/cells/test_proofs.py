"""What a cell holds on this machine, tried from inside; and that each proof would see a cell that does not."""

import os
import subprocess
from pathlib import Path

import pytest

from hubctl.cells import start
from hubctl.cells.profile import Cell
from hubctl.cells.proofs import PROOFS, SECRET, prepared, proofs, proven
from hubctl.cells.start import hindrance, hindrance_of, way_in
from hubctl.core.vocabulary.values import replace
from hubctl.errors import HubError
from support.waiting import wait_until


def test_every_proof_holds(tmp_path: Path) -> None:
    assert hindrance() is None
    assert {one.name: one.said for one in proofs(tmp_path) if not one.holds} == {}


@pytest.mark.parametrize(
    "name",
    [
        "reads no untracked secret",
        "keeps guarded files",
        "moves no branch of yours",
        "deletes nothing of the history",
        "sees none of your home",
    ],
)
def test_what_a_wider_cell_lets_through_is_seen(name: str, tmp_path: Path) -> None:
    """Each of these opens one thing, and the proof of that thing fails."""
    cell = prepared(tmp_path, 1)
    wider = {
        "reads no untracked secret": replace(cell, masked=()),
        "keeps guarded files": replace(cell, guarded=()),
        "moves no branch of yours": replace(cell, writable=(tmp_path / "repository" / ".git",)),
        "deletes nothing of the history": replace(
            cell, writable=(tmp_path / "repository" / ".git" / "objects",)
        ),
        "sees none of your home": replace(cell, home=tmp_path / "home"),
    }
    assert not proven(wider[name], tmp_path / "note", name, PROOFS[name]).holds


def run(cell: Cell, note: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*way_in(cell, note), "/bin/bash", "-c", command],
        env={"TOKEN": SECRET},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home")}
    return Cell(work=tmp_path / "work", home_at=tmp_path / "home", env=env)


def test_what_a_cell_starts_ends_with_it(cell: Cell, tmp_path: Path) -> None:
    """A double fork with a session of its own, too."""
    mark = f"{os.getpid()}54321"
    run(
        cell,
        tmp_path / "note",
        f"(setsid sleep {mark} >/dev/null 2>&1 &); sleep {mark} >/dev/null 2>&1 & exit 0",
    )
    wait_until(
        lambda: mark not in subprocess.run(["ps", "ax"], capture_output=True, text=True, check=True).stdout
    )


def test_its_home_ends_with_it_unless_it_has_one(cell: Cell, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    for one in (cell, replace(cell, home=kept)):
        assert run(one, tmp_path / "note", "ls -A ~; echo x >~/x").stdout == ""
    assert (list((tmp_path / "home").iterdir()), [path.name for path in kept.iterdir()]) == ([], ["x"])


def test_a_link_that_is_named_is_not_its_target(cell: Cell, tmp_path: Path) -> None:
    """A guarded name that is a link would guard, or show, what it leads to."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text(SECRET)
    (tmp_path / "work" / ".github").symlink_to(secret)
    (tmp_path / "shown").symlink_to(secret)
    shown = replace(
        cell, guarded=(".github",), readable=(tmp_path / "shown",), writable=(tmp_path / "shown",)
    )
    assert SECRET not in run(shown, tmp_path / "note", f"cat .github/key {tmp_path}/shown/key").stdout


def test_why_no_cell_can_be_made_is_said_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "PROGRAM", "no-such-bwrap")
    found = hindrance()
    assert found
    assert "apt-get install bubblewrap" in found.cure
    with pytest.raises(HubError, match="not installed"):
        way_in(Cell(work=Path("/"), home_at=Path("/root")), Path("/nowhere"))


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        (
            "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded",
            "sysctl",
        ),
        ("bwrap: No permissions to create new namespace, likely because the kernel does not allow", "sysctl"),
        ("bwrap: setting up uid map: Operation not permitted", "ordinary user"),
        ("bwrap: something new", "bwrap --ro-bind"),
    ],
)
def test_what_bubblewrap_says_has_a_cure(said: str, cure: str) -> None:
    found = hindrance_of(said)
    assert said in found.message
    assert cure in found.cure
