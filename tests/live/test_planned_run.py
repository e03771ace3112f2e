"""A task in words: a model plans it, the plan is shown and accepted, and real workers finish it."""

import json
from pathlib import Path

import pytest

from support.live.project import Project, work

pytestmark = pytest.mark.live

PLAN = {
    "goal": "Three files",
    "issues": [
        {"key": "a", "title": "Write a", "body": "Write a.txt."},
        {"key": "b", "title": "Write b", "body": "Write b.txt."},
        {"key": "c", "title": "Write c", "body": "Write c.txt.", "after": ["a", "b"], "validate": "all"},
    ],
}


def _prepare(project: Project, claude: Path) -> None:
    project.configure(claude, validate={"all": "test -f a.txt && test -f b.txt"})
    scripts = [{"when": "Make three files", "steps": [f"@json {json.dumps(PLAN)}", "@say Planned."]}]
    scripts += [
        {"when": rf"^hubctl thread \d+: Write {name}", "steps": list(work(f"{name}.txt"))} for name in "abc"
    ]
    project.script(json.dumps({"scripts": scripts}))


@pytest.mark.core
@pytest.mark.parametrize("planner", ["claude", "api"])
def test_a_task_is_planned_and_done(project: Project, claude: Path, planner: str) -> None:
    _prepare(project, claude)
    ended = project.hubctl("run", "Make three files", "--planner", planner, "--yes", "--json")
    document = json.loads(ended.stdout)
    assert [thread["state"] for thread in document["threads"]] == ["done"] * 3
    assert document["threads"][2]["after"] == ["1", "2"]
    assert "Write c" in ended.stderr.split("filed")[0], "the plan is shown before anything starts"


def test_a_plan_that_nobody_accepts_files_nothing(project: Project, claude: Path) -> None:
    _prepare(project, claude)
    ended = project.hubctl("run", "Make three files", "--planner", "claude", code=1)
    assert "nobody has accepted it" in ended.stderr
    assert "Write a" in ended.stderr
    assert project.json("status")["threads"] == []
    assert project.events() == []
