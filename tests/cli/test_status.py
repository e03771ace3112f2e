"""What people and scripts read while no hub runs: status, alerts, events, logs, stop, attach."""

import json
import os
import shlex
import subprocess
from datetime import timedelta
from typing import Any

import pytest

from hubctl.cli.shared import iso
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import ActionId, ThreadId, View
from hubctl.tmux.program import remove_dead_socket
from support.shell import AT, HUBCTL, Shell, opened, working

EVIL = "\x1b]0;owned\x07\x9b31m\x7f\u202eabc\udc9b"
"""A title of the terminal, a colour in one byte, a reversed text, half a character."""
ONE = ThreadId("1")


@pytest.fixture
def busy(prepared: Shell) -> Shell:
    """Two threads with hostile texts: the first has a worker, a note and an alert, the second waits for it."""
    base = prepared.git("rev-parse", "HEAD")
    prepared.log(
        opened("1", title=f"One {EVIL}", body=EVIL),
        opened("2", after=(ONE,)),
        *working(pid=2**22 + 1, worktree=prepared.checkout, start_commit=base),
        e.ProgressReported(at=AT, thread=ONE, text=f"half way {EVIL}"),
        e.AlertRaised(
            at=AT,
            thread=ONE,
            alert="a1",
            kind="idle-no-handoff",
            severity="warning",
            because="idle-no-handoff",
            episode="1",
            text=f"nobody acts {EVIL}",
        ),
        e.TrustChanged(at=AT, files=(f".claude/{EVIL}",)),
    )
    return prepared


def is_clean(text: str) -> bool:
    """No character that a terminal would obey."""
    return all(character.isprintable() or character == "\n" for character in text)


def keys(document: Any) -> Any:
    """The shape of a document: its keys and the types below them."""
    if isinstance(document, dict):
        return {key: keys(value) for key, value in document.items()}
    return [keys(item) for item in document] if isinstance(document, list) else type(document)


CONTRACT_HUB = {"running": bool, "pid": type(None), "heartbeat_at": type(None)}
CONTRACT_THREAD = {
    "id": str,
    "issue": int,
    "title": str,
    "state": str,
    "role": str,
    "attempt": int,
    "ball": {"holder": str, "since": str, "deadline": str, "why": str},
    "worker": {"pane": str, "session": str, "view": str, "worktree": str, "branch": str},
    "usage": {"input_tokens": int, "output_tokens": int, "usd": type(None)},
}
CONTRACT_ALERT = dict.fromkeys(
    ("id", "kind", "thread", "severity", "since", "because", "text", "state"),
    str,
)
CONTRACT_EVENT = {"seq": int, "at": str, "kind": str, "thread": str, "data": dict}


def test_the_status_document_has_the_fields_of_the_contract(busy: Shell) -> None:
    document = busy.json("status")
    shape = keys(document)
    assert shape["hub"] == CONTRACT_HUB
    assert shape["board"] == {"kind": str, "ok": bool}
    assert (document["asks"], document["alerts"]) == (0, 1)
    first, second = shape["threads"]
    assert {key: first[key] for key in CONTRACT_THREAD} == CONTRACT_THREAD
    assert second["worker"] is type(None)
    one, two = document["threads"]
    assert (one["id"], one["state"], one["ball"]["holder"]) == ("1", "working", "worker")
    assert (two["id"], two["state"], two["ball"]["holder"]) == ("2", "queued", "thread:1")
    assert one["ball"]["since"] == "2026-01-01T00:00:00.000000Z"


def test_who_must_act_and_what_is_late_is_the_same_wherever_it_is_said(prepared: Shell) -> None:
    """An idle worker was nudged and told of: the rule has nothing left, so the ball is the human's."""
    base = prepared.git("rev-parse", "HEAD")
    nudge, rule = ActionId("idle-no-handoff/1/1.1"), "idle-no-handoff"
    prepared.log(
        opened("1"),
        *working(pid=2**22 + 1, worktree=prepared.checkout, start_commit=base),
        e.ActionBegan(at=AT, thread=ONE, action=nudge, name="deliver", because=rule, episode="1"),
        e.ActionEnded(at=AT, thread=ONE, action=nudge),
        e.ViewChanged(at=AT, thread=ONE, view=View.IDLE, source="session"),
        e.AlertRaised(
            at=AT,
            thread=ONE,
            alert="a1",
            kind=rule,
            severity="warning",
            because=rule,
            episode="1",
            text="nobody acts",
        ),
        e.HumanCalled(at=AT, thread=ONE, rule=rule, episode="1", why="nobody acts"),
    )
    (thread,) = prepared.json("status")["threads"]
    ball = {
        "holder": "human",
        "since": iso(AT),
        "deadline": iso(AT + timedelta(seconds=90)),
        "why": "nobody acts",
    }
    assert (thread["state"], thread["ball"]) == ("waiting", ball)
    assert "waiting LATE" in prepared.told("status")
    assert json.loads(prepared.hubctl("check", "--json").stdout)["performance"]["late"] == 1
    assert "Next: you must act." in prepared.told("policy", "explain", "1")


