"""What `inotify` tells, on any system, by the library `watchdog`: for systems without inotify, and for files of people.

Rule: over the spools of many workers it costs three times what inotify costs by itself (docs/facts/tmux.md#inotify), so
it hears of those only where there is nothing else. A file is told of as soon as it is written to, whole or not.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from hubctl.watch.inotify import Heard

if TYPE_CHECKING:  # loaded with the first folder: most of what imports this module watches nothing
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import ObservedWatch

Standing = tuple[str, int, int]
"""A folder that there is: its real path, and what tells it from a later one of the same name."""


class Watchdog:
    """As `inotify.Inotify`."""

    def __init__(self) -> None:
        from watchdog import events
        from watchdog.observers import Observer

        self._changes: list[type[FileSystemEvent]] = [
            *(
                events.FileCreatedEvent,
                events.FileModifiedEvent,
                events.FileMovedEvent,
                events.FileDeletedEvent,
            ),
            *(events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent),
        ]
        self._told: SimpleQueue[FileSystemEvent] = SimpleQueue()
        self._ready, self._signal = os.pipe()
        for end in (self._ready, self._signal):
            os.set_blocking(end, False)
        self._handler = _handler(self._tell)
        self._observer = Observer()
        self._placed: dict[Standing, ObservedWatch] = {}
        self._names: dict[str, frozenset[str]] = {}
        self.blind = False
        self._observer.start()

    def fileno(self) -> int:
        return self._ready

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()
        os.close(self._ready)
        os.close(self._signal)

    def place(self, folders: frozenset[str], *, anew: bool = True) -> None:
        """Listens to these folders and no others, and for one that is missing to the nearest above it."""
        names: dict[str, frozenset[str]] = {}
        for folder in folders:
            real = os.path.realpath(folder)
            names[real] = names.get(real, frozenset()) | {folder}
        self._names = names
        before: set[Standing] = set()
        # Once more after each change: a folder may have been made just before the one above it was watched.
        while (standing := {_nearest(Path(name)) for name in names}) != before:
            before = standing
            self._watch(standing)

    def _watch(self, standing: set[Standing]) -> None:
        self.blind = False
        for gone in self._placed.keys() - standing:
            self._observer.unschedule(self._placed.pop(gone))
        for new in standing - self._placed.keys():
            try:
                watch = self._observer.schedule(self._handler, new[0], event_filter=self._changes)
            except OSError:  # it went meanwhile, or no watch is left
                self.blind = True
            else:
                self._placed[new] = watch

    def _tell(self, event: "FileSystemEvent") -> None:
        """On a thread of the library."""
        self._told.put(event)
        with suppress(BlockingIOError):  # a pipe that is full needs no more
            os.write(self._signal, b".")

    def hear(self) -> Heard:
        """What has changed since the last call."""
        with suppress(BlockingIOError):
            os.read(self._ready, 4096)
        files: set[str] = set()
        folders = False
        while not self._told.empty():
            event = self._told.get()
            folders = folders or event.is_directory
            for place in (event.src_path, event.dest_path) if not event.is_directory else ():
                above, name = os.path.split(os.fsdecode(place))
                files |= {f"{folder}/{name}" for folder in self._names.get(above, ())}
        return Heard(files=tuple(sorted(files)), folders=folders)


def _nearest(folder: Path) -> Standing:
    """The folder itself, or the nearest one above it that there is."""
    while True:
        with suppress(OSError):
            found = (folder / ".").stat()
            return str(folder), found.st_dev, found.st_ino
        folder = folder.parent


def _handler(told: "Callable[[FileSystemEvent], None]") -> "FileSystemEventHandler":
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: "FileSystemEvent") -> None:
            told(event)

    return Handler()
