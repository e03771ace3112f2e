"""Cgroups of cells: where they may be made, by folders that look like the kernel's; and by the kernel's own where it lets us."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.cells.cgroups import LEAF, Cgroups, ground, prepared
from hubctl.cells.proofs import prepared as a_cell
from hubctl.cells.start import way_in
from hubctl.cells.use import use_of
from hubctl.core.vocabulary.limits import CellLimits

LIMITS = CellLimits(memory=600 << 20, processes=10)


def cgroup(folder: Path, *, has: str = "cpu memory pids", gives: str = "", holds: str = "") -> Path:
    """A folder as the kernel makes one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("controllers", has), ("subtree_control", gives), ("procs", holds)):
        (folder / f"cgroup.{name}").write_text(text)
    return folder


def own(folder: Path, path: str) -> Path:
    told = folder / "own"
    told.write_text(f"1:name=systemd:/elsewhere\n0::{path}\n")
    return told


def test_the_nearest_that_gives_both_controllers_is_taken(tmp_path: Path) -> None:
    root = cgroup(tmp_path / "root", gives="memory pids")
    near = cgroup(root / "user", gives="cpu memory pids")
    cgroup(near / "hub.scope")
    assert ground(root, own(tmp_path, "/user/hub.scope")) == near
    assert prepared(near) == near
    assert not (near / LEAF).exists()


def test_a_delegated_one_is_taken_and_its_processes_make_room(tmp_path: Path) -> None:
    root = cgroup(tmp_path / "root", gives="cpu")
    delegated = cgroup(root / "hub.service", holds="4711\n")
    assert ground(root, own(tmp_path, "/hub.service")) == delegated
    assert prepared(delegated) == delegated
    assert (delegated / LEAF / "cgroup.procs").read_text() == "4711"
    assert (delegated / "cgroup.subtree_control").read_text() == "+memory +pids"


@pytest.mark.parametrize("has", ["hugetlb", "memory", "pids", ""])
def test_without_both_controllers_there_is_none(tmp_path: Path, has: str) -> None:
    root = cgroup(tmp_path / "root", has=has)
    assert ground(root, own(tmp_path, "/")) is None


@pytest.mark.parametrize("path", ["/gone", "/../other"])
def test_what_is_not_seen_from_here_is_none(tmp_path: Path, path: str) -> None:
    assert ground(cgroup(tmp_path / "root", gives=""), own(tmp_path, path)) is None
    assert ground(tmp_path / "root", tmp_path / "missing") is None


def test_a_cells_cgroup_has_its_limits(tmp_path: Path) -> None:
    made = Cgroups(ground=tmp_path, hub="p1").make("w1-1", LIMITS)
    assert made == tmp_path / "hubctl-p1-w1-1"
    assert {file.name: file.read_text() for file in made.iterdir()} == {
        "memory.max": str(600 << 20),
        "memory.swap.max": "0",
        "pids.max": "40",
    }


def test_one_that_cannot_be_made_is_left(tmp_path: Path) -> None:
    assert Cgroups(ground=tmp_path / "missing", hub="p1").make("w1-1", LIMITS) is None


def test_those_of_others_stay(tmp_path: Path) -> None:
    for name in ("hubctl-p1-w1-1", "hubctl-p2-w1-1", "hubctl"):
        (tmp_path / name).mkdir()
    cgroups = Cgroups(ground=tmp_path, hub="p1")
    cgroups.tidy()
    cgroups.remove("w9-1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hubctl", "hubctl-p2-w1-1"]


@pytest.fixture
def cgroups() -> Iterator[Cgroups]:
    found = ground()
    if found is None:
        pytest.skip("no cgroup of version 2 with memory and pids is this user's to divide")
    made = prepared(found)
    assert made, f"{found} cannot be divided"
    kept = Cgroups(ground=made, hub="tests")
    yield kept
    kept.remove("w1-1")


def test_the_kernel_holds_a_cell_and_says_so(cgroups: Cgroups, tmp_path: Path) -> None:
    made = cgroups.make("w1-1", LIMITS)
    many = "for i in $(seq 120); do tail -f /dev/null & done 2>/dev/null; read -r _"
    inside = [*way_in(a_cell(tmp_path, 1), tmp_path / "note", cgroup=made), "/bin/bash", "-c", many]
    with subprocess.Popen(inside, stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.close()
    assert use_of(process.pid, made, LIMITS).processes > LIMITS.processes
    cgroups.remove("w1-1")
    assert made
    assert not made.exists()
