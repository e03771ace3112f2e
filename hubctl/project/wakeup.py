"""How a verb wakes a hub that sleeps: a byte to a Unix datagram socket beside the log.

Rules (docs/facts/values.md#a-hub-at-rest): whoever wakes never waits, and does not mind that nobody listens. A byte may be lost, for what it announces lies in
the log, where the hub looks at each beat, too: a folder in which no socket can be made only makes it slower.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "hub.wake"
LONGEST = 100
"""Bytes in the name of a socket that every system takes: 107 on Linux, 103 on macOS."""
END_SECONDS = 1.0


def wake(log: Path) -> None:
    """Wakes the hub of this log, if one sleeps."""
    import socket  # it costs milliseconds, and most verbs wake nobody

    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, _named(log) as name:
        sender.sendto(b".", socket.MSG_DONTWAIT, name)


@contextmanager
def woken(log: Path, told: Callable[[], None]) -> Iterator[None]:
    """Calls `told` on a thread of its own whenever this log's hub is woken, as long as the block lasts."""
    import socket

    ended = threading.Event()

    def listen() -> None:
        while listener.recv(1) and not ended.is_set():
            told()

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        bound = False
        with suppress(OSError), _named(log) as name:
            log.with_name(NAME).unlink(missing_ok=True)  # of a hub that was killed
            listener.bind(name)
            log.with_name(NAME).chmod(0o600)
            bound = True
        if not bound:
            yield
            return
        thread = threading.Thread(target=listen, name="wake", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            wake(log)
            thread.join(END_SECONDS)
            with suppress(OSError):
                log.with_name(NAME).unlink()


@contextmanager
def _named(log: Path) -> Iterator[str]:
    """The socket's name; a long one is reached by the descriptor of its folder, where the system can do that."""
    path = log.with_name(NAME)
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)
