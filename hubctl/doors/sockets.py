"""Unix sockets below a folder whose path may be longer than a socket's name: they are reached through a descriptor of it.

A socket's name has 107 bytes (unix(7)); a state's folder may have more.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BACKLOG: Final = 128


@contextmanager
def _near(folder: Path) -> Iterator[str]:
    """A short name of the folder, while it is held."""
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}"
    finally:
        os.close(fd)


def bind(folder: Path, name: str) -> socket.socket:
    """Listens beside the name and renames over it: whoever connects meets the one before or this one."""
    listener = socket.socket(socket.AF_UNIX)
    beside = f".{name}.{os.getpid()}"
    try:
        with _near(folder) as near:
            Path(near, beside).unlink(missing_ok=True)
            listener.bind(f"{near}/{beside}")
            listener.listen(BACKLOG)
            Path(near, beside).rename(Path(near, name))
    except OSError:
        listener.close()
        raise
    listener.settimeout(0)
    return listener


def connect(folder: Path, name: str, *, seconds: float) -> socket.socket:
    """Raises OSError where nobody listens. `seconds`: for this and for each answer."""
    ours = socket.socket(socket.AF_UNIX)
    try:
        ours.settimeout(seconds)
        with _near(folder) as near:
            ours.connect(f"{near}/{name}")
    except OSError:
        ours.close()
        raise
    return ours
