"""Watches the spool folders that the workers' hooks write into.

Rules: a payload's file stays until the hub says that the sighting is dealt with (`settle`), so that a hub that dies
before its events are durable sees it again at its next start: twice is fine, never is not. A file with a wrong token, or
one that is no payload, is deleted unread. Of what a worker may lay there only plain files of a known name are opened.
"""

import errno
import os
import re
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from hubctl.core.intake.observations import HookSeen, Observation
from hubctl.core.vocabulary.values import replace
from hubctl.watch.folders import ROUND_SECONDS, FolderWatch
from hubctl.watch.stamps import Stamps

SPOOLED = re.compile(r"(\d{1,19})-\d{1,10}\.json")
"""`<nanoseconds since 1970>-<pid>.json`."""
ASKING = "PermissionRequest"
"""The one hook that may wait for an answer."""
LARGEST = 16 * 1024 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Parse(Protocol):
    """Reads a spooled text; None where its token is wrong or it is no payload."""

    def __call__(self, text: str, *, token: str, worker: str, at: datetime) -> HookSeen | None: ...


@dataclass(slots=True, kw_only=True)
class _Spool:
    worker: str
    folder: str
    token: str
    told: set[str] = field(default_factory=set)
    """put on the queue, not settled yet"""


class HookWatcher:
    """Puts a HookSeen for each payload, oldest first; its `receipt` is what `settle` wants back."""

    def __init__(
        self,
        *,
        put: Callable[[Observation], None],
        now: Callable[[], datetime],
        parse: Parse,
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        self._put, self._now, self._parse = put, now, parse
        self._lock = threading.Lock()
        self._spools: dict[str, _Spool] = {}
        self._stamps = Stamps(now=now)
        self._folders = FolderWatch(look=self._look, walk=self._walk, round_seconds=round_seconds, whole=True)

    def start(self) -> None:
        """Starts the watching thread."""
        self._folders.start()

    def close(self) -> None:
        """Ends it; what is not settled stays in the spools."""
        self._folders.close()

    def watch(self, *, worker: str, spool: Path, token: str) -> None:
        """What lies in the spool already is put first. A worker has one spool: an older one is forgotten."""
        with self._lock:
            self._drop(worker)
            self._stamps.forget(str(spool))
            self._spools[str(spool)] = _Spool(worker=worker, folder=str(spool), token=token)
        self._follow()

    def forget(self, worker: str) -> None:
        """Nothing more is reported of this worker; its files stay."""
        with self._lock:
            self._drop(worker)
        self._follow()

    def settle(self, worker: str, receipt: str) -> None:
        """The sighting's events are durable: its file may go. An unknown receipt is no error."""
        with self._lock:
            for spool in self._spools.values():
                if spool.worker == worker and receipt in spool.told:
                    _delete(f"{spool.folder}/{receipt}")
                    spool.told.discard(receipt)

    def _drop(self, worker: str) -> None:
        self._spools = {path: spool for path, spool in self._spools.items() if spool.worker != worker}

    def _follow(self) -> None:
        with self._lock:
            spools = [Path(folder) for folder in self._spools]
        self._folders.follow(spools)

    def _walk(self) -> None:
        with self._lock:
            for spool in self._spools.values():
                if self._stamps.changed(spool.folder):
                    self._drain(spool)

    def _look(self, path: str) -> bool:
        # Scar: listing the folder here waits, and spins, until the hook's `mv` is off the CPU.
        with self._lock:
            folder, _, name = path.rpartition("/")
            spool = self._spools.get(folder)
            return spool is None or self._take(spool, name)

    def _drain(self, spool: _Spool) -> None:
        try:
            names = os.listdir(spool.folder)  # noqa: PTH208 - names are wanted, and a spool may hold thousands
        except OSError:
            self._stamps.forget(spool.folder)
            return
        for name in sorted(names, key=lambda name: (len(name.partition("-")[0]), name)):
            if not self._take(spool, name):
                self._stamps.forget(spool.folder)

    def _take(self, spool: _Spool, name: str) -> bool:
        """False: not now."""
        found = SPOOLED.fullmatch(name)
        if found is None or name in spool.told:
            return True
        path = f"{spool.folder}/{name}"
        text = _read(path)
        if text is None:
            return not Path(path).exists()
        # A name from the future would make every later sighting look old.
        at = min(EPOCH + timedelta(microseconds=int(found[1]) // 1000), self._now())
        seen = self._parse(text, token=spool.token, worker=spool.worker, at=at)
        if seen is None:
            _delete(path)
        else:
            spool.told.add(name)
            gate = f"{name.removesuffix('.json')}.gate"
            waits = seen.name == ASKING and Path(spool.folder, gate).is_fifo()
            self._put(replace(seen, receipt=name, gate=gate if waits else ""))
        return True


def _read(path: str) -> str | None:
    """None: not now. Empty for all but plain files: a pipe with a fitting name would hold the watcher for ever."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return "" if error.errno in (errno.ELOOP, errno.ENXIO) else None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return ""
        # Not LARGEST alone: so much memory would be taken for each of these small files.
        return os.read(descriptor, min(found.st_size, LARGEST)).decode(errors="replace")
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _delete(path: str) -> None:
    with suppress(
        OSError
    ):  # a folder with a payload's name, or a spool out of reach: it stays, and is met again
        os.unlink(path)  # noqa: PTH108 - each hook's file
