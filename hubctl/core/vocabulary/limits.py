"""How much of the machine a cell may use, as people write it, and whether more of it is used.

A size is a whole number and one unit, `600M 4G`: 1K is 1024 bytes.
"""

import re
from typing import Final

from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

UNITS: Final = {"T": 1 << 40, "G": 1 << 30, "M": 1 << 20, "K": 1 << 10}
LEAST, MOST = 1 << 20, 1 << 50
WRITTEN = re.compile(r"([0-9]{1,9})([KMGT])")


def parse_size(text: str) -> int:
    """Bytes. Raises HubError for what is no size, and for one that no cell could live with."""
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise HubError(f"`{text}` is no size.", "Write a whole number and a unit: `600M`, `4G`, `1T`.")
    made = int(match[1]) * UNITS[match[2]]
    if not LEAST <= made <= MOST:
        raise HubError(f"`{text}` is no size of a cell.", "Write `1M` at least, `1024T` at most.")
    return made


def format_size(size: int) -> str:
    """For people: a round size as it is written, any other one in whole megabytes, which are never too few."""
    name = next((name for name in "TG" if size and not size % UNITS[name]), "M")
    return f"{-(-size // UNITS[name])}{name}"


OF: Final = {"memory": "of memory", "processes": "processes", "disk": "of disk for its worktree and its home"}


class CellLimits(Struct, frozen=True, kw_only=True):
    """Of one cell: bytes, processes, and bytes on disk in the worktree and the home."""

    memory: int = 4 << 30
    processes: int = 512
    disk: int = 10 << 30


class CellUse(Struct, frozen=True, kw_only=True):
    """What one cell uses now, in the same units; 0: nothing, or nobody has looked."""

    memory: int = 0
    processes: int = 0
    disk: int = 0


class Excess(Struct, frozen=True, kw_only=True):
    """The limit that a cell is over, by its word in hubctl.yaml, and what is used of it, both for people."""

    limit: str
    used: str
    most: str

    @property
    def told(self) -> str:
        """Behind "it used"."""
        return f"{self.used} {OF[self.limit]}, and its limit is {self.most}"


def excess(limits: CellLimits, use: CellUse) -> Excess | None:
    """The first limit that the cell is over."""
    if use.memory > limits.memory:
        return _of_size("memory", use.memory, limits.memory)
    if use.processes > limits.processes:
        return Excess(limit="processes", used=str(use.processes), most=str(limits.processes))
    if use.disk > limits.disk:
        return _of_size("disk", use.disk, limits.disk)
    return None


def _of_size(limit: str, used: int, most: int) -> Excess:
    return Excess(limit=limit, used=format_size(used), most=format_size(most))


def is_near(limits: CellLimits, use: CellUse) -> bool:
    """More than half of a limit is used, so that it is worth while to look often."""
    return 2 * use.memory > limits.memory or 2 * use.processes > limits.processes