def test_status_alerts_and_events_print_nothing_that_a_terminal_obeys(busy: Shell) -> None:
    for words in (["status"], ["alerts"], ["events"]):
        said = busy.told(*words)
        assert "owned" in said
        assert is_clean(said)
        in_json = busy.told(*words, "--json")
        assert is_clean(in_json)
        assert in_json.isascii()
    assert busy.json("status")["threads"][0]["title"] == f"One {EVIL}"
    assert "not running; `hubctl up` starts it" in busy.told("status")


def test_alerts_have_the_fields_of_the_contract(busy: Shell) -> None:
    busy.log(e.AlertResolved(at=AT, thread=ONE, alert="a1", why="it acts"))
    assert busy.json("alerts") == []
    assert busy.told("alerts") == "no alerts\n"
    (alert,) = busy.json("alerts", "--all")
    assert keys(alert) == CONTRACT_ALERT
    assert (alert["id"], alert["state"]) == ("a1", "resolved")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_events_are_lines_and_can_be_chosen(busy: Shell) -> None:
    every = lines(busy.told("events", "--json"))
    assert [event["seq"] for event in every] == list(range(1, len(every) + 1))
    about_one = lines(busy.told("events", "--json", "--thread", "1"))
    assert about_one == [event for event in every if event["thread"] == "1"]
    assert {key: type(about_one[0][key]) for key in CONTRACT_EVENT} == CONTRACT_EVENT
    both = lines(busy.told("events", "--json", "--kind", "thread-opened", "--since", "1"))
    assert [(event["seq"], event["kind"], event["thread"]) for event in both] == [(2, "thread-opened", "2")]
    assert busy.told("events", "--since", str(len(every))) == ""


def test_a_kind_that_does_not_exist(busy: Shell) -> None:
    message, cure = busy.refused("events", "--kind", "thread-opend", code=2)
    assert message == "`thread-opend` is no kind of event."
    assert "thread-opened" in cure


def test_what_another_version_wrote_survives_and_is_shown(busy: Shell) -> None:
    busy.log(
        e.Unknown(at=AT, thread=ONE, kind="worker-beamed", data='{"to":"mars"}'),
        e.Unknown(at=AT, thread=None, kind="worker-beamed", data="no JSON"),
    )
    found = lines(busy.told("events", "--json", "--kind", "worker-beamed"))
    assert [event["data"] for event in found] == [{"to": "mars"}, {"text": "no JSON"}]
    assert busy.told("status")
    said = busy.hubctl("doctor").stdout
    assert "ok  log: 2 anomalies" in said
    assert "worker-beamed of thread 1: written by another version of hubctl" in said


def test_sources_that_disagree_are_shown_with_what_to_do(busy: Shell) -> None:
    said = "the session file says busy, the title says not busy"
    busy.log(e.SourcesDisagreed(at=AT, thread=ONE, said=said, view=View.BUSY))
    lines_of_doctor = busy.hubctl("doctor").stdout.splitlines()
    number = next(n for n, line in enumerate(lines_of_doctor) if "sources-disagreed of thread 1" in line)
    assert f"{said}; believed was busy" in lines_of_doctor[number]
    assert "`hubctl attach 1`" in lines_of_doctor[number + 1]


# --- one thread ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["logs", "stop", "attach"])
def test_a_thread_that_does_not_exist(busy: Shell, verb: str) -> None:
    message, cure = busy.refused(verb, "9", code=2)
    assert message == "There is no thread `9`."
    assert cure == "Threads: 1, 2."


