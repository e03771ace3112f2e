"""The doors' process over a state of its own, and a service on loopback behind it."""

import http.server
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from hubctl.doors.log import DoorLine, log_of
from hubctl.doors.process import Doors
from support.waiting import wait_until

STREAM = (
    'data: {"type":"message_start","message":{"model":"m-1","usage":{"input_tokens":7,"output_tokens":1}}}\n\n',
    'data: {"type":"message_delta","usage":{"output_tokens":42}}\n\n',
)


@dataclass(kw_only=True)
class Service:
    """What an upstream saw: method, path and headers of each request. `gate` holds the second half of a stream back."""

    port: int
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service(port=0)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_words: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Set-Cookie", "a=b")
            self.send_header("anthropic-ratelimit-requests-remaining", "9")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(STREAM[0].encode())
            self.wfile.flush()
            made.gate.wait(20)
            self.wfile.write(STREAM[1].encode())

        def do_GET(self) -> None:
            made.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            body = json.dumps({"model": "m-2", "usage": {"input_tokens": 3, "output_tokens": 4}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    made.gate.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Longer than the path of a socket may be."""
    folder = tmp_path / ("a-state-with-a-long-name-" * 4)
    folder.mkdir()
    return folder


@pytest.fixture
def doors(state: Path) -> Iterator[Doors]:
    made = Doors(state, env={"PATH": os.environ["PATH"], "REAL_KEY": "the-real-key"})
    made.start()
    yield made
    made.close(end=True)


def logged(state: Path) -> list[DoorLine]:
    path = log_of(state)
    decode = msgspec.json.Decoder(DoorLine).decode_lines
    return decode(path.read_bytes()) if path.exists() else []


def line_of(state: Path, what: str) -> DoorLine:
    """The first line about this; the log is written when a use has ended."""
    found = wait_until(lambda: [line for line in logged(state) if line.what == what])
    return found[0]
