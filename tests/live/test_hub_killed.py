"""`kill -9` of the hub in every phase, then `hubctl up`: the run goes on, nothing is started or told twice."""

import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from hubctl.core.ledger import events as e
from hubctl.errors import HubError
from hubctl.store.eventlog import SqliteEventLog
from support.live.project import Project, all_done, issue, pane_of, wait_for_view, work
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.live


def _began(project: Project, action: str) -> bool:
    return any(event["data"]["name"] == action for event in project.events("--kind", "action-began"))


def _has(kind: str) -> Callable[[Project], bool]:
    return lambda project: bool(project.events("--kind", kind))


PHASES: dict[str, Callable[[Project], bool]] = {
    "starting": lambda project: _began(project, "start-worker"),
    "started": _has("worker-started"),
    "working": _has("prompt-proven"),
    "validating": lambda project: _began(project, "judge-claim"),
}


@pytest.mark.core
@pytest.mark.parametrize("phase", PHASES)
def test_the_run_goes_on(project: Project, phase: str) -> None:
    plan = project.plan(
        issue("a", "First", *work("a.txt", "@bash sleep 2"), validate="sleep 2; test -f a.txt"),
        issue("b", "Second", *work("b.txt"), after=("a",), validate="test -f a.txt"),
    )
    project.hubctl("split", "--planner", "file", "--plan", plan)
    hub = project.up()
    wait_until(lambda: PHASES[phase](project), PATIENCE, f"the hub is {phase}")
    project.kill(hub)
    assert not project.json("status")["hub"]["running"]
    project.up()
    wait_until(lambda: all_done(project), PATIENCE, "all is done")
    told = project.prompts()
    assert len(told) == 2, "one session for each thread"
    for texts in told.values():
        assert len([text for text in texts if text.startswith("hubctl thread")]) == 1, texts
    assert len(project.events("--kind", "worker-started")) == 2
    assert not [check for check in project.json("doctor") if check["name"] == "anomaly"]


# --- between two steps of the hub ---------------------------------------------------------------------------------


def _logged(db: Path) -> list[e.Event]:
    """The log as it is now, read beside the hub; empty while a hub that stands still holds the file."""
    with suppress(HubError), closing(SqliteEventLog(db)) as log:
        return [logged.event for logged in log.read()]
    return []


def _db(project: Project) -> Path:
    return Path(project.json("init")["state"]) / "hub.db"


def _has_filed(db: Path, count: int) -> bool:
    return sum(isinstance(event, e.ThreadOpened) for event in _logged(db)) >= count


def _step(hub: "subprocess.Popen[str]", condition: Callable[[], object]) -> None:
    """Lets the hub run for a few milliseconds at a time until the condition holds, and kills it there."""
    for _ in range(5000):
        hub.send_signal(signal.SIGCONT)
        threading.Event().wait(0.003)
        hub.send_signal(signal.SIGSTOP)
        if condition():
            hub.kill()
            hub.wait()
            return
    pytest.fail("the moment to kill the hub did not come")


@pytest.mark.core
def test_nothing_is_filed_twice(project: Project) -> None:
    project.policy(limits={"workers": 2})
    plan = project.plan(*(issue(name, f"Write {name}", *work(f"{name}.txt")) for name in "abcd"))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    db = _db(project)
    for filed in (1, 3):
        hub = project.up()
        _step(hub, partial(_has_filed, db, filed))
    project.up()
    wait_until(lambda: all_done(project) and len(project.threads()) == 4, PATIENCE, "all is done")
    assert [thread["issue"] for thread in project.json("status")["threads"]] == [1, 2, 3, 4]
    told = project.prompts()
    assert sorted(text.split("\n")[0] for texts in told.values() for text in texts) == [
        f"hubctl thread {number}: Write {name}" for number, name in enumerate("abcd", start=1)
    ]


@pytest.mark.core
def test_nothing_is_sent_twice(project: Project) -> None:
    """Killed when the delivery is written down, when the text stands in the composer, when the model has it."""
    project.policy(rules={"idle-no-handoff": {"after": "1h"}})
    hub = project.up()
    plan = project.plan(issue("a", "Listen", "@say Ready."))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_for_view(project, "Listen", "idle")
    session = project.threads()["Listen"]["worker"]["session"]
    pane, db = pane_of(project, "Listen"), _db(project)
    moments: dict[str, Callable[[], object]] = {
        "Once begun.": lambda: any(
            isinstance(event, e.ActionBegan) and event.name == "deliver" for event in _logged(db)
        ),
        "Once typed.": lambda: "❯\u00a0Once typed." in project.tmux("capture-pane", "-p", "-t", pane),
        "Once told.": lambda: "Once told." in project.prompts()[session],
    }
    for text, moment in moments.items():
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(_send, project, text)
            _step(hub, moment)
            assert sent.result().returncode == 0
        hub = project.up()
        wait_until(partial(_is_proven, db, text), PATIENCE, f"{text} is proven")
        wait_for_view(project, "Listen", "idle")
    assert project.prompts()[session][1:] == list(moments)
    assert project.json("alerts") == []


def _send(project: Project, text: str) -> "subprocess.CompletedProcess[str]":
    """A hub that stands still inside a lock of SQLite's refuses the verb: nothing was written, and it is said again."""
    for _ in range(3):
        with suppress(AssertionError):
            return project.hubctl("send", "1", "--", text)
    return project.hubctl("send", "1", "--", text)


def _is_proven(db: Path, text: str) -> bool:
    known = {event.number: event.text for event in _logged(db) if isinstance(event, e.MessageWritten)}
    proven = {event.number for event in _logged(db) if isinstance(event, e.MessageProven)}
    return any(known[number] == text for number in proven)
