"""The planner `api`: the real SDK against the scripted model, and against a server that breaks as the API does."""

import json
import subprocess
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hubctl import scripted
from hubctl.core.documents.config import Config, PlannerKind, WorkerConfig
from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.documents.roles import Role
from hubctl.errors import HubError
from hubctl.planners import PLANNERS, api
from hubctl.planners.api import describe
from hubctl.planners.model import structured_answer
from support.waiting import PATIENCE

ROLES = {
    name: Role(name=name, description=name, prompt=f"You are a {name}.", version="0")
    for name in ("coder", "planner")
}
ANSWER = {
    "goal": "Count",
    "issues": [
        {"key": "a", "title": "A", "validate": "tests"},
        {"key": "b", "title": "B"},
        {"key": "c", "title": "C", "after": ["a", "b"]},
    ],
}


def silent(_: str) -> None:
    """Nobody listens."""


def config(url: str, **env: str) -> Config:
    return Config(
        worker=WorkerConfig(env={"ANTHROPIC_BASE_URL": url, **env}),
        validate={"tests": "true"},
        models={"planner": "sonnet"},
    )


def test_a_plan_of_three_issues_comes_from_the_scripted_model(repository: Path, tmp_path: Path) -> None:
    (repository / "README.md").write_text("# Changed, and not committed\n", encoding="utf-8")
    heard: list[str] = []
    with scripted.start(dump=tmp_path / "dump") as model:
        made = PLANNERS[PlannerKind.API](
            f"Count words\n@json {json.dumps(ANSWER)}",
            checkout=repository,
            config=config(model.url),
            roles=ROLES,
            env={"ANTHROPIC_API_KEY": "a dummy key"},
            told=heard.append,
        )
    assert made == Plan(
        goal="Count",
        issues=(
            PlannedIssue(key="a", title="A", validate="true"),
            PlannedIssue(key="b", title="B"),
            PlannedIssue(key="c", title="C", after=("a", "b")),
        ),
    )
    assert heard[0].startswith("the planner `api` is asked (model `sonnet`")
    (sent,) = (json.loads(file.read_text()) for file in (tmp_path / "dump").iterdir())
    assert sent["model"] == "claude-sonnet-5-5"
    prompt = sent["messages"][0]["content"]
    assert "    # Sample" in prompt
    assert "not committed" not in prompt


def test_a_plan_that_cannot_be_run_is_refused(repository: Path) -> None:
    ring = {"issues": [{"key": "a", "title": "A", "after": ["a"]}]}
    with scripted.start() as model, pytest.raises(HubError, match="cannot be done after itself"):
        api.plan(
            f"Count\n@json {json.dumps(ring)}",
            checkout=repository,
            config=config(model.url, ANTHROPIC_AUTH_TOKEN="a dummy token"),
            roles=ROLES,
            env={},
            told=silent,
        )


def test_an_api_that_says_nothing_is_given_up(repository: Path) -> None:
    with Broken(hold=True) as broken, pytest.raises(HubError, match="no plan after"):
        api.plan(
            "Count",
            checkout=repository,
            config=config(broken.url, ANTHROPIC_API_KEY="k"),
            roles=ROLES,
            env={},
            told=silent,
            seconds=1.0,
        )


