"""The kernel's word that something in a folder has changed: one descriptor for all folders, and no thread.

Rules (docs/facts/tmux.md#inotify): without inotify (another system, no instance or no watch left) it says nothing and
is `blind`: rounds must do then. A folder that is missing is awaited in the nearest one above it that exists. A file
that is written in place is told of when it is closed (the worker CLI closes its files after each write): told earlier,
it would be met half written.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import inotify_simple  # type: ignore[import-untyped]
from inotify_simple import flags

from hubctl.core.vocabulary.values import Struct

# Scar: a second watch of one folder with another mask takes the first one's place, but for MASK_ADD.
_FOLDER = int(flags.ONLYDIR | flags.MASK_ADD)
_WHOLE = int(flags.MOVED_TO | flags.MOVE_SELF | _FOLDER)
_IN_PLACE = int(_WHOLE | flags.CLOSE_WRITE | flags.CREATE | flags.DELETE | flags.MOVED_FROM)
_ABOVE = int(_WHOLE | flags.CREATE)
_OVERFLOW = int(flags.Q_OVERFLOW)
_MOST_BYTES = 1 << 16
_FOLDERS = int(flags.ISDIR | flags.IGNORED | flags.MOVE_SELF)

Placed: TypeAlias = "dict[int, frozenset[Path]]"


class Heard(Struct, frozen=True, kw_only=True):
    """`folders`: one came or went, or the kernel lost count; all is to be looked at anew."""

    files: tuple[Path, ...]
    """in the order of their names"""
    folders: bool


class Ear:
    """`whole`: the files of these folders come by renaming alone, and nothing else is told of them."""

    def __init__(self, *, whole: bool = False) -> None:
        self._mask = _WHOLE if whole else _IN_PLACE
        self._kernel = _kernel()
        self._wanted: frozenset[Path] = frozenset()
        self._placed: Placed = {}
        """by watch: its folder, under each of the names that lead to it"""
        self.blind = self._kernel is None

    def fileno(self) -> int | None:
        """Readable when there is something to hear; None: there never will be."""
        return None if self._kernel is None else int(self._kernel.fileno())

    def close(self) -> None:
        if self._kernel is not None:
            self._kernel.close()

    def place(self, folders: frozenset[Path]) -> None:
        """Listens to these folders and no others. To be called again now and then, for those that came or went unheard."""
        self._wanted = folders
        if self._kernel is None:
            return
        # Once more after each change: a folder may have been made just before the one above it was watched.
        while (placed := self._place()) != self._placed:
            for watch in self._placed.keys() - placed.keys():
                with suppress(OSError):  # the folder may have gone first and taken its watch along
                    self._kernel.rm_watch(watch)
            self._placed = placed

    def _place(self) -> Placed:
        self.blind = False
        placed: Placed = {}
        for folder in self._wanted:
            watch, name = self._add(folder, self._mask), folder
            while watch is None and name != name.parent:
                name = name.parent
                watch = self._add(name, _ABOVE)
            if watch is not None:
                placed[watch] = placed.get(watch, frozenset()) | {name}
        return placed

    def _add(self, folder: Path, mask: int) -> int | None:
        try:
            return int(self._kernel.add_watch(folder, mask))
        except OSError as error:
            self.blind = self.blind or error.errno in (errno.ENOSPC, errno.ENOMEM)
            return None

    def hear(self) -> Heard:
        """What has changed since the last call."""
        files: set[Path] = set()
        folders = False
        for watch, mask, _, name in inotify_simple.parse_events(self._read()):
            names = self._placed.get(watch, frozenset())
            if mask & _OVERFLOW or (names and mask & _FOLDERS):
                folders = True
            else:
                files |= {folder / name for folder in names if folder in self._wanted}
        return Heard(files=tuple(sorted(files)), folders=folders)

    def _read(self) -> bytes:
        try:
            return b"" if self._kernel is None else os.read(self._kernel.fileno(), _MOST_BYTES)
        except BlockingIOError:
            return b""


def _kernel() -> Any:
    """None: there is no inotify here (macOS: no such function), or none left."""
    try:
        return inotify_simple.INotify(nonblocking=True)
    except (OSError, AttributeError):
        return None
