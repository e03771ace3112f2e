"""What a role may do, by what is left behind: nothing of the shipped readers; all of one that is fitted out."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.live.project import Project, issue, work
from support.live.servers import WORDS
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.live

FILE = "forged.txt"
DENIED = (
    f"@write {FILE} one line",
    "@edit README.md # Sample|||# Forged",
    f'@tool NotebookEdit {{"notebook_path": "{FILE}", "new_source": "1", "edit_mode": "insert"}}',
)
"""Refused at once, and the turn goes on."""
ASKED = {
    "reviewer": (
        f"echo x > {FILE}",
        'git commit --allow-empty -qm "Forged"',
        "sed -i s/Sample/Forged/ README.md",
        f"git diff HEAD --output={FILE}",
    ),
    "planner": (f"git log --output={FILE}", f"hubctl progress x > {FILE}"),
}
"""A dialog holds the turn, so each stands in a worker of its own."""


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def _role(project: Project, name: str, **settings: object) -> None:
    told = {"description": name, "permission_mode": "acceptEdits", "allow": ["Bash"], **settings}
    project.role(name, f"---\n{json.dumps(told)}\n---\nMake it.\n")


# --- the readers --------------------------------------------------------------------------------------------------


def _attempt(number: int, role: str, command: str) -> dict[str, Any]:
    """A worker that goes on as far as it is let."""
    return issue(
        f"a{number}", f"{role}: {command}", *DENIED, f"@bash {command}", "@say It is written.", role=role
    )


def _at_rest(project: Project) -> int:
    """How many workers wait for a person, or have ended their turn."""
    threads = project.threads().values()
    return sum(thread["state"] == "waiting" or _view(thread) == "idle" for thread in threads)


def _view(thread: dict[str, Any]) -> str:
    return str((thread["worker"] or {}).get("view"))


def test_a_role_that_reads_cannot_write(project: Project) -> None:
    """Neither a file nor a commit comes of any way to write, whatever the model says."""
    wanted = [(role, command) for role, commands in ASKED.items() for command in commands]
    attempts = [_attempt(number, role, command) for number, (role, command) in enumerate(wanted)]
    project.policy(limits={"workers": len(attempts)})
    project.hubctl("split", "--planner", "file", "--plan", project.plan(*attempts))
    project.up()
    wait_until(lambda: _at_rest(project) == len(attempts), PATIENCE, "every worker at rest")
    start = _git(project.checkout, "rev-parse", "main")
    for title, thread in project.threads().items():
        place = Path(thread["worker"]["worktree"])
        assert _git(place, "status", "--porcelain", "--ignored") == "!! .hubctl/\n", title
        assert _git(place, "rev-parse", "HEAD") == start, title
        assert (place / "README.md").read_text() == "# Sample\n", title
        assert thread["state"] in ("waiting", "working"), title  # what the rules forbid needs no person
    refused = [
        "No such tool available: Write",
        "No such tool available: Edit",
        "No such tool available: Notebook",
    ]
    told = {request["session"]: request["results"] for request in project.requests()}
    assert len(told) == len(attempts)
    for results in told.values():
        assert len(DENIED) <= len(results) <= len(DENIED) + 1
        assert all(words in result for words, result in zip(refused, results, strict=False)), results


# --- a role of one's own ------------------------------------------------------------------------------------------


def test_a_roles_own_tools(project: Project) -> None:
    """The server of its `mcp` file runs, its tool needs no leave, and the model hears the result."""
    listed = project.shared / "listed"
    (project.shared / "words.py").write_text(WORDS)
    server = {"command": "python3", "args": [str(project.shared / "words.py"), str(listed)]}
    (project.checkout / "words.json").write_text(json.dumps({"mcpServers": {"words": server}}))
    _role(project, "counter", mcp="words.json", allow=["Bash", "mcp__words__count"])
    assert "words.json" in project.hubctl("trust").stdout
    steps = work(
        "a.txt",
        f"@bash until [ -e {listed} ]; do sleep 0.1; done",
        '@tool mcp__words__count {"text": "one two three"}',
    )
    plan = project.plan(issue("a", "Counts", *steps, role="counter"))
    project.hubctl("run", "--planner", "file", "--plan", plan)
    results = [result for request in project.requests() for result in request["results"]]
    assert "counted 3 words" in results


def test_setup_link_and_environment_of_a_role(project: Project) -> None:
    """Setup has run once, though the worker was started twice; link and environment are there, out of git's sight."""
    _role(project, "maker", setup=["echo set up >> set-up.txt"], link=["shared"], env={"MAKER": "its value"})
    (project.checkout / "shared").mkdir()
    (project.checkout / "shared" / "thing.txt").write_text("shared, ")
    project.hubctl("trust")
    steps = (
        '@bash (cat shared/thing.txt; echo "$MAKER"; git status --porcelain) > a.txt; env | cut -d= -f1 > b.txt',
        *work("c.txt", "@bash git add a.txt b.txt set-up.txt"),
    )
    project.script(f"scripts:\n  - when: 'Your process had ended'\n    steps: {json.dumps(steps)}\n")
    dies = f"@bash [ -e {project.shared}/died ] || {{ touch {project.shared}/died; kill -9 $PPID; }}"
    plan = project.plan(issue("a", "Made by a role", dies, *steps, role="maker"))
    project.env = {**project.env, "GITHUB_TOKEN": "secret", "OTHER": "1"}
    project.hubctl("run", "--planner", "file", "--plan", plan)
    assert len(project.events("--kind", "worker-started")) == 2
    branch = project.threads()["Made by a role"]["worker"]["branch"]
    assert _git(project.checkout, "show", f"{branch}:set-up.txt") == "set up\n"
    assert _git(project.checkout, "show", f"{branch}:a.txt") == "shared, its value\n?? a.txt\n?? set-up.txt\n"
    names = set(_git(project.checkout, "show", f"{branch}:b.txt").split())
    by = {"HUBCTL_TOKEN", "HUBCTL_STATE"} if project.cell == "off" else {"HUBCTL_WORDS"}
    assert {"MAKER", "HUBCTL_WORKER", "HOME", "PATH", *by} <= names
    assert not {"GITHUB_TOKEN", "OTHER", "XDG_STATE_HOME"} & names
