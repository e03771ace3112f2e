"""What a cell uses: memory and processes below its first process, files in its folders, or what its cgroup says of it.

Rules: a look is cheap as long as nothing is near a limit, and costs no more than the limits are large. What a worker laid
down is counted and never opened; links are not followed.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from hubctl import clock
from hubctl.core.vocabulary.limits import CellLimits, CellUse

KILOBYTE, BLOCK = 1024, 512
MEMORY_FOLDERS: Final = ("", "tmp", "run", "dev", "dev/shm")
"""What of a cell's own lies in memory: its root, and what is mounted there (`hubctl.cells.profile`)."""
HELD: Final = ("RssAnon", "RssShmem", "VmSwap")
"""Lines of `status`. What of files is in memory does not count: the kernel takes it back."""
SHARED_OUT: Final = ("Pss_Anon", "Pss_Shmem", "SwapPss")
"""The same lines of `smaps_rollup`, with what processes share counted once; it takes the kernel far longer to say."""

START_SECONDS: Final = 0.2
"""So long a program that is being started may have all of its parent's memory, which would count once more."""


def use_of(pid: int, cgroup: Path | None, limits: CellLimits) -> CellUse:
    """Memory and processes of the cell whose outermost process this is, or the one above. `cgroup`: the one that it may be in.

    What the kernel itself has refused counts as just above its limit, also when all of the cell has ended.
    """
    if cgroup and (members := _read(cgroup / "cgroup.procs").split()):
        below, memory = members, 0
    else:
        below = [str(each) for each in islice(processes_below(pid), limits.processes + 1)]
        memory = _memory(below, limits)
    killed = cgroup and _counted(cgroup / "memory.events", "oom_kill")
    denied = cgroup and _counted(cgroup / "pids.events", "max")
    return CellUse(
        memory=limits.memory + 1 if killed else memory,
        processes=limits.processes + 1 if denied else len(below),
    )


def disk_of(folders: Iterable[Path], *, seconds: float) -> int:
    """The bytes on disk below these folders; what was counted so far, where it takes longer."""
    end, used, linked = time.monotonic() + seconds, 0, set[tuple[int, int]]()
    waiting = [str(folder) for folder in folders]
    while waiting and time.monotonic() < end:
        for entry in _entries(waiting.pop()):
            found = entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            if found.st_nlink == 1 or (found.st_dev, found.st_ino) not in linked:
                used += found.st_blocks * BLOCK
            if found.st_nlink > 1:
                linked.add((found.st_dev, found.st_ino))
    return used


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Files come and go while they are counted."""
    with suppress(OSError), os.scandir(folder) as entries:
        yield from entries


# --- processes ----------------------------------------------------------------------------------------------------


def processes_below(pid: int) -> Iterator[int]:
    """All that this process started, and what those started; a process may be started by any of a program's threads."""
    waiting = [pid]
    while waiting:
        folder = f"/proc/{waiting.pop()}/task"
        with suppress(OSError):
            for thread in os.listdir(folder):  # noqa: PTH208 - names are wanted
                for word in _read(Path(folder, thread, "children")).split():
                    waiting.append(int(word))
                    yield int(word)


def _memory(below: Sequence[str], limits: CellLimits) -> int:
    if not below:
        return 0
    # The first may be bubblewrap's outer process, which is not in the cell.
    files = max(_files_in_memory(f"/proc/{pid}/root") for pid in below[:2])
    held = _held(below, "status", HELD, files)
    if held <= limits.memory:
        return held
    clock.pause(START_SECONDS)
    return _held(below, "smaps_rollup", SHARED_OUT, files)


def _held(below: Sequence[str], file: str, lines: Sequence[str], files: int) -> int:
    """A file in memory may be shared memory of processes too, which counts once."""
    own = shared = 0
    for pid in below:
        found = dict(
            line.split(":", 1) for line in _read(Path("/proc", pid, file)).splitlines() if ":" in line
        )
        anonymous, mapped, swapped = (KILOBYTE * int(found.get(name, "0").split()[0]) for name in lines)
        own, shared = own + anonymous + swapped, shared + mapped
    return own + max(shared, files)


def _files_in_memory(root: str) -> int:
    """`root` is that of a cell, seen from outside. A cell that is still being made may have the machine's own."""
    found: dict[int, int] = {}
    for name in MEMORY_FOLDERS:
        with suppress(OSError):
            device = Path(root, name).stat().st_dev
            if device != Path("/", name).stat().st_dev:
                space = os.statvfs(f"{root}/{name}")
                found[device] = (space.f_blocks - space.f_bfree) * space.f_frsize
    return sum(found.values())


def _counted(file: Path, name: str) -> int:
    words = (line.split() for line in _read(file).splitlines())
    return next((int(count) for known, count in words if known == name), 0)


def _read(path: Path) -> str:
    """Empty where the process, or the cgroup, is gone."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
