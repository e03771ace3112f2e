"""Calls back when a file in a folder changes: at once where the kernel tells, else at the next round.

Rules: a folder may be missing, unreadable, deleted and made again; the kernel may have no watch left. All of that only
makes it slower. One thread does all the looking, so that a watcher needs no lock for what it has seen.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver, ObservedWatch

ROUND_SECONDS = 2.0
"""How late a change may be seen that the kernel did not tell."""
AGAIN_SECONDS = 0.02
TRIES = 25
"""A file that was met half written is read again this often, then it waits for the next round."""

Identity = tuple[int, int]
Placed: TypeAlias = "dict[Path, tuple[Identity, ObservedWatch]]"


class FolderWatch:
    """`look(path)` is called with each changed file and says whether the file could be read; `walk()` once a round.

    Both run on this watch's thread only.
    """

    def __init__(
        self,
        *,
        look: Callable[[Path], bool],
        walk: Callable[[], None],
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        self._look, self._walk = look, walk
        self._round_seconds = round_seconds
        # The observer calls back while it holds a lock of its own: `_wake` is never held while the observer is called.
        self._wake = threading.Condition()
        self._changed: dict[Path, int] = {}
        self._again: dict[Path, int] = {}
        self._walk_now = self._closed = False
        self._wanted: frozenset[Path] = frozenset()
        self._placed: Placed = {}
        self._thread = threading.Thread(target=self._run, name="folder-watch", daemon=True)

    def start(self) -> None:
        """Begins with a walk."""
        self._thread.start()

    def close(self) -> None:
        """Ends the threads; no callback comes after it."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def follow(self, folders: Iterable[Path]) -> None:
        """These folders and no others are watched from now on; a walk follows, for what is there already."""
        self._wanted = frozenset(folders)
        self.walk_soon()

    def walk_soon(self) -> None:
        """A walk out of turn."""
        with self._wake:
            self._walk_now = True
            self._wake.notify()

    def _run(self) -> None:
        from watchdog.observers import Observer

        # It logs an error for each watch that ends while an event is on its way.
        logging.getLogger("watchdog").addHandler(logging.NullHandler())
        self._observer: BaseObserver = Observer()
        self._observer.start()
        try:
            self._rounds()
        finally:
            self._observer.stop()
            self._observer.join()

    def _rounds(self) -> None:
        next_round = 0.0
        while True:
            with self._wake:
                wait = AGAIN_SECONDS if self._again else next_round - time.monotonic()
                self._wake.wait_for(lambda: self._changed or self._walk_now or self._closed, max(wait, 0.0))
                if self._closed:
                    return
                changed, self._changed = {**self._again, **self._changed}, {}
                walk_now, self._walk_now = self._walk_now, False
            self._again = {path: tries + 1 for path, tries in changed.items() if not self._look(path)}
            self._again = {path: tries for path, tries in self._again.items() if tries < TRIES}
            if walk_now or time.monotonic() >= next_round:
                next_round = time.monotonic() + self._round_seconds
                # Watched first, walked then: a change in between is seen twice rather than never.
                self._place()
                self._walk()

    def _place(self) -> None:
        """Watches what can be watched: each folder itself, or the nearest one above that exists."""
        from watchdog import events

        changes = [
            events.FileModifiedEvent,
            events.FileCreatedEvent,
            events.FileMovedEvent,
            events.FileDeletedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
        ]
        before = None
        while before != (above := self._above_missing()):
            # Once more after each change: a folder may have been made just before its parent was watched.
            before = above
            # Scar: a second watch of one folder with other kinds of events takes the first one's place.
            self._settle(self._wanted | above, _handler(self._on_event), changes)

    def _above_missing(self) -> set[Path]:
        return {_nearest(folder) for folder in self._wanted if identity_of(folder) is None}

    def _settle(
        self,
        wanted: Iterable[Path],
        handler: "FileSystemEventHandler",
        kinds: "Sequence[type[FileSystemEvent]]",
    ) -> None:
        placed = self._placed
        now = {folder: identity for folder in wanted if (identity := identity_of(folder))}
        for folder in [folder for folder, (identity, _) in placed.items() if now.get(folder) != identity]:
            # The folder may have gone first and taken its watch along.
            with suppress(KeyError, OSError):
                self._observer.unschedule(placed[folder][1])
            del placed[folder]
        for folder, identity in now.items():
            if folder in placed:
                continue
            # No right to read it, or no watch left in the kernel: the rounds must do.
            with suppress(OSError):
                watch = self._observer.schedule(handler, str(folder), event_filter=list(kinds))
                placed[folder] = (identity, watch)

    def _on_event(self, event: "FileSystemEvent") -> None:
        path = Path(os.fsdecode(event.dest_path or event.src_path))
        if event.is_directory:
            self.walk_soon()
        elif path.parent in self._wanted:
            with self._wake:
                self._changed[path] = 0
                self._wake.notify()


def _handler(on_event: "Callable[[FileSystemEvent], None]") -> "FileSystemEventHandler":
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: "FileSystemEvent") -> None:
            on_event(event)

    return Handler()


def identity_of(folder: Path) -> Identity | None:
    """Device and inode: a folder that was deleted and made again is another one. None: missing, or out of reach."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _nearest(folder: Path) -> Path:
    return next((above for above in folder.parents if identity_of(above)), Path("/"))
