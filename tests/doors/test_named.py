"""Vaults by name, used by the real git in a cell: one repository, for reading, with a login that stays outside."""

import base64
import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.cells.profile import Cell
from hubctl.cells.start import forwarding, way_in
from hubctl.core.documents.config import parse_config
from hubctl.core.documents.vaults import NamedVault, SecretPlace
from hubctl.core.vocabulary.values import replace
from hubctl.doors.log import Why
from hubctl.doors.named import vault_environment, vaults_of
from hubctl.doors.process import Doors
from hubctl.doors.rules import WorkerDoors, sockets_of
from hubctl.errors import HubError
from tests.doors.conftest import Service, logged

KEY = "the-real-key"
LOGIN = "Basic " + base64.b64encode(f"x-access-token:{KEY}".encode()).decode()


class GitServer(http.server.BaseHTTPRequestHandler):
    """git's own http-backend behind a login, for all repositories below `root`."""

    root: Path

    def log_message(self, *_words: object) -> None:
        pass

    def _serve(self) -> None:
        if self.headers.get("Authorization") != LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=git")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "somebody",
        }
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(["git", "http-backend"], input=sent, env=env, capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(told.pop("Status", "200").split()[0]))
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _serve


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """The address of a repository `team/it.git`, beside which lies `team/other.git`; both take pushes."""
    for name in ("it", "other"):
        bare = tmp_path / "served" / "team" / f"{name}.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
        subprocess.run(["git", "config", "http.receivepack", "true"], cwd=bare, check=True)
    first = tmp_path / "first"
    subprocess.run(["git", "init", "-q", "-b", "main", str(first)], check=True)
    for words in (
        ("commit", "-q", "--allow-empty", "-m", "Fetched"),
        ("push", "-q", str(tmp_path / "served/team/it.git"), "main"),
    ):
        subprocess.run(["git", *words], cwd=first, check=True)
    handler = type("Handler", (GitServer,), {"root": tmp_path / "served"})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/team/it.git"
    server.shutdown()
    server.server_close()


def git_vault(url: str) -> NamedVault:
    return NamedVault(url=url, git=True, user="x-access-token", place=SecretPlace.ENV, at="REAL_KEY")


