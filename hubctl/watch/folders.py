"""Calls back when a file in a folder changes: at once where the kernel tells, else at the next round.

Rules: a folder may be missing, unreadable, deleted and made again; the kernel may have no watch left. All of that only
makes it slower. One thread does all the looking, so that a watcher needs no lock for what it has seen.
"""

import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from hubctl.watch.inotify import Heard, Inotify
from hubctl.watch.watchdog import Watchdog

ROUND_SECONDS = 2.0
"""How late a change may be seen that the kernel did not tell."""
BLIND_SECONDS = 1.0
"""The same where the kernel tells nothing at all."""
PLACE_SECONDS = 30.0
"""How soon a folder is watched that came without a word of the kernel; the rounds look into it meanwhile."""
AGAIN_SECONDS = 0.02
TRIES = 25
"""A file that was met half written is read again this often, then it waits for the next round."""


class FolderWatch:
    """`look(path)` is called with each changed file and says whether the file could be read; `walk()` once a round.

    Both run on this watch's thread only. `whole`: the files of these folders come by renaming alone.
    """

    def __init__(
        self,
        *,
        look: Callable[[str], bool],
        walk: Callable[[], None],
        round_seconds: float = ROUND_SECONDS,
        whole: bool = False,
        by_watchdog: bool = sys.platform != "linux",
    ) -> None:
        self._look, self._walk = look, walk
        self._round_seconds = round_seconds
        self._whole, self._by_watchdog = whole, by_watchdog
        self._again: dict[str, int] = {}
        self._wanted: frozenset[str] = frozenset()
        self._walk_now = self._place_now = False
        self._place_at = 0.0
        self._ringing = threading.Lock()
        self._closed = threading.Event()
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._thread = threading.Thread(target=self._run, name="folder-watch", daemon=True)

    def start(self) -> None:
        """Begins with a walk."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread; no callback comes after it. A second call does nothing."""
        with self._ringing:
            if self._closed.is_set():
                return
            self._closed.set()
            os.write(self._waker, b".")
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._woken)
        os.close(self._waker)

    def follow(self, folders: Iterable[Path]) -> None:
        """These folders and no others are watched from now on; a walk follows, for what is there already."""
        self._wanted = frozenset(map(str, folders))
        self._place_now = True
        self.walk_soon()

    def walk_soon(self) -> None:
        """A walk out of turn."""
        self._walk_now = True
        self._ring()

    def _ring(self) -> None:
        # A pipe that is full of unheard rings needs no other.
        with self._ringing, suppress(BlockingIOError):
            if not self._closed.is_set():
                os.write(self._waker, b".")

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        source = Watchdog() if self._by_watchdog else Inotify(whole=self._whole)
        try:
            poller = select.poll()
            for descriptor in filter(None, (self._woken, source.fileno())):
                poller.register(descriptor, select.POLLIN)
            self._rounds(source, poller)
        finally:
            source.close()

    def _rounds(self, source: Inotify | Watchdog, poller: select.poll) -> None:
        next_round = 0.0
        while True:
            wait = AGAIN_SECONDS if self._again else next_round - time.monotonic()
            ready = [descriptor for descriptor, _ in poller.poll(max(wait * 1000, 0))]
            if self._woken in ready:
                os.read(self._woken, 4096)
            if self._closed.is_set():
                return
            if self._again or source.fileno() in ready:
                self._look_at(source.hear())
            if self._walk_now or time.monotonic() >= next_round:
                next_round = time.monotonic() + self._walk_all(source)

    def _look_at(self, heard: Heard) -> None:
        if heard.folders:
            self._walk_now, self._place_at = True, 0.0
        changed = {**self._again, **dict.fromkeys(heard.files, 0)}
        unread = {path: tries + 1 for path, tries in changed.items() if not self._look(path)}
        self._again = {path: tries for path, tries in unread.items() if tries < TRIES}

    def _walk_all(self, source: Inotify | Watchdog) -> float:
        """The seconds until the next round."""
        self._walk_now = False
        # Watched first, walked then: a change in between is seen twice rather than never.
        anew, placing, self._place_now = time.monotonic() >= self._place_at, self._place_now, False
        if anew:
            self._place_at = time.monotonic() + PLACE_SECONDS
        if anew or placing:
            source.place(self._wanted, anew=anew)
        self._walk()
        return min(self._round_seconds, BLIND_SECONDS) if source.blind else self._round_seconds
