"""What the hub believes of a worker while a person works in its pane, and while things run on behind its turn."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.core.ledger import events as e
from support.live.person import Person
from support.live.project import SECONDS, Project, issue
from support.waiting import wait_until

pytestmark = pytest.mark.live

LATE = {"idle-no-handoff": {"after": "10m"}}


@pytest.fixture
def person(project: Project) -> Person:
    return Person(project=project)


def _settle_in(person: Person, **policy: object) -> None:
    """A hub with one worker, which has said its first word and rests."""
    project = person.project
    project.policy(rules=LATE, **policy)
    project.hubctl("split", "--planner", "file", "--plan", project.plan(issue("a", "Rest", "@say Ready.")))
    project.up()
    person.until("busy", "idle")


def _nothing_odd(person: Person) -> None:
    """No source was at odds with another for long."""
    assert not [check for check in person.project.json("doctor") if check["name"] == "anomaly"]


def _without_session_files(project: Project) -> None:
    (project.home / ".claude").mkdir()
    (project.home / ".claude" / "sessions").write_text("not a folder")


RINGS: dict[str, Callable[[Project], None]] = {
    "all sources": lambda _: None,
    "no session files": _without_session_files,
}


@pytest.mark.parametrize("ring", ["all sources", pytest.param("no session files", marks=pytest.mark.extra)])
def test_a_persons_keys(person: Person, ring: str) -> None:
    """Esc in mid-turn, `/compact`, which 2.1.197 refuses after one turn, `/clear`, and words that wait in the queue."""
    RINGS[ring](person.project)
    _settle_in(person)
    _esc(person)
    _compact(person)
    _clear(person)
    _queue(person)
    _nothing_odd(person)


def _esc(person: Person) -> None:
    with person.watching("busy", "idle"):
        person.type("@slow 60 " + r"word\n" * 60)
        person.sees("● word")
        person.until("busy")
        person.press("Escape")


def _clear(person: Person) -> None:
    """The new session is followed: what it is told and what it costs."""
    before = person.thread
    assert before.worker
    with person.watching("busy", "idle"):
        person.type("/clear")
        wait_until(lambda: person.events(e.SessionChanged), SECONDS, "another session")
        person.type("@say After the clear.")
    assert person.status()["worker"]["session"] == person.worker.session != before.worker.session
    wait_until(lambda: person.thread.input_tokens > before.input_tokens, SECONDS, "the new session's tokens")
    assert person.heard() == [("@say After the clear.", True)]
    assert len(person.events(e.SessionChanged)) == 1


def _compact(person: Person) -> None:
    session = person.worker.session
    with person.watching("busy", "idle"):
        person.type("/compact")
    assert person.worker.session == session
    assert person.heard() == []


def _queue(person: Person) -> None:
    """One turn for both prompts, and each is heard once."""
    with person.watching("busy", "idle"):
        person.type("@bash sleep 3\n@say Slept.")
        person.until("busy")
        person.type("Hurry up, please.")
    assert person.heard() == [("@bash sleep 3\n@say Slept.", True), ("Hurry up, please.", True)]


def test_what_runs_behind_a_turn(person: Person) -> None:
    """A shell and a subagent in the background: the turn is over, and begins again by itself when they end."""
    _settle_in(person)
    with person.watching("busy", "background", "busy", "idle"):
        person.type("@bashbg sleep 4\n@say Meanwhile.")
    assert [by_person for _, by_person in person.heard()] == [True, False]
    with person.watching("busy", "idle"):
        person.type("@taskbg @bash sleep 3\\n@say Looked.\n@say Delegated.")
        wait_until(lambda: len(person.heard()) == 2, SECONDS, "the subagent's end")
    assert [by_person for _, by_person in person.heard()] == [True, False]
    with person.watching("busy", "idle"):
        person.type("@task @bash sleep 1\\n@say Looked.\n@say Delegated again.")
        person.sees("● Delegated again.")
    _nothing_odd(person)


HOOK = """case $(cat) in
*refused*) echo '{"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision":
  {"behavior": "deny", "message": "Not this."}}}' ;;
