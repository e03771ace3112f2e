"""The doors' process with real sockets: what a vault puts in and takes away, which hosts pass, and what outlives whom."""

import os
import signal
import socket
from pathlib import Path

import pytest

from hubctl.core.vocabulary.hosts import Host
from hubctl.doors.egress import is_public
from hubctl.doors.log import LARGEST, DoorLog, Tokens, Use, Why, log_of, older
from hubctl.doors.process import Doors
from hubctl.doors.rules import Secret, Source, Vault, WorkerDoors, sockets_of, write_rules
from hubctl.doors.sockets import connect
from support.waiting import wait_until
from tests.doors.conftest import STREAM, Service, line_of, logged

KEY = Secret(header="x-api-key", source=Source.ENVIRONMENT, name="REAL_KEY")


def model(service: Service, secret: Secret = KEY) -> Vault:
    return Vault(upstream=service.url, secrets=(secret,))


def speak(state: Path, name: str, text: str, *, worker: str = "w1-1") -> socket.socket:
    line = connect(sockets_of(state, worker), name, seconds=20)
    line.sendall(text.replace("\n", "\r\n").encode())
    return line


def said(line: socket.socket, until: bytes = b"") -> str:
    """As far as to these bytes; without them all, and then the line is closed."""
    text = b""
    while not until or until not in text:
        data = line.recv(65536)
        if not data:
            break
        text += data
    if not until:
        line.close()
    return text.decode()


POST = "POST {} HTTP/1.1\nHost: localhost\nx-api-key: dummy\nAuthorization: Bearer dummy\nCookie: a=b\nContent-Length: 2\nConnection: close\n\nhi"
GET = "GET {} HTTP/1.1\nHost: localhost\nConnection: close\n\n"


def test_a_vault_puts_the_login_in_and_nothing_waits_for_a_full_buffer(
    doors: Doors, state: Path, service: Service
) -> None:
    doors.put([WorkerDoors(worker="w1-1", thread="1", model=model(service))])
    line = speak(state, "model.sock", POST.format("/v1/messages?beta=true"))
    assert STREAM[0].strip() in said(
        line, until=b'"input_tokens":7'
    )  # the upstream holds its second half back
    service.gate.set()
    assert "message_delta" in said(line)
    ((_, path, headers),) = service.seen
    assert path == "/v1/messages?beta=true"
    assert headers["x-api-key"] == "the-real-key"
    assert {"authorization", "cookie"}.isdisjoint(headers)


def test_what_a_request_cost_is_in_the_log_and_no_login_is(
    doors: Doors, state: Path, service: Service
) -> None:
    service.gate.set()
    doors.put([WorkerDoors(worker="w1-1", thread="1", model=model(service))])
    answer = said(speak(state, "model.sock", POST.format("/v1/messages?key=in-a-query")))
    assert "set-cookie" not in answer.lower()
    said(speak(state, "model.sock", GET.format("/api/hello")))
    streamed, whole = line_of(state, "POST /v1/messages"), line_of(state, "GET /api/hello")
    assert (streamed.tokens, streamed.model) == (Tokens(input=7, output=42), "m-1")
    assert streamed.limits == {"anthropic-ratelimit-requests-remaining": "9"}
    assert (whole.tokens, whole.model) == (Tokens(input=3, output=4), "m-2")
    assert (streamed.worker, streamed.thread, streamed.door) == ("w1-1", "1", "model")
    log = log_of(state).read_text()
    assert not any(secret in log for secret in ("the-real-key", "dummy", "in-a-query"))


@pytest.mark.parametrize(
    "path",
    ["/", "/other", "/v1", "/v1/../admin", "/v1/%2e%2e/admin", "/v1//x", "/api/..;/x/..", "/V1/messages"],
)
def test_other_paths_are_closed(path: str, doors: Doors, state: Path, service: Service) -> None:
    doors.put([WorkerDoors(worker="w1-1", thread="1", model=model(service))])
    assert " 403 " in said(speak(state, "model.sock", GET.format(path))).partition("\r\n")[0]
    assert service.seen == []
    assert logged(state)[-1].why is Why.PATH


@pytest.mark.parametrize("content", ['{"claudeAiOauth": {"accessToken": "t", "expiresAt": 1}}', "{}", "torn"])
def test_an_expired_plan_login_is_said_and_nothing_is_sent(
    content: str, doors: Doors, state: Path, service: Service
) -> None:
    file = state / "credentials.json"
    file.write_text(content)
    plan = Secret(header="authorization", before="Bearer ", source=Source.CLAUDE, name=str(file))
    doors.put([WorkerDoors(worker="w1-1", thread="1", model=model(service, plan))])
    answer = said(speak(state, "model.sock", POST.format("/v1/messages")))
    assert " 401 " in answer.partition("\r\n")[0]
    assert "authentication_error" in answer
    assert service.seen == []
    # A login that was renewed holds from the next request on, without a restart.
    file.write_text('{"claudeAiOauth": {"accessToken": "renewed"}}')
    service.gate.set()
    said(speak(state, "model.sock", POST.format("/v1/messages")))
    assert service.seen[0][2]["authorization"] == "Bearer renewed"


CONNECT = "CONNECT {} HTTP/1.1\nHost: x\n\n"


