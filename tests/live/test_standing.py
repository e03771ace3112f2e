"""Standing workers with the real worker CLI: each in a repository of its own, over several issues, in one session."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.live.project import Project, issue, work

pytestmark = pytest.mark.live


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def keeper(project: Project, name: str, *, standing: bool = True) -> Path:
    """A role with a repository of its own, beside the hub's, which the worker CLI trusts."""
    folder = project.checkout.parent / name
    folder.mkdir()
    for words in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "Begin"]):
        _git(folder, *words)
    for key, value in (("user.name", "A Worker"), ("user.email", "worker@example.invalid")):
        _git(folder, "config", key, value)
    known = json.loads((project.home / ".claude.json").read_text())
    known["projects"][str(folder)] = {"hasTrustDialogAccepted": True}
    (project.home / ".claude.json").write_text(json.dumps(known))
    write_role(project, name, standing=standing)
    return folder


def write_role(project: Project, name: str, *, standing: bool = True, prompt: str = "Keep it.") -> None:
    roles = project.checkout / ".hubctl" / "roles"
    roles.mkdir(parents=True, exist_ok=True)
    lifetime = "lifetime: standing\n" if standing else ""
    (roles / f"{name}.md").write_text(
        f"---\ndescription: keeps {name}\npermission_mode: acceptEdits\nallow: [Bash]\n"
        f"workspace: {{directory: ../{name}}}\n{lifetime}---\n{prompt}\n"
    )
    project.hubctl("trust")


def play(project: Project, *files: str) -> None:
    """A standing worker reads its later tasks in a file, so the script knows them by their titles."""
    scripts = [{"when": f"hubctl thread \\d+: Add {name}", "steps": list(work(name))} for name in files]
    project.script(json.dumps({"scripts": scripts}))


def kept(project: Project, role: str, *files: str) -> list[dict[str, object]]:
    return [issue(name.partition(".")[0], f"Add {name}", "The task.", role=role) for name in files]


def committed(folder: Path) -> list[str]:
    """The subjects of the commits on `main`, oldest first, which must be the only branch."""
    assert _git(folder, "branch", "--format", "%(refname:short)") == "main"
    assert _git(folder, "status", "--porcelain") == ""
    return _git(folder, "log", "--reverse", "--format=%s").splitlines()


def conversations(project: Project) -> list[list[str]]:
    """The titles that each session was told of, in order."""
    return sorted([title(text) for text in texts] for texts in project.prompts().values())


def title(prompt: str) -> str:
    return prompt.partition("\n")[0].partition(": ")[2]


def pids(project: Project) -> dict[str, list[int]]:
    """The processes by role, one for each thread in the order of the threads' starts."""
    threads = {thread["id"]: thread["role"] for thread in project.json("status")["threads"]}
    found: dict[str, list[int]] = {}
    for event in project.events("--kind", "worker-started"):
        found.setdefault(threads[event["thread"]], []).append(event["data"]["pid"])
    return found


def end(processes: Iterable[int]) -> None:
    for pid in processes:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.core
def test_standing_workers_take_issue_after_issue(project: Project) -> None:
    """One session each, in which the next prompt follows the last conversation; nothing but their commits changes.

    `api` takes its second issue from the hub that gave it the first, its third from another hub. `web` is killed between
    its issues: a new process goes on with the old session.
    """
    api, web = keeper(project, "api"), keeper(project, "web")
    play(project, "a.txt", "b.txt", "c.txt", "d.txt", "e.txt")
    plan = project.plan(*kept(project, "api", "a.txt", "b.txt"), *kept(project, "web", "d.txt"))
    project.hubctl("run", "--planner", "file", "--plan", plan)
    waiting = {worker["role"]: worker["idle"] for worker in project.json("status")["standing"]}
    assert waiting == {"api": True, "web": True}
    end(pids(project)["web"])
    plan = project.plan(*kept(project, "api", "c.txt"), *kept(project, "web", "e.txt"))
    project.hubctl("run", "--planner", "file", "--plan", plan)
    assert conversations(project) == [["Add a.txt", "Add b.txt", "Add c.txt"], ["Add d.txt", "Add e.txt"]]
    assert len(set(pids(project)["api"])) == 1
    assert len(set(pids(project)["web"])) == 2
    assert committed(api) == ["Begin", "Add a.txt", "Add b.txt", "Add c.txt"]
    assert committed(web) == ["Begin", "Add d.txt", "Add e.txt"]
    threads = project.json("status")["threads"]
    assert [(thread["state"], thread["worker"]["branch"]) for thread in threads] == [("done", "")] * 5
    assert {thread["worker"]["worktree"] for thread in threads} == {str(api), str(web)}
    assert all(thread["usage"]["output_tokens"] for thread in threads)
    assert _git(project.checkout, "branch", "--list", "hub/*") == ""
    assert all(check["ok"] for check in project.json("doctor"))
