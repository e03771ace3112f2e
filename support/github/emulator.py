"""The emulator of GitHub as a process: emulate (npm), pinned in .emulator, alone on loopback."""

import http.client
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.github.wire import Answer, Call
from support.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".emulator" / "node_modules" / "emulate" / "dist" / "index.js"
TIMEOUT_SECONDS = 30.0


class Emulator:
    """Where it listens, and how to ask it."""

    def __init__(self, port: int, host: str) -> None:
        self.port = port
        self.host = host

    def ask(self, call: Call) -> Answer:
        """Its answer; `host` goes into the links that it makes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        query = "&".join(f"{name}={value}" for name, value in call.query.items())
        headers = {"Host": self.host, "Authorization": f"token {call.token}"}
        if call.body:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(
                call.method, f"{call.path}?{query}" if query else call.path, call.body or None, headers
            )
            said = connection.getresponse()
            return Answer(status=said.status, body=said.read())
        finally:
            connection.close()


@contextmanager
def emulating(folder: Path, *, logins: Sequence[str], url: str) -> Iterator[Emulator]:
    """The emulator, made for `url` (which goes into all its addresses); everyone's token there is their login."""
    if not PROGRAM.exists():
        pytest.fail("the emulator of GitHub is not installed: scripts/setup --tests")
    port, seed = _free_port(), folder / "seed.json"
    users = [{"login": login} for login in logins]
    tokens = {login: {"login": login} for login in logins}
    seed.write_text(json.dumps({"tokens": tokens, "github": {"users": users}}), encoding="utf-8")
    words = [shutil.which("node") or "node", str(PROGRAM), "start", "-s", "github", "-p", str(port)]
    log = folder / "emulator.log"
    with log.open("wb") as out:
        # Its own folder: it would read an emulate.config.* of the one it is started in.
        process = subprocess.Popen(
            [*words, "--seed", str(seed), "--base-url", url],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )
    try:
        wait_until(lambda: _answers(process, port, log), what="the emulator's first answer")
        yield Emulator(port, url.removeprefix("http://"))
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    if process.poll() is not None:
        pytest.fail(f"the emulator ended: {log.read_text(encoding='utf-8')}")
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
