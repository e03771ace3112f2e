"""What went through the doors and what did not: a line of JSON each, names and numbers alone, bounded in size.

Rules: neither bodies nor headers nor queries are written, for any of them may hold a login. Two files are kept, and the
older one is thrown away when the newer one is full. The file is closed after each line: the kernel tells who watches it then.
"""

import os
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from hubctl import clock
from hubctl.core.vocabulary.values import Struct, field
from hubctl.doors.rules import FOLDER

NAME: Final = "log.jsonl"
LARGEST: Final = 2_000_000
"""Bytes of one file: some thousand requests."""
LONGEST: Final = 300
"""Characters of a name that a worker chose."""


class Why(StrEnum):
    """Why a door stayed shut."""

    UNLISTED = "unlisted"
    """the host is on no list: a person is asked"""
    ADDRESS = "address"
    """a public address without a name, which is on no list: nobody is asked"""
    PRIVATE = "private"
    """the address is not public, and the line that lists the host does not say `private`"""
    PLAIN = "plain"
    """another method than CONNECT"""
    PATH = "path"
    """a path that this vault does not have"""
    MALFORMED = "malformed"
    CROWDED = "crowded"
    """too many connections of one worker at once"""
    LOGIN = "login"
    """the login has expired, or cannot be read"""
    UNREACHABLE = "unreachable"
    """the other side does not answer"""


class Tokens(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model counted for one request."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Use(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One use of a door, or one refusal (`why`). `what` is HOST:PORT, or METHOD and path.

    `sent` and `received` are bytes as the worker counts them, `first_ms` is the time to the answer's first byte,
    `limits` the upstream's headers that tell of limits.
    """

    what: str
    why: Why | None = None
    status: int = 200
    sent: int = 0
    received: int = 0
    first_ms: float = 0.0
    model: str = ""
    tokens: Tokens | None = None
    limits: dict[str, str] = field(default_factory=dict)


Told = Callable[[Use], None]


class DoorLine(Use, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the log: the use, and by whom."""

    at: datetime
    worker: str
    thread: str
    door: str


def log_of(state: Path) -> Path:
    """The newer file; the older one has `.1` behind it."""
    return state / FOLDER / NAME


class DoorLog:
    """Appends lines, each by one write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, use: Use, *, worker: str, thread: str, door: str) -> None:
        said = msgspec.structs.asdict(use) | {"what": use.what[:LONGEST]}
        line = DoorLine(at=clock.now(), worker=worker, thread=thread, door=door, **said)
        content = msgspec.json.encode(line) + b"\n"
        if self._path.exists() and self._path.stat().st_size + len(content) > LARGEST:
            self._path.replace(older(self._path))
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, content)
        finally:
            os.close(fd)


def older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")