def test_a_listed_host_passes_and_others_do_not(doors: Doors, state: Path, service: Service) -> None:
    hosts = (Host(name="localhost", port=service.port, private=True), Host(name="mirror.example", wild=True))
    doors.put([WorkerDoors(worker="w1-1", thread="1", hosts=hosts)])
    line = speak(state, "egress.sock", CONNECT.format(f"localhost:{service.port}"))
    assert " 200 " in said(line, until=b"\r\n\r\n")
    line.sendall(GET.format("/through").replace("\n", "\r\n").encode())
    assert '"m-2"' in said(line)
    assert line_of(state, f"localhost:{service.port}").received > 0
    for closed, why in {
        "localhost:443": Why.PRIVATE,
        "8.8.8.8:443": Why.ADDRESS,
        f"127.0.0.1:{service.port}": Why.PRIVATE,
        "2130706433:80": Why.PRIVATE,
        "mirror.example:443": Why.UNLISTED,
        "evil.example:443": Why.UNLISTED,
        "evil.example": Why.MALFORMED,
    }.items():
        assert " 403 " in said(speak(state, "egress.sock", CONNECT.format(closed))).partition("\r\n")[0]
        assert line_of(state, closed).why is why
    plain = said(speak(state, "egress.sock", GET.format("http://localhost/")))
    assert "https alone passes" in plain


def test_a_name_that_leads_into_this_machine_wants_its_own_word(
    doors: Doors, state: Path, service: Service
) -> None:
    hosts = (Host(name="localhost", port=service.port),)
    doors.put([WorkerDoors(worker="w1-1", thread="1", hosts=hosts)])
    assert "no line" in said(speak(state, "egress.sock", CONNECT.format(f"localhost:{service.port}")))
    assert line_of(state, f"localhost:{service.port}").why is Why.PRIVATE
    assert service.seen == []


def test_a_host_that_was_refused_passes_once_the_rules_say_so_and_others_still_do_not(
    doors: Doors, state: Path, service: Service
) -> None:
    """The refusal says what happens now. An open name that leads into this machine stays closed."""
    asked, private = f"registry.invalid:{service.port}", Host(name="localhost", port=service.port)
    doors.put([WorkerDoors(worker="w1-1", thread="1"), WorkerDoors(worker="w2-1", thread="2")])
    refused = said(speak(state, "egress.sock", CONNECT.format(asked)))
    assert "a person has been asked" in refused
    assert "You will be told" in refused
    doors.put([WorkerDoors(worker="setup", thread="")])
    assert "asks for none" in said(speak(state, "egress.sock", CONNECT.format(asked), worker="setup"))
    opened = (Host(name="registry.invalid", port=service.port), private)
    doors.put([WorkerDoors(worker="w1-1", thread="1", hosts=opened), WorkerDoors(worker="w2-1", thread="2")])
    assert " 502 " in said(speak(state, "egress.sock", CONNECT.format(asked)))
    assert " 403 " in said(speak(state, "egress.sock", CONNECT.format(f"localhost:{service.port}")))
    assert " 403 " in said(speak(state, "egress.sock", CONNECT.format(asked), worker="w2-1"))
    whys = [line.why for line in logged(state)]
    assert whys == [Why.UNLISTED, Why.UNLISTED, Why.UNREACHABLE, Why.PRIVATE, Why.UNLISTED]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("2606:4700::1111", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_worker_has_its_own_doors_alone_and_they_close_with_it(
    doors: Doors, state: Path, service: Service
) -> None:
    open_one = Host(name="localhost", port=service.port, private=True)
    doors.put(
        [WorkerDoors(worker="w1-1", thread="1", hosts=(open_one,)), WorkerDoors(worker="w2-1", thread="2")]
    )
    refused = said(speak(state, "egress.sock", CONNECT.format(f"localhost:{service.port}"), worker="w2-1"))
    assert " 403 " in refused
    doors.put([WorkerDoors(worker="w2-1", thread="2")])
    with pytest.raises(OSError, match=r"No such file|refused"):
        speak(state, "egress.sock", "")


def test_doors_that_were_killed_come_back_at_the_same_place(
    doors: Doors, state: Path, service: Service
) -> None:
    doors.put([WorkerDoors(worker="w1-1", thread="1", model=model(service))])
    (pid,) = processes(state)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: processes(state) not in ([], [pid]) and _answers(state))
    assert len(service.seen) >= 1


def test_doors_outlive_a_hub_and_the_next_one_takes_them_over(state: Path, service: Service) -> None:
    first = Doors(state, env={"PATH": os.environ["PATH"], "REAL_KEY": "the-real-key"})
    first.start()
    first.put([WorkerDoors(worker="w1-1", thread="1", model=model(service))])
    before = processes(state)
    first.close(end=False)
    assert _answers(state)
    second = Doors(state, env={"PATH": os.environ["PATH"], "REAL_KEY": "another-key"})
    second.start()
    try:
        wait_until(lambda: processes(state) and not set(before) & set(processes(state)))
        assert _answers(state)
        assert service.seen[-1][2]["x-api-key"] == "another-key"
    finally:
        second.close(end=True)
    wait_until(lambda: not processes(state))


def test_doors_without_a_hub_and_without_workers_end(state: Path) -> None:
    """As `hubctl down --workers` leaves them where no hub runs."""
    made = Doors(state, env={"PATH": os.environ["PATH"]})
    made.start()
    made.put([WorkerDoors(worker="w1-1", thread="1")])
    made.close(end=False)
    assert processes(state)
    write_rules(state, ())
    wait_until(lambda: not processes(state))


def test_the_log_keeps_two_files_of_a_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = DoorLog(path)
    for _ in range(3 * LARGEST // 400):
        log.write(Use(what="x" * 5000), worker="w1-1", thread="1", door="egress")
    assert sorted(tmp_path.iterdir()) == [path, older(path)]
    assert all(file.stat().st_size <= LARGEST for file in tmp_path.iterdir())


def _answers(state: Path) -> bool:
    try:
        return '"m-2"' in said(speak(state, "model.sock", GET.format("/api/hello")))
    except OSError:
        return False


def processes(state: Path) -> list[int]:
    """The doors' processes of this state."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"hubctl.doors" in words and os.fsencode(state) in words:
            found.append(int(entry.name))
    return found
