"""Watches the folders into which contained workers lay their words, and has each said, one after the other.

Rule: a worker that says much makes itself wait, nobody else: each worker has at most one word under way.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hubctl.watch.folders import ROUND_SECONDS, FolderWatch

AT_ONCE = 4
"""Words of different workers: each is a process for a moment."""

Say = Callable[[str, Path], bool]
"""Says what lies in the file for this worker and answers it, so that the file goes; False: it is no file of words."""


@dataclass(slots=True, kw_only=True)
class _Folder:
    worker: str
    busy: bool = False
    more: bool = False
    """something came while a word was under way"""


class WordsWatcher:
    """Calls `say` for each file of words, oldest first, and never twice at a time for one worker."""

    def __init__(self, *, say: Say, round_seconds: float = ROUND_SECONDS) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._watched: dict[str, _Folder] = {}
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="words")
        self._folders = FolderWatch(look=self._look, walk=self._walk, round_seconds=round_seconds, whole=True)

    def start(self) -> None:
        """Starts the watching thread."""
        self._folders.start()

    def close(self) -> None:
        """Ends it; a word under way is said to its end, the others stay where they lie."""
        self._folders.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def watch(self, *, worker: str, folder: Path) -> None:
        """What lies there already is said first. A folder that is missing has nothing to say."""
        with self._lock:
            self._watched[str(folder)] = _Folder(worker=worker)
        self._follow()

    def forget(self, worker: str) -> None:
        """Nothing more is said for this worker."""
        with self._lock:
            self._watched = {path: one for path, one in self._watched.items() if one.worker != worker}
        self._follow()

    def _follow(self) -> None:
        with self._lock:
            folders = [Path(folder) for folder in self._watched]
        self._folders.follow(folders)

    def _walk(self) -> None:
        with self._lock:
            folders = list(self._watched)
        for folder in folders:
            self._stir(folder)

    def _look(self, path: str) -> bool:
        self._stir(path.rpartition("/")[0])
        return True

    def _stir(self, folder: str) -> None:
        with self._lock:
            watched = self._watched.get(folder)
            if watched is None:
                return
            watched.more = True
            if not watched.busy and _waiting(folder):
                watched.busy = True
                self._pool.submit(self._drain, folder, watched)

    def _drain(self, folder: str, watched: _Folder) -> None:
        while True:
            with self._lock:
                if not watched.more or self._watched.get(folder) is not watched:
                    watched.busy = False
                    return
                watched.more = False
            for name in _waiting(folder):
                self._say(watched.worker, Path(folder, name))


def _waiting(folder: str) -> list[str]:
    """Names of words, oldest first: they begin with the time in a fixed number of digits."""
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".words"))  # noqa: PTH208 - names are wanted
    except OSError:
        return []
