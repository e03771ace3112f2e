"""The kernel's word that something in a folder has changed: one descriptor for all folders, and no thread.

Rules (docs/facts/tmux.md#inotify): without inotify (another system, no instance or no watch left) it says nothing and
is `blind`: rounds must do then. A folder that is missing is awaited in the nearest one above it that exists. A file
that is written in place is told of when it is closed (the worker CLI closes its files after each write): told earlier,
it would be met half written.
"""

import errno
import os
import struct
from contextlib import suppress
from typing import Any

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
_HEAD = struct.Struct("iIII")
"""What stands before a name: watch, mask, cookie, and how many bytes the name takes (inotify(7))."""
Placed = dict[str, tuple[int, str]]
"""By folder: its watch, and the folder that is watched for it: itself, or the nearest one above it that there is."""


class Heard(Struct, frozen=True, kw_only=True):
    """`folders`: one came or went, or the kernel lost count; all is to be looked at anew."""

    files: tuple[str, ...]
    """in the order of their names"""
    folders: bool


class Inotify:
    """`whole`: the files of these folders come by renaming alone, and nothing else is told of them."""

    def __init__(self, *, whole: bool = False) -> None:
        self._mask = _WHOLE if whole else _IN_PLACE
        self._kernel = _kernel()
        self._placed: Placed = {}
        self._folders: dict[int, tuple[str, ...]] = {}
        """by watch: its folder under each of the names that are listened to, none for one above"""
        self.blind = self._kernel is None

    def fileno(self) -> int | None:
        """Readable when there is something to hear; None: there never will be."""
        return None if self._kernel is None else int(self._kernel.fileno())

    def close(self) -> None:
        if self._kernel is not None:
            self._kernel.close()

    def place(self, folders: frozenset[str], *, anew: bool = True) -> None:
        """Listens to these folders and no others. `anew`, now and then: also for those that came or went unheard."""
        if self._kernel is None:
            return
        self.blind = self.blind and not anew
        known = {} if anew else {folder: at for folder, at in self._placed.items() if folder in folders}
        # Once more after each change: a folder may have been made just before the one above it was watched.
        while (placed := known | self._watch(folders - known.keys())) != self._placed:
            for watch in {at[0] for at in self._placed.values()} - {at[0] for at in placed.values()}:
                with suppress(OSError):  # the folder may have gone first and taken its watch along
                    self._kernel.rm_watch(watch)
            self._placed = placed
        self._folders = {}
        for folder, (watch, name) in placed.items():
            self._folders[watch] = self._folders.get(watch, ()) + ((folder,) if name == folder else ())

    def _watch(self, folders: frozenset[str]) -> Placed:
        placed: Placed = {}
        for folder in folders:
            watch, name = self._add(folder, self._mask), folder
            while watch is None and name != "/":
                name = name.rpartition("/")[0] or "/"
                watch = self._add(name, _ABOVE)
            if watch is not None:
                placed[folder] = watch, name
        return placed

    def _add(self, folder: str, mask: int) -> int | None:
        try:
            return int(self._kernel.add_watch(folder, mask))
        except OSError as error:
            self.blind = self.blind or error.errno in (errno.ENOSPC, errno.ENOMEM)
            return None

    def hear(self) -> Heard:
        """What has changed since the last call."""
        files: set[str] = set()
        folders, data, at = False, self._read(), 0
        while at < len(data):
            watch, mask, _, size = _HEAD.unpack_from(data, at)
            at += _HEAD.size + size
            if mask & _OVERFLOW or (mask & _FOLDERS and watch in self._folders):
                folders = True
            elif names := self._folders.get(watch):
                name = os.fsdecode(data[at - size : at].rstrip(b"\0"))
                files.update(f"{folder}/{name}" for folder in names)
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
