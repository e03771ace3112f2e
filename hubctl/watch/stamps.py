"""Files that look from outside as they did when they were read last: those need no reading.

Rule: file systems tell time in steps, some of two seconds. A file that was changed so short ago may change once more and
look the same, so it counts as changed until it is older - unless the kernel told of it: then it tells of the next one too.
"""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

STEP_SECONDS = 2.0
Stamp: TypeAlias = "tuple[int, int, int] | None"
"""Inode, size and the time of the last change (ns); None: missing, or out of reach."""


class Stamps:
    """One for each watcher; `now` is the wall clock."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._read: dict[str | Path, Stamp] = {}

    def changed(self, path: str | Path, *, told: bool = False) -> bool:
        """To be asked before the file is read: a change in between is seen twice rather than never."""
        stamp = stamp_of(path)
        if not told and path in self._read and self._read[path] == stamp:
            return False
        if told or stamp is None or self._now().timestamp() - stamp[2] / 1e9 > STEP_SECONDS:
            self._read[path] = stamp
        else:
            self._read.pop(path, None)
        return True

    def forget(self, path: str | Path) -> None:
        """It counts as changed."""
        self._read.pop(path, None)


def stamp_of(path: str | Path) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for each change of each worker's files
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
