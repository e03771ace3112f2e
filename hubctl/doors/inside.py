"""The first program of a cell: opens ports of its loopback that lead to the hub's sockets, then becomes the worker.

`inside.py PORT=SOCKET... -- WORD...`. The standard library alone, and as little of it as will do: this file is shown to
the cell by itself and run by the system's Python, whose memory each worker pays for. The forwarder is a child, and ends with the cell.
"""

import os
import socket
import sys
import threading
from contextlib import suppress

CHUNK = 65536
STACK = 256 * 1024


def forward(listener: socket.socket, path: str) -> None:
    """Serves a port for ever."""
    while True:
        ours, _ = listener.accept()
        threading.Thread(target=join, args=(ours, path), daemon=True).start()


def join(ours: socket.socket, path: str) -> None:
    """Leads one connection to the hub, until both sides have ended."""
    with ours, socket.socket(socket.AF_UNIX) as theirs:
        try:
            theirs.connect(path)
        except OSError:  # the doors are shut for a moment: the client will try again
            return
        back = threading.Thread(target=pump, args=(theirs, ours), daemon=True)
        back.start()
        pump(ours, theirs)
        back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """One direction; what ends here is half closed there, for the other direction may go on."""
    try:
        while data := source.recv(CHUNK):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:  # one side is gone, and so is the other's reason
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def listen(port: int) -> socket.socket:
    """A port that takes connections from now on, so that the worker never meets a closed one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def serve(doors: list[tuple[socket.socket, str]]) -> None:
    """The forwarder's life, apart from the worker's terminal."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    threading.stack_size(STACK)
    threads = [threading.Thread(target=forward, args=door, daemon=True) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(words: list[str]) -> None:
    cut = words.index("--")
    pairs = [word.split("=", 1) for word in words[:cut]]
    doors = [(listen(int(port)), path) for port, path in pairs]
    if doors and os.fork() == 0:
        try:
            serve(doors)
        finally:
            os._exit(1)
    for listener, _ in doors:
        listener.close()
    os.execvp(words[cut + 1], words[cut + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
