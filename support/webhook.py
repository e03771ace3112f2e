"""A JSON webhook on loopback that refuses its first deliveries, and keeps what it took."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Webhook:
    """`refusals` are still to come; `refused` and `taken` hold the documents in the order of their arrival."""

    refusals: int = 0
    port: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/"

    def take(self, document: dict[str, Any]) -> int:
        """The answer's status."""
        if self.refusals:
            self.refusals -= 1
            self.refused.append(document)
            return 503
        self.taken.append(document)
        return 200


@contextmanager
def listening(refusals: int = 0) -> Iterator[Webhook]:
    hook = Webhook(refusals)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(hook.take(json.loads(text)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """A server of a test is silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_port
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield hook
        finally:
            server.shutdown()
            serving.join()
