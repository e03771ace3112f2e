"""Watches the log of the doors for hosts that were refused.

Rules: the log is read from its start whenever a hub begins, so every refusal is told of again: whoever listens knows what it
has asked already. It is two files, of which the newer one becomes the older one when it is full. A line that is torn waits
until it is whole, and one that is garbage tells nothing.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from hubctl.core.intake.observations import RefusalSeen
from hubctl.ports.worker import Put
from hubctl.watch.folders import FolderWatch

ROUND_SECONDS = 30.0
"""For what the kernel did not tell."""
MOST_BYTES = 1 << 20
"""Of the log at a time; no line is nearly as long."""
MOST_HOSTS = 100
"""Of one worker at a look: a program that tries names must not fill the queue of the hub."""


class RefusalWatcher:
    """Puts a RefusalSeen for each host that a worker was refused: at each look once, the last one.

    `read` makes one of a line, or None; `older` is what the log becomes when it is full.
    """

    def __init__(
        self,
        log: Path,
        *,
        older: Path,
        read: Callable[[bytes], RefusalSeen | None],
        put: Put,
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        self._log, self._older, self._read, self._put = log, older, read, put
        self._inode = self._at = 0
        """of the log: which file it was, and up to where it is read"""
        self._watch = FolderWatch(look=self._look, walk=self._walk, round_seconds=round_seconds)

    def start(self) -> None:
        """Starts the watching thread."""
        self._watch.follow([self._log.parent])
        self._watch.start()

    def close(self) -> None:
        self._watch.close()

    def _look(self, path: str) -> bool:
        if path == str(self._log):
            self._walk()
        return True

    def _walk(self) -> None:
        found: dict[str, dict[str, RefusalSeen]] = {}
        for seen in filter(None, map(self._read, self._lines())):
            mine = found.setdefault(seen.worker, {})
            if seen.host in mine or len(mine) < MOST_HOSTS:
                mine[seen.host] = seen
        for mine in found.values():
            for seen in mine.values():
                self._put(seen)

    def _lines(self) -> Iterator[bytes]:
        """Those that came since the last call."""
        with suppress(OSError):
            if self._log.stat().st_ino != self._inode:
                yield from self._lines_of(self._older)
                self._inode = self._at = 0
        yield from self._lines_of(self._log)

    def _lines_of(self, path: Path) -> Iterator[bytes]:
        """From where it was read to, if it is the file that was read last; else all of them."""
        with suppress(OSError), path.open("rb") as file:
            now = os.fstat(file.fileno())
            if (now.st_ino, now.st_size >= self._at) != (self._inode, True):
                self._inode, self._at = now.st_ino, 0
            file.seek(self._at)
            while data := file.read(MOST_BYTES):
                end = data.rfind(b"\n") + 1 or len(data) // MOST_BYTES * MOST_BYTES
                if not end:
                    return
                self._at += end
                file.seek(self._at)
                yield from data[:end].split(b"\n")