def test_a_repository_is_described_by_what_is_committed(repository: Path) -> None:
    secret = repository.parent / "secret"
    secret.write_text("a key\n", encoding="utf-8")
    (repository / "CLAUDE.md").symlink_to(secret)
    (repository / "src").mkdir()
    (repository / "src" / "a.py").write_text("x = 1\n", encoding="utf-8")
    for words in (["add", "."], ["commit", "-q", "-m", "More"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    told = describe(repository)
    assert "Files:\nCLAUDE.md\nREADME.md\nsrc/a.py" in told
    assert "README.md:\n# Sample" in told
    assert "a key" not in told
    assert "x = 1" not in told


def test_a_large_repository_is_described_by_its_folders(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_NAMES", 2)
    for name in ("a/1", "a/2", "b/1"):
        file = repository / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    assert describe(repository).startswith("Files:\n./ (4 files)\na/ (2 files)\n\n")


# --- an API that breaks -------------------------------------------------------------------------------------------


class Broken(ThreadingHTTPServer):
    """Answers every request alike: a status and a body, or nothing at all."""

    daemon_threads = True

    def __init__(
        self, status: int = 200, body: bytes = b"", kind: str = "application/json", *, hold: bool = False
    ):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.body, self.kind = status, body, kind
        self.closing = threading.Event()
        if not hold:
            self.closing.set()
        self.heard: list[Mapping[str, str]] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: Broken

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append({name.lower(): value for name, value in self.headers.items()})
        self.server.closing.wait(PATIENCE)
        self.send_response(self.server.status)
        # The SDK would try again, with pauses.
        for name, value in (("x-should-retry", "false"), ("content-type", self.server.kind)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)


def message(text: str, stop: str) -> bytes:
    whole = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    return json.dumps(whole).encode()


def failure(text: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": "an_error", "message": text}}).encode()


def ask(url: str, **env: str) -> object:
    access = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": url, **env}
    return structured_answer("Plan.", schema={"type": "object"}, model="opus", env=access, seconds=20)


@pytest.mark.parametrize("credential", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_the_credential_that_is_given_is_sent(credential: str) -> None:
    with Broken(200, message("{}", "end_turn")) as broken:
        assert ask(broken.url, **{"ANTHROPIC_API_KEY": "", credential: "given"}) == {}
        (heard,) = broken.heard
    assert "given" in {heard.get("x-api-key"), heard.get("authorization", "").removeprefix("Bearer ")}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "refuses the planner's request (400): `told`"),
        (401, "credential (401): `told`"),
        (403, "credential (403): `told`"),
        (404, "no model `claude-opus-5-5` for the planner (404): `told`"),
        (413, "(413): `told`"),
        (429, "limit (429): `told`"),
        (500, "broken (500): `told`"),
        (529, "broken (529): `told`"),
    ],
)
def test_a_refusal_of_the_api_is_told_in_our_words(status: int, words: str) -> None:
    with Broken(status, failure("told")) as broken, pytest.raises(HubError) as caught:
        ask(broken.url)
    assert words in caught.value.message
    assert caught.value.cure


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (message("I will not.", "refusal"), "application/json", "declined to plan this task: `I will not.`"),
        (message('{"goal": "hal', "max_tokens"), "application/json", "longer than 32000 tokens"),
        (message("A plan!", "end_turn"), "application/json", "words instead of a plan: `A plan!`"),
        (b"<html>A proxy's page</html>", "text/html", "is not the API: `<html>A proxy's page</html>`"),
        (b"{}", "application/json", "Nothing was filed."),
        (b"[1]", "application/json", "Nothing was filed."),
        (b"{nonsense", "application/json", "Nothing was filed."),
    ],
)
def test_an_answer_that_is_no_plan_is_refused(body: bytes, kind: str, words: str) -> None:
    with Broken(200, body, kind) as broken, pytest.raises(HubError) as caught:
        ask(broken.url)
    assert words in caught.value.message
    assert "--planner file" in caught.value.cure


def test_an_error_without_a_body_is_told_too() -> None:
    with Broken(502, b"bad gateway", "text/plain") as broken, pytest.raises(HubError, match="bad gateway"):
        ask(broken.url)


def test_an_api_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.planners.model.RETRIES", 0)
    with Broken() as gone:
        url = gone.url
    with pytest.raises(HubError, match=r"cannot be reached for the planner: `.*refused") as caught:
        ask(url)
    assert "ANTHROPIC_BASE_URL" in caught.value.cure


@pytest.mark.parametrize("url", ["example", "ftp://h", "http://", "http://[", "http://a b"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(HubError):
        ask(url)


@pytest.mark.parametrize("key", ["", "  "])
def test_without_a_key_nothing_is_asked(key: str) -> None:
    with pytest.raises(HubError, match="no key") as caught:
        ask("http://127.0.0.1:9", ANTHROPIC_API_KEY=key)
    assert "ANTHROPIC_API_KEY" in caught.value.cure


@pytest.mark.parametrize("key", ["кл\nюч", "half1\nhalf2", "half1\x7fhalf2"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(key: str) -> None:
    with Broken(200, message("{}", "end_turn")) as broken, pytest.raises(HubError) as caught:
        ask(broken.url, ANTHROPIC_API_KEY=key)
    assert not any(part in str(caught.value) for part in ("кл", "юч", "half"))
