"""GitHub on loopback: the emulator, and in front of it a layer that makes it as faithful, and as unreliable, as needed.

The layer adds: 401 for unknown tokens, rights, ETag and 304, times of whole seconds, one write after the other, limits,
moved and deleted things, the calls of `routes`, faults that a test scripts; and it judges every call and its answer by
GitHub's own description.
"""

import hashlib
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hubctl.clock import now
from hubctl.core.vocabulary.values import replace
from support.github import gates
from support.github.description import Judge
from support.github.emulator import emulating
from support.github.person import Person
from support.github.routes import cased, routed
from support.github.wire import Answer, Call, Exchange, Fault, answer, refusal
from support.github.world import HUB, LOGINS, OWNER, TRIAGER, WRITER, World

MILLISECONDS = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{3}Z"')


class Site:
    """What a test holds. `url` is the API's; all persons' tokens are their logins."""

    def __init__(self, url: str, world: World) -> None:
        self.url = url
        self.world = world
        self.judge = Judge()
        self._lock = threading.RLock()
        self._repos = 0

    # --- for tests -------------------------------------------------------------------------------------------------

    def repository(self, *, private: bool = False) -> str:
        """A fresh one, `OWNER/NAME`, in which hub and writer may write."""
        self._repos += 1
        name = f"board-{self._repos}"
        made = self.world.emulator.ask(
            Call(
                method="POST",
                path="/user/repos",
                token=OWNER,
                body=answer(200, {"name": name, "auto_init": True}).body,
            )
        )
        assert made.status == 201, made.body
        repo = f"{OWNER}/{name}"
        self.world.roles[repo] = {OWNER: "admin", HUB: "write", WRITER: "write", TRIAGER: "triage"}
        if private:
            self.world.private.add(repo)
        return repo

    def person(self, login: str, repo: str) -> Person:
        return Person(self.url, login, repo)

    def fault(self, method: str, path: str, **words: Any) -> Fault:
        """Something goes wrong from now on: see `Fault`."""
        fault = Fault(method=method, path=path, **words)
        self.world.faults.append(fault)
        return fault

    def calls(self, repo: str, *, login: str = HUB) -> list[Exchange]:
        """What this login asked of the repository, in order."""
        start = f"/repos/{repo}"
        return [one for one in self.world.log if one.path.startswith(start) and one.login == login]

    # --- one call --------------------------------------------------------------------------------------------------

    def handle(self, call: Call) -> Answer | None:
        """None: the connection is cut."""
        with self._lock:
            fault = next((one for one in self.world.faults if one.strikes(call)), None)
            if fault and not fault.after:
                self.judge.judge(call, None)
                said = None if fault.reset else self._limited(call, fault.answer())
            else:
                said = self._answered(call)
                if fault:
                    said = None if fault.reset else fault.answer()
            self._note(call, said)
            return said

    def _answered(self, call: Call) -> Answer:
        said = gates.closed(self.world, call, self.clock()) or self._done(call)
        self.judge.judge(call, said)
        return self._limited(call, _tagged(call, said))

    def _done(self, call: Call) -> Answer:
        if call.method != "GET":
            self.world.lists.clear()
        call = cased(self.world, call)
        said = routed(self.world, call)
        if said is None:
            said = self.world.emulator.ask(replace(call, token=self.world.tokens[call.token].login))
        if call.method != "GET":
            self.world.lists.clear()
        said = _polished(call, said)
        return gates.told(self.world, call, said)

    def _limited(self, call: Call, said: Answer) -> Answer:
        return gates.metered(self.world, call, said, self.clock())

    def clock(self) -> float:
        return now().timestamp() + self.world.ahead_seconds

    def _note(self, call: Call, said: Answer | None) -> None:
        token = self.world.tokens.get(call.token)
        self.world.log.append(
            Exchange(
                login=token.login if token else "",
                method=call.method,
                path=call.path,
                query=call.query,
                status=said.status if said else 0,
                counted=bool(said and said.counted),
            )
        )


def _polished(call: Call, said: Answer) -> Answer:
    if said.status == 404 and call.method == "DELETE" and "/labels/" in call.path:
        return refusal(404, "Label does not exist")
    status = 201 if said.status == 200 and (call.method, call.path[-10:]) == ("POST", "/assignees") else None
    return replace(said, status=status or said.status, body=MILLISECONDS.sub(rb'"\1Z"', said.body))


def _tagged(call: Call, said: Answer) -> Answer:
    """With an ETag; 304, which costs nothing, where the asker knows the answer."""
    if call.method != "GET" or said.status != 200:
        return said
    known = "".join((call.headers.get("accept", ""), call.token, str(dict(said.headers)))).encode()
    tag = f'W/"{hashlib.sha256(known + said.body).hexdigest()}"'
    if call.headers.get("if-none-match") == tag:
        return Answer(status=304, headers={"ETag": tag}, counted=False)
    return replace(said, headers={**said.headers, "ETag": tag})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    site: Site

    def _handle(self) -> None:
        asked = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(
            method=self.command,
            path=asked.path,
            query=dict(parse_qsl(asked.query)),
            body=self.rfile.read(int(headers.get("content-length", 0))),
            token=headers.get("authorization", "").rpartition(" ")[2],
            headers=headers,
        )
        said = self.site.handle(call)
        if said is None:
            self._cut()
        else:
            self._send(said)

    def _send(self, said: Answer) -> None:
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)

    def _cut(self) -> None:
        """With a reset, not an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` of answers, by this server's clock."""
        return super().date_time_string(self.site.clock())

    def log_message(self, *_: object) -> None:
        """A server of a test is silent."""

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request: Any) -> None:
        """Without the orderly farewell, which would come before a reset."""
        self.close_request(request)


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """GitHub on loopback; its own files are in `folder`."""

    class Handler(_Handler):
        pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        # PyGithub asserts that addresses in answers are of the host that it was given.
        url = f"http://localhost:{server.server_port}"
        with emulating(folder, logins=LOGINS, url=url) as emulator:
            Handler.site = Site(url, World(emulator=emulator))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield Handler.site
            finally:
                server.shutdown()
                thread.join()
