"""The first program of a cell, run as the cell runs it: ports that lead to sockets, then the worker's own words."""

import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hubctl.doors import inside
from support.waiting import wait_until


class _Echo(socketserver.StreamRequestHandler):
    """Says back, in capitals, all that came until the other side had ended."""

    def handle(self) -> None:
        self.wfile.write(self.rfile.read().upper())


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "door.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield path
        server.shutdown()
        thread.join()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def cell(*pairs: str) -> Iterator[subprocess.Popen[str]]:
    """`cat` as the worker behind the forwarder; in a cell the forwarder ends with it, here it is ended by hand."""
    words = [sys.executable, "-I", inside.__file__, *pairs, "--", "cat"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
        name = Path(f"/proc/{worker.pid}/comm")
        wait_until(lambda: name.read_text().strip() == "cat", what="the worker")
        below = [int(pid) for pid in children.read_text().split()]
        try:
            yield worker
        finally:
            for pid in below:
                os.kill(pid, 9)
            worker.communicate()


def say(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(text)
        one.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: one.recv(65536), b""))


def test_a_port_leads_to_its_socket_and_back_also_when_one_side_has_ended(door: Path) -> None:
    port = free_port()
    with cell(f"{port}={door}"):
        assert say(port, b"hello") == b"HELLO"


def test_large_talk_passes_whole_and_many_at_once(door: Path) -> None:
    port, large = free_port(), b"a" * 3_000_000
    with cell(f"{port}={door}"):
        heard: list[bytes] = []
        threads = [threading.Thread(target=lambda: heard.append(say(port, large))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert heard == [large.upper()] * 4


def test_a_shut_door_ends_the_connection_and_opens_again_later(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "later.sock"
    with cell(f"{port}={path}"):
        assert say(port, b"") == b""
        with socketserver.UnixStreamServer(str(path), _Echo) as server:
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            assert say(port, b"again") == b"AGAIN"
            thread.join()


def test_the_worker_gets_the_terminal_and_its_words(door: Path) -> None:
    with cell(f"{free_port()}={door}") as worker:
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write("typed\n")
        worker.stdin.flush()
        assert worker.stdout.readline() == "typed\n"


def test_without_doors_there_is_no_forwarder() -> None:
    with cell() as worker:
        assert Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text() == ""
