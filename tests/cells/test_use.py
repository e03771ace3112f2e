"""What a cell uses, seen from outside while it runs; and what the kernel says of one that it holds."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hubctl.cells.proofs import prepared
from hubctl.cells.start import way_in
from hubctl.cells.use import disk_of, use_of
from hubctl.core.vocabulary.limits import CellLimits, CellUse

M = 1 << 20
LIMITS = CellLimits()


@contextmanager
def running(folder: Path, program: str) -> Iterator[int]:
    """A cell in which this Python program has said that it is ready, until it may end; the outermost process of it."""
    inside = [*way_in(prepared(folder, 1), folder / "note"), "/usr/bin/python3", "-c"]
    waits = f"{program}\nprint(flush=True)\ninput()"
    with subprocess.Popen([*inside, waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline()
        yield process.pid
        process.stdin.write(b"\n")


def test_processes_and_their_memory_are_counted(tmp_path: Path) -> None:
    with running(tmp_path, "kept = bytearray(b'x') * (100 << 20)") as pid:
        use = use_of(pid, None, LIMITS)
    assert use.processes == 2
    assert 100 * M < use.memory < 130 * M


def test_processes_that_a_thread_started_or_that_left_their_parent_are_counted(tmp_path: Path) -> None:
    program = """
import os, subprocess, threading
wait = ["tail", "-f", "/dev/null"]
thread = threading.Thread(target=subprocess.Popen, args=(wait,))
thread.start()
thread.join()
os.system("setsid tail -f /dev/null >/dev/null &")
"""
    with running(tmp_path, program) as pid:
        assert use_of(pid, None, LIMITS).processes == 4


def test_files_in_memory_count_as_memory(tmp_path: Path) -> None:
    writes = "for folder in ('/tmp', '/dev/shm', ''): open(f'{folder}/kept', 'wb').write(bytes(20 << 20))"
    with running(tmp_path, writes) as pid:
        assert 60 * M <= use_of(pid, None, LIMITS).memory < 90 * M


def test_the_machines_own_files_are_none_of_a_cell_that_is_being_made() -> None:
    program = ["/bin/sh", "-c", "cat; true"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"x")
        process.stdin.flush()
        assert process.stdout.read(1) == b"x"
        use = use_of(process.pid, None, LIMITS)
        process.stdin.close()
    assert use.processes == 1
    assert use.memory < 10 * M


def test_near_a_limit_what_processes_share_counts_once(tmp_path: Path) -> None:
    forks = (
        "import os\nkept = bytearray(b'x') * (60 << 20)\n"
        + "if os.fork() == 0: os.read(0, 1), os._exit(0)\n" * 3
    )
    with running(tmp_path, forks) as pid:
        assert use_of(pid, None, LIMITS).memory > 220 * M
        assert 60 * M < use_of(pid, None, CellLimits(memory=100 * M)).memory < 100 * M


def test_a_cell_that_has_ended_uses_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "") as pid:
        pass
    assert use_of(pid, None, LIMITS) == use_of(pid, tmp_path / "missing", LIMITS) == CellUse()


@pytest.mark.parametrize(
    ("memory", "pids", "told"),
    [
        ("oom 0\noom_kill 0\n", "max 0\n", CellUse()),
        ("oom 1\noom_kill 1\n", "max 0\n", CellUse(memory=LIMITS.memory + 1)),
        ("oom_kill 0\n", "max 3\n", CellUse(processes=LIMITS.processes + 1)),
    ],
)
def test_what_the_kernel_refused_is_over_the_limit(
    tmp_path: Path, memory: str, pids: str, told: CellUse
) -> None:
    (tmp_path / "cgroup.procs").write_text("")
    (tmp_path / "memory.events").write_text(memory)
    (tmp_path / "pids.events").write_text(pids)
    assert use_of(2**22 + 1, tmp_path, LIMITS) == told


def test_processes_of_a_cgroup_are_counted_there(tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").write_text("1\n2\n3\n")
    assert use_of(os.getpid(), tmp_path, LIMITS) == CellUse(processes=3)


def test_files_are_counted_once_and_links_are_not_followed(tmp_path: Path) -> None:
    work, other = tmp_path / "work", tmp_path / "other"
    for folder in (work / "below", other):
        folder.mkdir(parents=True)
    (work / "below" / "a").write_bytes(bytes(M))
    (work / "again").hardlink_to(work / "below" / "a")
    (other / "b").write_bytes(bytes(M))
    (work / "link").symlink_to(other)
    (work / "holes").touch()
    os.truncate(work / "holes", 100 * M)
    assert M <= disk_of((work, tmp_path / "missing"), seconds=60) < 2 * M
    assert disk_of((work, other), seconds=60) >= 2 * M


def test_a_walk_ends_when_its_time_is_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(M))
    assert disk_of((tmp_path,), seconds=0) == 0