*stopped*) echo '{"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision":
  {"behavior": "deny", "message": "Stop.", "interrupt": true}}}' ;;
esac"""
"""A person's own hook, which answers some permission requests."""


def test_denials(person: Person) -> None:
    """Esc in the dialog and a denial that interrupts end the turn without a Stop; a plain denial lets it go on."""
    home = person.project.home / ".claude"
    home.mkdir()
    hooks = {"PermissionRequest": [{"hooks": [{"type": "command", "command": HOOK}]}]}
    (home / "settings.json").write_text(json.dumps({"hooks": hooks}))
    _settle_in(person, permissions={"ask": ["Bash(touch *)"]})
    with person.watching("busy", "waiting", "idle"):
        person.type("@bash touch asked\n@say Never.")
        person.until("waiting")
        assert (person.status()["state"], person.status()["ball"]["holder"]) == ("waiting", "human")
        person.press("Escape")
    assert (person.status()["state"], person.status()["ball"]["holder"]) == ("working", "worker")
    with person.watching("busy", "idle", maybe="waiting"):  # as long as the hook takes
        person.type("@bash touch refused\n@bash sleep 1\n@say It was refused.")
        person.sees("● It was refused.")
    with person.watching("busy", "idle", maybe="waiting"):  # as long as the hook takes
        person.type("@bash touch stopped\n@say Never.")
    assert "● Never." not in person.screen()
    _nothing_odd(person)


@pytest.mark.extra
def test_a_session_file_that_is_stuck(person: Person) -> None:
    """It is believed, and `doctor` names who contradicts it; once."""
    _settle_in(person)
    (file,) = (person.project.home / ".claude" / "sessions").glob("*.json")
    content = json.loads(file.read_text())
    content.update(status="busy", statusUpdatedAt=content["statusUpdatedAt"] - 60_000)
    with person.watching("busy"):
        file.write_text(json.dumps(content))
        wait_until(lambda: person.events(e.SourcesDisagreed), SECONDS, "it is noticed")
    (odd,) = person.events(e.SourcesDisagreed)
    assert odd.said.startswith("the session file says busy, the ")
    (check,) = [check for check in person.project.json("doctor") if check["name"] == "anomaly"]
    assert odd.said in check["detail"]
    assert "hubctl attach 1" in check["cure"]


WRAPPER = ["sh", "-c", '"$@"; exec bash --norc -i', "worker"]


@pytest.mark.parametrize("ring", ["all sources", pytest.param("no session files", marks=pytest.mark.extra)])
def test_a_shell_around_the_worker(person: Person, ring: str) -> None:
    """The CLI ends, a shell stays in its pane: the worker is gone, and nothing is typed there. `kill -9` is the same."""
    project = person.project
    RINGS[ring](project)
    config = project.checkout / "hubctl.yaml"
    content = json.loads(config.read_text())
    content["worker"]["command"] = [*WRAPPER, *content["worker"]["command"]]
    config.write_text(json.dumps(content))
    project.hubctl("trust")
    _settle_in(person)
    person.since = person.log()[-1].seq
    person.type("exit")
    _is_resumed(person, start=2)
    below = subprocess.run(["ps", "-o", "pid=", "--ppid", str(person.worker.pid)], capture_output=True)
    os.kill(int(below.stdout), signal.SIGKILL)
    _is_resumed(person, start=3)
    for name in ("w1-1", "w1-2"):
        (screen,) = Path(person.place["state"]).rglob(f"{name}.txt")
        plain = re.sub(r"\x1b\[[\d;]*m", "", screen.read_text())
        assert not re.search(r"bash-[\d.]+[$#] *[a-z]", plain), "something was typed into the shell"
    _nothing_odd(person)


def _is_resumed(person: Person, *, start: int) -> None:
    """Believed gone before all else, and brought back in a pane of its own."""
    wait_until(lambda: person.worker.id == f"w1-{start}", SECONDS, f"start {start}")
    assert person.views()[0] == "gone"
    person.until("busy", "idle")
    person.since = person.log()[-1].seq