def test_logs_show_the_last_screen_also_without_tmux(busy: Shell) -> None:
    busy.place.screens.mkdir()
    screen = b"\x1b[31mred\x1b[0m \x1b]0;owned\x07 \xff\xc2\x9b1m\r\nlast line\n\n"
    (busy.place.screens / "w1-1.txt").write_bytes(screen)
    said = busy.told("logs", "1", "--raw", env=busy.only("git"))
    assert said.startswith("red  \N{REPLACEMENT CHARACTER}\\x9b1m\n")
    assert said.endswith("\nlast line\n")
    assert is_clean(said)
    document = busy.json("logs", "1", "--raw")
    assert (document["thread"], document["live"]) == ("1", False)
    assert document["text"].endswith("last line")


def test_logs_and_attach_without_a_worker(busy: Shell) -> None:
    message, cure = busy.refused("logs", "2")
    assert message.startswith("Thread 2 had no worker yet")
    assert "hubctl status" in cure
    message, cure = busy.refused("attach", "2")
    assert message == "Thread 2 has no pane: it is queued."
    assert cure == "`hubctl logs 2`"
    message, cure = busy.refused("attach")
    assert message == "No worker's terminal runs."
    assert cure


def test_stop_asks_the_hub_and_says_when_none_runs(busy: Shell) -> None:
    said = busy.told("stop", "#1")
    assert said.startswith("Thread 1 (One ")
    assert said.endswith("No hub runs: it is stopped by the next `hubctl up`.\n")
    assert is_clean(said)
    (request,) = busy.requests()
    assert (request.verb, request.thread, request.by) == ("stop", "1", "human")
    busy.log(e.ThreadCanceled(at=AT, thread=ThreadId("2"), why="no"))
    assert busy.told("stop", "2") == "Thread 2 is canceled already.\n"
    assert len(busy.requests()) == 1


def test_stop_has_no_effect_on_a_finished_thread(busy: Shell) -> None:
    busy.log(
        e.DoneClaimed(at=AT, thread=ONE, summary="all"), e.ClaimAccepted(at=AT, thread=ONE, commit="c0ffee")
    )
    message, _ = busy.refused("stop", "1")
    assert message == "Thread 1 is done: there is nothing to stop."
    assert busy.requests() == ()


# --- who may speak ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [["init"], ["split"], ["run"], ["up"], ["down"], ["stop", "1"], ["attach", "1"], ["trust"]],
    ids=lambda words: words[0],
)
def test_human_verbs_refuse_in_a_pane(prepared: Shell, pane: dict[str, str], words: list[str]) -> None:
    before = prepared.files()
    message, cure = prepared.refused(*words, env=pane)
    assert message == f"`hubctl {words[0]}` is for people, and this is a worker's pane."
    assert "hubctl done" in cure
    assert prepared.files() == before


def test_human_verbs_refuse_below_the_hubs_own_tmux_server(prepared: Shell) -> None:
    """What `run-shell` and a new window start there has no worker above it."""
    prepared.log(opened())
    tmux = ["tmux", "-f", "/dev/null", "-L", prepared.place.tmux_socket]
    said = prepared.root / "said"

    def server(*words: str, check: bool = True) -> None:
        subprocess.run([*tmux, *words], env=prepared.env, check=check)

    def below(*words: str) -> str:
        line = f"cd {shlex.quote(str(prepared.checkout))}; {shlex.join([*HUBCTL, *words])} >{said} 2>&1"
        server("run-shell", line, check=False)
        return said.read_text()

    server("new-session", "-d")
    try:
        assert "runs below the hub's own tmux server" in below("stop", "1")
        assert "tmux server" not in below("status")
    finally:
        server("kill-server")
        folder = prepared.root / "sockets" / f"tmux-{os.getuid()}"
        remove_dead_socket(folder / prepared.place.tmux_socket)
    assert prepared.requests() == ()


def test_human_verbs_refuse_below_a_recorded_pane(prepared: Shell) -> None:
    base = prepared.git("rev-parse", "HEAD")
    prepared.log(opened(), *working(pid=os.getpid(), worktree=prepared.checkout, start_commit=base))
    message, _ = prepared.refused("stop", "1")
    assert message == "`hubctl stop` is for people, and this is a worker's pane."
    assert prepared.json("status")["threads"][0]["id"] == "1"
    assert prepared.requests() == ()