def in_cell(tmp_path: Path, state: Path, doors: Doors, named: dict[str, NamedVault], command: str) -> str:
    """What a shell prints in a cell with these vaults."""
    doors.put([WorkerDoors(worker="w1-1", thread="1", vaults=vaults_of(named))])
    for folder in ("work", "home"):
        (tmp_path / folder).mkdir(exist_ok=True)
    own = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "GIT_TERMINAL_PROMPT": "0"}
    cell = Cell(
        work=tmp_path / "work",
        home_at=tmp_path / "home",
        doors=sockets_of(state, "w1-1"),
        env={**own, **vault_environment(named)},
    )
    words = [*way_in(cell, tmp_path / "note"), *forwarding(named), "/bin/bash", "-c", command]
    done = subprocess.run(words, env={}, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def test_git_reads_the_one_repository_and_writes_none(
    tmp_path: Path, state: Path, doors: Doors, origin: str
) -> None:
    other = origin.replace("it.git", "other.git")
    said = in_cell(
        tmp_path,
        state,
        doors,
        {"origin": git_vault(origin)},
        f"git init -q . && git fetch -q {origin} main && git log --format=%s FETCH_HEAD;"
        f" git fetch -q {origin.removesuffix('.git')} main && echo without the end;"
        f" git push {origin} FETCH_HEAD:refs/heads/pushed && echo pushed;"
        f" git ls-remote {other} && echo other;"
        " git ls-remote http://127.0.0.1:3129/team/other.git && echo other;"
        f" cat /proc/*/environ | tr '\\0' '\\n' | grep {KEY}; git config --list | grep -i {KEY}",
    )
    assert said.splitlines()[:2] == ["Fetched", "without the end"]
    assert "403" in said
    for never in ("\npushed", "\nother", KEY, LOGIN.split()[1]):
        assert never not in said
    refs = ["git", "for-each-ref", "--format=%(refname)"]
    bare = tmp_path / "served" / "team" / "it.git"
    assert subprocess.run(refs, cwd=bare, capture_output=True, text=True, check=True).stdout.split() == [
        "refs/heads/main"
    ]
    lines = logged(state)
    assert {line.door for line in lines} == {"vault-origin"}
    refused = {line.what for line in lines if line.why is Why.PATH}
    assert refused == {"GET /team/it.git/info/refs", "GET /team/other.git/info/refs"}
    assert all(KEY not in str(line) for line in lines)


def test_another_service_has_its_own_address_and_header(
    tmp_path: Path, state: Path, doors: Doors, service: Service
) -> None:
    named = {
        "api": NamedVault(
            url=f"{service.url}/v1", header="X-Key", before="Key", place=SecretPlace.ENV, at="REAL_KEY"
        ),
        "printed": NamedVault(url=service.url, place=SecretPlace.COMMAND, at="printf '%s' printed-key"),
        "nothing": NamedVault(url=service.url, place=SecretPlace.KEYRING, at="no-such/user"),
    }
    said = in_cell(
        tmp_path,
        state,
        doors,
        named,
        "curl -s -H 'X-Key: dummy' $HUBCTL_VAULT_API/thing; curl -s $HUBCTL_VAULT_PRINTED/other; curl -s $HUBCTL_VAULT_NOTHING/x",
    )
    assert said.count('"model": "m-2"') == 2
    assert "hubctl: There is no login in the command" in said
    seen = {path: headers for _, path, headers in service.seen}
    assert seen["/v1/thing"]["x-key"] == f"Key {KEY}"
    assert seen["/other"]["authorization"] == "printed-key"
    assert KEY not in said


def test_an_address_is_led_to_the_vault_however_it_is_written() -> None:
    env = vault_environment({"b": git_vault("https://git.example/team/it.git")})
    values = {value for name, value in env.items() if name.startswith("GIT_CONFIG_VALUE")}
    assert values == {
        "https://git.example/team/it",
        "git@git.example:team/it",
        "ssh://git@git.example/team/it",
    }
    assert env["GIT_CONFIG_COUNT"] == "3"
    assert vault_environment({}) == {}


def test_a_vault_is_read_from_the_configuration() -> None:
    text = "vaults: {origin: {git: https://git.example/team/it.git, secret: {env: TOKEN}}}\n"
    (made,) = parse_config(text, file="hubctl.yaml").vaults.values()
    assert made == replace(git_vault("https://git.example/team/it.git"), at="TOKEN")
    text = "vaults: {api: {url: https://a.example/v1/, before: Bearer, secret: {keyring: a/b}}}\n"
    (made,) = parse_config(text, file="hubctl.yaml").vaults.values()
    assert (made.url, made.before, made.place, made.at) == (
        "https://a.example/v1",
        "Bearer",
        SecretPlace.KEYRING,
        "a/b",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{Big: {url: https://a.example, secret: {env: A}}}", "`Big` is no name of a vault"),
        ("{a: {url: http://a.example, secret: {env: A}}}", "`vaults.a.url` cannot be `http://a.example`"),
        ("{a: {url: 'https://me:pw@a.example', secret: {env: A}}}", "without name and password"),
        ("{a: {git: https://a.example, secret: {env: A}}}", "`vaults.a.git` names no repository"),
        (
            "{a: {git: https://a.example/o/r, url: https://b.example, secret: {env: A}}}",
            "stands beside `git`",
        ),
        ("{a: {url: https://a.example}}", "says of no one place where the login is"),
        ("{a: {url: https://a.example, secret: {env: A, command: b}}}", "says of no one place"),
        ("{a: {url: https://a.example, secret: {keyring: b}}}", "`vaults.a.secret.keyring` cannot be `b`"),
        ("{a: {url: https://a.example, header: 'a b', secret: {env: A}}}", "write a header's name"),
        ("{a: {url: https://a.example, sekret: {env: A}}}", "`sekret` is no key of `vaults.a`"),
        ("[a]", "`vaults` is a list"),
    ],
)
def test_what_is_no_vault_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(HubError) as caught:
        parse_config(f"vaults: {text}\n", file="hubctl.yaml")
    assert said in caught.value.message
    assert "`hubctl.yaml` line 1" in caught.value.message
