"""A worker whose hooks say nothing: its project cannot switch them off, and where it broke them, a person hears of it."""

import subprocess
from pathlib import Path

import pytest

from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import Proof
from support.live.person import Person
from support.live.project import SECONDS, Project, issue
from support.waiting import wait_until

pytestmark = pytest.mark.live

OFF = '{"disableAllHooks": true}'


def _commit_settings(project: Project) -> None:
    """As a team might have them."""
    folder = project.checkout / ".claude"
    folder.mkdir()
    (folder / "settings.json").write_text(OFF)
    subprocess.run(["git", "add", ".claude"], cwd=project.checkout, check=True)
    subprocess.run(["git", "commit", "-qm", "Settings"], cwd=project.checkout, check=True)


def _turn(person: Person, ends: str) -> None:
    person.type(f"@say {ends}")
    person.sees(f"● {ends}")
    wait_until(lambda: person.thread.idle_since, SECONDS, "its turn is over")


def _alerts(project: Project) -> list[str]:
    return [alert.text for alert in project.folded().open_alerts if alert.kind == "hooks-silent"]


def test_hooks_that_fall_silent(project: Project) -> None:
    """`since` is the prompt after the scripts were broken, so all turns before were heard in spite of the settings."""
    person = Person(project=project)
    _commit_settings(project)
    project.policy(rules={"idle-no-handoff": {"after": "10m"}})
    project.hubctl("split", "--planner", "file", "--plan", project.plan(issue("a", "Rest", "@say Ready.")))
    project.up()
    person.until("busy", "idle")
    assert person.events(e.PromptProven)[0].proof is Proof.HOOK
    (Path(person.worker.worktree) / ".claude" / "settings.local.json").write_text(OFF)
    _turn(person, "Switched.")
    scripts = {path: path.read_text() for path in (Path(person.place["state"]) / "workers").glob("*.sh")}
    for path in scripts:
        path.write_text("exit 0\n")
    broken = person.thread.idle_since
    _turn(person, "Unheard.")
    (text,) = wait_until(lambda: _alerts(project), SECONDS, "an alert")
    assert broken
    assert person.events(e.HooksSilent)[0].since > broken
    assert person.worker.worktree in text
    for path, content in scripts.items():
        path.write_text(content)
    _turn(person, "Heard.")
    wait_until(lambda: not _alerts(project), SECONDS, "it is resolved")
    assert len(person.events(e.HooksSilent)) == 1
