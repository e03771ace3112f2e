"""The scripted model on a port of 127.0.0.1: HTTP, streaming, delays that end when the server closes.

Everything that the worker CLI asks is answered: `HEAD` and `GET` with nothing, `count_tokens` with a number, other
paths with an empty object, `POST /v1/messages` by `reply`.
"""

import json
import socket
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Final, assert_never

from hubctl.errors import HubError
from hubctl.scripted.blocks import Refusal, ScriptedReply
from hubctl.scripted.log import RequestLog, epoch_seconds, facts_of
from hubctl.scripted.reply import reply_to
from hubctl.scripted.request import Request, parse_request
from hubctl.scripted.script import Script, load_scripts
from hubctl.scripted.wire import Cut, Frame, Json, Pause, StreamEvent, frames, refused, whole

HOST: Final = "127.0.0.1"
POLL_SECONDS: Final = 0.05
"""How long `close` may wait for the loop that accepts connections."""


class Server(ThreadingHTTPServer):
    """Made by `start`; `close` ends all delays and connections, and returns when every thread has ended."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *, port: int, scripts: Sequence[Script], log: RequestLog, dump: Path | None) -> None:
        self.scripts = scripts
        self.log = log
        self.closing = threading.Event()
        self._dump = dump
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._refused: Counter[tuple[object, ...]] = Counter()
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, port), _Api)
        self._thread = threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def play(self, script: Path) -> None:
        """Plays another script file from the next request on."""
        self.scripts = load_scripts(script)

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def pause(self, seconds: float) -> None:
        """Raises ConnectionAbortedError when the server closes meanwhile."""
        if seconds > 0.0 and self.closing.wait(seconds):
            raise ConnectionAbortedError

    def refuses(self, refusal: Refusal, request: Request) -> bool:
        """Counts by session and place in the conversation: the same step may stand twice in a script."""
        if refusal.times is None:
            return True
        key = (refusal, request.user, request.answers)
        with self._lock:
            self._refused[key] += 1
            return self._refused[key] <= refusal.times

    def keep(self, body: bytes, at: float) -> None:
        """Names begin with the `at` of the log's line."""
        if self._dump is not None:
            (self._dump / f"{at:.3f}-{next(self._numbers):05d}.json").write_bytes(body)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that is killed leaves broken connections behind: no news. All else is a bug, and is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def start(
    script: Path | None = None, *, log: Path | None = None, port: int = 0, dump: Path | None = None
) -> Server:
    """Listens when it returns. Port 0 is a free one; `dump` is a folder for whole request bodies.

    Raises HubError for a script with a mistake, a log or folder that cannot be written, a port that is taken.
    """
    scripts = load_scripts(script) if script is not None else ()
    requests = RequestLog(log)
    try:
        if dump is not None:
            dump.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HubError(
            f"The folder `{dump}` cannot be made: {error}.", "Give `--dump` another path."
        ) from error
    try:
        return Server(port=port, scripts=scripts, log=requests, dump=dump)
    except (OSError, OverflowError) as error:
        raise HubError(f"Port `{port}` cannot be listened on: {error}.", "Choose `--port 0`.") from error


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *_: object) -> None:
        """The request log is the only one."""

    def do_HEAD(self) -> None:
        self._record()
        self._begin(200, {"content-length": "0"})

    def do_GET(self) -> None:
        self._record()
        self._send(200, {"data": []})

    def do_POST(self) -> None:
        at = epoch_seconds()
        body = self._body()
        self.server.keep(body, at)
        try:
            request = parse_request(body)
        except HubError as error:
            self._record(at)
            self._refuse(Refusal(status=400, message=error.message))
            return
        self._record(at, facts_of(request))
        if "count_tokens" in self.path:
            self._send(200, {"input_tokens": request.tokens})
        elif not self.path.startswith("/v1/messages"):
            self._send(200, {})
        else:
            self._answer(request, reply_to(request, self.server.scripts, now=at))

    def _body(self) -> bytes:
        length = self.headers.get("content-length") or ""
        return self.rfile.read(int(length)) if length.isascii() and length.isdigit() else b""

    def _record(self, at: float | None = None, facts: Mapping[str, object] | None = None) -> None:
        heard = {
            "retry": self.headers.get("x-stainless-retry-count"),
            "session": self.headers.get("x-claude-code-session-id"),
        }
        moment = epoch_seconds() if at is None else at
        self.server.log.write(at=moment, method=self.command, path=self.path, **(facts or {}), **heard)

    def _answer(self, request: Request, reply: ScriptedReply) -> None:
        self.server.pause(reply.hold_seconds)
        key = uuid.uuid4().hex[:20]
        if reply.refusal is not None and self.server.refuses(reply.refusal, request):
            self._refuse(reply.refusal, reply.headers)
        elif not request.stream:
            self._send(200, whole(reply, request, key=key), reply.headers)
        else:
            self.close_connection = True
            self._begin(200, {"content-type": "text/event-stream", "connection": "close", **reply.headers})
            for frame in frames(reply, request, key=key):
                self._play(frame)

    def _play(self, frame: Frame) -> None:
        match frame:
            case StreamEvent():
                self.wfile.write(frame.encoded)
            case Pause():
                self.server.pause(frame.seconds)
            case Cut():
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
            case _:
                assert_never(frame)

    def _refuse(self, refusal: Refusal, headers: Mapping[str, str] | None = None) -> None:
        request_id = _request_id()
        self._send(refusal.status, refused(refusal, request_id=request_id), headers, request_id)

    def _send(
        self, status: int, body: Json, headers: Mapping[str, str] | None = None, request_id: str = ""
    ) -> None:
        data = json.dumps(body).encode()
        length = {"content-type": "application/json", "content-length": str(len(data))}
        self._begin(status, {**length, **(headers or {})}, request_id)
        self.wfile.write(data)

    def _begin(self, status: int, headers: Mapping[str, str], request_id: str = "") -> None:
        self.send_response(status)
        self.send_header("request-id", request_id or _request_id())
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def _request_id() -> str:
    return f"req_{uuid.uuid4().hex[:20]}"
