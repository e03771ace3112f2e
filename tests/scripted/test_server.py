"""The scripted model over HTTP: streams, errors, delays, the log."""

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.scripted.server import Server, start

TIMEOUT = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with start(log=tmp_path / "log.jsonl") as server:
        yield server


def body(prompt: str, **more: object) -> bytes:
    asked = {"model": "m", "tools": [{"name": "Bash"}], "messages": [{"role": "user", "content": prompt}]}
    return json.dumps({**asked, **more}).encode()


def ask(server: Server, data: bytes, path: str = "/v1/messages?beta=true", **headers: str) -> bytes:
    request = urllib.request.Request(server.url + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        read = answer.read()
    assert isinstance(read, bytes)
    return read


def words(server: Server, prompt: str, **more: object) -> str:
    content = json.loads(ask(server, body(prompt, **more)))["content"]
    return "".join(block["text"] for block in content)


class Refused(Struct, frozen=True, kw_only=True):
    status: int
    headers: Mapping[str, str]
    told: Mapping[str, Any]


def refusal(server: Server, data: bytes) -> Refused:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(server, data)
    with caught.value as error:
        return Refused(status=error.code, headers=dict(error.headers), told=json.load(error))


def log(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]


def test_a_stream_comes_in_order_and_ends(server: Server) -> None:
    request = urllib.request.Request(
        f"{server.url}/v1/messages", data=body("@say a b\n@+bash ls", stream=True)
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["request-id"]
        lines = answer.read().decode().splitlines()
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert events[:3] == ["message_start", "content_block_start", "content_block_delta"]
    assert events[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert [item["type"] for item in data] == events
    assert data[-2]["delta"]["stop_reason"] == "tool_use"


def test_without_streaming_the_answer_is_one_object(server: Server) -> None:
    assert words(server, "@say a b") == "a b"


def test_a_script_file_is_played(tmp_path: Path) -> None:
    script = tmp_path / "s.yaml"
    script.write_text("scripts: [{when: '^hubctl thread', steps: ['@say played']}]")
    with start(script) as server:
        assert words(server, "hubctl thread 1: x") == "played"
        assert words(server, "@say mine\nhubctl thread 1: x") == "mine"


def test_a_refusal_has_its_status_its_words_and_its_headers(server: Server) -> None:
    made = refusal(server, body("@limit seven_day 60"))
    assert (made.status, made.told["type"], made.told["error"]["type"]) == (429, "error", "rate_limit_error")
    assert made.headers["anthropic-ratelimit-unified-representative-claim"] == "seven_day"
    assert made.told["request_id"] == made.headers["request-id"]


def test_some_refusals_are_counted_by_session_and_step(server: Server) -> None:
    later = [
        {"role": "user", "content": "@errorn 2 529 x\n@errorn 2 529 x"},
        {"role": "assistant", "content": "a"},
    ]
    asked = [
        *[body("@errorn 2 529 x\n@errorn 2 529 x", metadata={"user_id": user}) for user in ("one", "two")],
        body("", messages=later, metadata={"user_id": "one"}),
    ]
    for data in asked:
        assert [refusal(server, data).status for _ in range(2)] == [529, 529]
        assert json.loads(ask(server, data))["content"][0]["text"] == "Recovered."


@pytest.mark.parametrize("data", [b"", b"[]", b"{"])
def test_what_is_no_request_is_refused_in_the_form_of_the_api(server: Server, data: bytes) -> None:
    made = refusal(server, data)
    assert (made.status, made.told["error"]["type"]) == (400, "invalid_request_error")


def test_a_cut_stream_breaks_off(server: Server) -> None:
    data = ask(server, body("@drop these words", stream=True))
    assert b"these" in data
    assert b"message_stop" not in data


def test_the_other_addresses_are_answered(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/v1/models", timeout=TIMEOUT) as answer:
        assert json.load(answer) == {"data": []}
    head = urllib.request.Request(server.url, method="HEAD")
    with urllib.request.urlopen(head, timeout=TIMEOUT) as answer:
        assert (answer.status, answer.read()) == (200, b"")
    assert json.loads(ask(server, body("x"), "/v1/messages/count_tokens")).keys() == {"input_tokens"}
    assert json.loads(ask(server, b"{}", "/api/event_logging")) == {}


def test_a_line_of_the_log(server: Server, tmp_path: Path) -> None:
    reminder = "<system-reminder>\nhidden\n</system-reminder>"
    content = [{"type": "text", "text": text} for text in (reminder, f"{reminder}\n@say {'a' * 500}")]
    result = {"type": "tool_result", "content": "out"}
    messages = [
        {"role": "user", "content": content},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": [result]},
    ]
    headers = {"x-stainless-retry-count": "1", "x-claude-code-session-id": "s"}
    ask(server, body("", messages=messages), **headers)
    [line] = log(tmp_path)
    assert isinstance(line.pop("at"), float)
    assert line == {
        "method": "POST",
        "path": "/v1/messages?beta=true",
        "model": "m",
        "stream": False,
        "tools": 1,
        "messages": 3,
        "last": "a" * 300,
        "prompts": [f"@say {'a' * 395}"],
        "results": ["out"],
        "mid_turn": [],
        "retry": "1",
        "session": "s",
    }


def test_each_request_is_one_whole_line(server: Server, tmp_path: Path) -> None:
    prompts = [f"@say {number} {'x' * 3000}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda prompt: words(server, prompt), prompts))
    told = sorted(str(line["prompts"]) for line in log(tmp_path))
    assert told == sorted(str([prompt[:400]]) for prompt in prompts)


def test_requests_without_a_body_and_bad_ones_are_logged_too(server: Server, tmp_path: Path) -> None:
    urllib.request.urlopen(f"{server.url}/a", timeout=TIMEOUT).close()
    refusal(server, b"{")
    assert [(line["method"], line["path"]) for line in log(tmp_path)] == [
        ("GET", "/a"),
        ("POST", "/v1/messages?beta=true"),
    ]


def test_whole_bodies_are_kept_where_asked(tmp_path: Path) -> None:
    with start(dump=tmp_path / "a" / "b") as server:
        for prompt in ("one", "two"):
            ask(server, body(prompt))
    kept = sorted((tmp_path / "a" / "b").glob("*-*.json"), key=lambda path: path.name.partition("-")[2])
    assert [path.read_bytes() for path in kept] == [body("one"), body("two")]


@pytest.mark.parametrize("prompt", ["@hold 3600", "@slow 3600 a b", "@think 3600", "@stall 3600"])
def test_closing_ends_a_delay_and_leaves_no_thread(tmp_path: Path, prompt: str) -> None:
    before = set(threading.enumerate())
    server = start(log=tmp_path / "log.jsonl")
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(ask, server, body(prompt, stream=True))
        seen = threading.Event()
        while not log(tmp_path):
            seen.wait(0.01)
        server.close()
        try:
            assert b"message_stop" not in pending.result(TIMEOUT)
        except (ConnectionError, http.client.HTTPException):
            assert server.closing.is_set()
    assert set(threading.enumerate()) <= before


def test_closing_ends_connections_that_wait_for_the_next_request(tmp_path: Path) -> None:
    server = start(log=tmp_path / "log.jsonl")
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=TIMEOUT)
    connection.request("GET", "/")
    connection.getresponse().read()
    server.close()
    assert connection.sock.recv(1) == b""
    connection.close()


def test_it_may_be_closed_twice(server: Server) -> None:
    server.close()
    server.close()


def test_only_loopback_is_listened_on(server: Server) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_port}"


def test_what_cannot_be_used_is_refused_at_the_start(server: Server, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("scripts: 3")
    with pytest.raises(HubError, match=r"bad\.yaml` line 1"):
        start(tmp_path / "bad.yaml")
    with pytest.raises(HubError, match="log"):
        start(log=tmp_path / "none" / "log.jsonl")
    with pytest.raises(HubError, match="bad"):
        start(dump=tmp_path / "bad.yaml")
    for port in (server.server_port, 99_999):
        with pytest.raises(HubError, match=str(port)):
            start(port=port)
