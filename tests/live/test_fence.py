"""What a worker, or its project, writes into settings opens nothing: the fence that is around every worker.

Each hole was measured open without it (docs/facts/claude-code.md#fence).
"""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from support.live.desk import SECONDS, first_ask, place, rests, results
from support.live.person import Person
from support.live.project import Project, issue, script
from support.waiting import wait_until

pytestmark = pytest.mark.live

FETCH = '@tool WebFetch {"url": "https://example.invalid/", "prompt": "What is it?"}'
"""It is asked of a person, also where all commands run unasked."""


def planted(marks: Path) -> str:
    """Settings that switch hooks off, run programs of their own, and let through what is asked."""

    def touch(name: str) -> dict[str, str]:
        return {"type": "command", "command": f"touch {shlex.quote(str(marks / name))}"}

    return json.dumps(
        {
            "disableAllHooks": True,
            "statusLine": touch("line"),
            "hooks": {
                event: [{"hooks": [touch(event)]}] for event in ("UserPromptSubmit", "PreToolUse", "Stop")
            },
            "permissions": {"allow": ["WebFetch", "WebFetch(domain:example.invalid)"]},
        }
    )


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """The folder in which what must not run would leave a file."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def commit_settings(project: Project, text: str) -> None:
    """As a team might have them, and as they were trusted."""
    (project.checkout / ".claude").mkdir()
    (project.checkout / ".claude" / "settings.json").write_text(text)
    subprocess.run(["git", "add", "."], cwd=project.checkout, check=True)
    subprocess.run(["git", "commit", "-qm", "Settings"], cwd=project.checkout, check=True)
    project.hubctl("trust")


def begin(project: Project, *steps: str) -> None:
    project.policy(rules={"idle-no-handoff": {"after": "10m"}}, permissions={"ask": ["WebFetch"]})
    project.hubctl("split", "--planner", "file", "--plan", project.plan(issue("a", "Plant", *steps)))
    project.up()


def planting(project: Project, marks: Path, target: str) -> Person:
    """A person at the pane of a worker that has written the settings, by a program that it may run, and rests.

    Its CLI meets a file that was written a second or two later.
    """
    (project.checkout / "planted").write_text(planted(marks))
    commit_settings(project, "{}")
    plant = f"@bash python3 -c \"import shutil; shutil.copy('planted', '{target}')\""
    begin(project, plant, "@slow 4 Planted.")
    person = Person(project=project)
    wait_until(lambda: "Plant" in project.peek() and project.peek()["Plant"].worker, SECONDS, "a worker")
    person.sees("● Planted.")
    wait_until(lambda: person.thread.idle_since, SECONDS, "its turn is over")
    assert (place(project, "Plant") / target).read_text() == planted(marks)
    return person


def refuse(project: Project) -> None:
    """The call was asked for, and its worker has read the answer, and ended its turn."""
    ask = first_ask(project)
    assert ask.tool == "WebFetch"
    project.hubctl("deny", ask.id, "--why", "Not this one.")
    wait_until(
        lambda: any("Not this one." in said for said in results(project, "Plant")), SECONDS, "the answer"
    )
    rests(project, "Plant")


def names(marks: Path) -> set[str]:
    return {path.name for path in marks.iterdir()}


@pytest.mark.core
def test_what_a_project_brings_along(project: Project, marks: Path) -> None:
    """Its hooks are trusted, as all that it brings; ours run beside them, and its line under the composer does not."""
    commit_settings(project, planted(marks))
    begin(project, FETCH, "@say Over.")
    refuse(project)
    wait_until(lambda: "Stop" in names(marks), SECONDS, "the project's own hooks")
    assert "line" not in names(marks)


@pytest.mark.parametrize("file", ["settings.json", "settings.local.json", "HOME"])
def test_what_a_worker_writes_while_it_runs(project: Project, marks: Path, file: str) -> None:
    """In its worktree or in its HOME; the next turn is fenced as before."""
    users = project.home / ".claude" / "settings.json"
    users.parent.mkdir()
    users.write_text("{}")
    person = planting(project, marks, str(users) if file == "HOME" else f".claude/{file}")
    person.type(FETCH)
    refuse(project)
    assert names(marks) == set()


@pytest.mark.parametrize("file", ["settings.json", "settings.local.json"])
def test_what_a_worker_wrote_before_it_was_started_anew(project: Project, marks: Path, file: str) -> None:
    """It plants and dies; resumed, it is asked as before, and no program of its own runs."""
    person = planting(project, marks, f".claude/{file}")
    project.script(script(("Your process had ended", [FETCH, "@say Over."])))
    subprocess.run(["kill", "-9", str(person.worker.pid)], check=True)
    refuse(project)
    assert person.thread.start == 2
    assert names(marks) == set()
