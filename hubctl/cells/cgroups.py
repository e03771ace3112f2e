"""A cgroup (v2) for each worker's cell, where the kernel lets the hub's user make some: it holds memory and processes itself.

Rules: nobody is moved who is not in the hub's own cgroup, and what cannot be made is left: the hub watches the cell then
(`hubctl.cells.use`). The cell's first process puts itself into its cgroup, so that nothing of it is ever outside.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from hubctl import clock
from hubctl.core.vocabulary.limits import CellLimits
from hubctl.core.vocabulary.values import Struct

ROOT: Final = Path("/sys/fs/cgroup")
OWN: Final = Path("/proc/self/cgroup")
CONTROLLERS: Final = frozenset({"memory", "pids"})
LEAF: Final = "hubctl"
"""Where the processes go that were in a delegated cgroup: one with controllers for others may have none itself."""
THREADS: Final = 4
"""The kernel counts threads, the limit processes: only a fork bomb has so many a process that it meets the kernel's."""
END_SECONDS, LOOK_SECONDS = 1.0, 0.02
"""A cell's last process is gone within 0.06 s (docs/facts/cells.md#processes-in-a-cell)."""


class Cgroups(Struct, frozen=True, kw_only=True):
    """Those of one hub's workers, below `ground`; `hub` is the id of its project."""

    ground: Path
    hub: str

    def of(self, worker: str) -> Path:
        return self.ground / f"{LEAF}-{self.hub}-{worker}"

    def make(self, worker: str, limits: CellLimits) -> Path | None:
        """The folder of an empty cgroup; None where the kernel refuses."""
        made = self.of(worker)
        try:
            made.mkdir(exist_ok=True)
            (made / "memory.max").write_text(str(limits.memory))
            (made / "pids.max").write_text(str(THREADS * limits.processes))
            with suppress(FileNotFoundError):  # a kernel that counts no swap
                (made / "memory.swap.max").write_text("0")
        except OSError:
            self.remove(worker)
            return None
        return made

    def tidy(self) -> None:
        """What is left of workers that ended while no hub was there; the kernel keeps that of those who live."""
        for folder in self.ground.glob(f"{LEAF}-{self.hub}-*"):
            _removed(folder)

    def remove(self, worker: str) -> None:
        """Returns when the cell's last process is gone, or stays for longer than it can."""
        clock.wait_until(lambda: _removed(self.of(worker)), seconds=END_SECONDS, every=LOOK_SECONDS)


def _removed(folder: Path) -> bool:
    """The kernel refuses it while a process is in there."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def ground(root: Path = ROOT, own: Path = OWN) -> Path | None:
    """Where cgroups of cells could be made by this process; nothing is changed. None: nowhere."""
    at = _at(root, own)
    above = [folder for folder in (at, *at.parents) if folder.is_relative_to(root)] if at else []
    ready = (folder for folder in above if _may(folder) and _names_both(folder / "cgroup.subtree_control"))
    if found := next(ready, None):
        return found
    return at if at and _may(at) and _names_both(at / "cgroup.controllers") else None


def prepared(found: Path) -> Path | None:
    """The ground, with memory and processes given to what is made below it; None where the kernel refuses."""
    control = found / "cgroup.subtree_control"
    if _names_both(control):
        return found
    try:
        (found / LEAF).mkdir(exist_ok=True)
        for pid in (found / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                (found / LEAF / "cgroup.procs").write_text(pid)
        control.write_text("+memory +pids")
    except OSError:
        return None
    return found


def _at(root: Path, own: Path) -> Path | None:
    """This process's cgroup in the one hierarchy of version 2."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return None
    path = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    return None if path is None or ".." in path else root / path


def _may(folder: Path) -> bool:
    """This user may make a cgroup there, and move processes below it."""
    return all(os.access(path, os.W_OK) for path in (folder, folder / "cgroup.procs"))


def _names_both(file: Path) -> bool:
    try:
        return set(file.read_text().split()) >= CONTROLLERS
    except OSError:
        return False
