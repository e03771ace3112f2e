"""Standing workers with the real worker CLI: each in a repository of its own, over several issues, in one session."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from support.live.project import SECONDS, Project, issue, wait_for_state, work
from support.waiting import wait_until

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
    lifetime = "lifetime: standing\n" if standing else ""
    project.role(
        name,
        f"---\ndescription: keeps {name}\npermission_mode: acceptEdits\nallow: [Bash]\n"
        f"workspace: {{directory: ../{name}}}\n{lifetime}---\n{prompt}\n",
    )
    project.hubctl("trust")


def play(project: Project, *files: str) -> None:
    """A living worker's next task stands in a file, so the script knows it by its title."""
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
    """The titles that each session was told of, in order; that a turn was cut is the worker CLI's own remark."""
    told = project.prompts().values()
    return sorted([title(text) for text in texts if not text.startswith("[Request inter")] for texts in told)


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
    said = [entry["text"] for entry in project.json("logs", "2") if entry["voice"] == "user"]
    assert [title(text) for text in said] == ["Add b.txt"]
    assert _git(project.checkout, "branch", "--list", "hub/*") == ""
    assert all(check["ok"] for check in project.json("doctor"))


def test_a_standing_worker_is_stopped_sent_to_and_given_another_role(project: Project) -> None:
    """Stopped, its turn is cut and the process takes the next issue; a message reopens that; a new role begins anew."""
    api = keeper(project, "api")
    scripts = [
        {"when": "thread 1: Hold", "steps": ["@bash true", "@hold 120"]},
        {"when": "One more thing", "steps": list(work("c.txt"))},
        *(
            {"when": f"hubctl thread \\d+: Add {name}", "steps": list(work(name))}
            for name in ("b.txt", "d.txt")
        ),
    ]
    project.script(json.dumps({"scripts": scripts}))
    plan = project.plan(issue("a", "Hold", role="api", body="Wait."), *kept(project, "api", "b.txt"))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    hub = project.up()
    wait_until(lambda: len(project.requests()) == 2, SECONDS, "a turn that was answered once")
    project.hubctl("stop", "1")
    wait_for_state(project, "Add b.txt", "done")
    assert project.state("Hold") == "canceled"
    project.hubctl("send", "2", "One more thing: c.txt")
    wait_until(lambda: len(project.events("--kind", "claim-accepted")) == 2, SECONDS, "done again")
    assert len(set(pids(project)["api"])) == 1
    project.hubctl("down")
    hub.wait(timeout=SECONDS)
    write_role(project, "api", prompt="Keep it well.")
    project.up()
    project.hubctl("split", "--planner", "file", "--plan", project.plan(*kept(project, "api", "d.txt")))
    wait_for_state(project, "Add d.txt", "done")
    assert len(set(pids(project)["api"])) == 2
    assert conversations(project) == [["Add d.txt"], ["Hold", "Add b.txt", "c.txt"]]
    assert committed(api) == ["Begin", "Add b.txt", "Add c.txt", "Add d.txt"]
    assert [worker["thread"] for worker in project.json("status")["standing"]] == ["3"]
    assert all(check["ok"] for check in project.json("doctor"))


def test_a_directory_of_workers_that_end_with_their_threads(project: Project) -> None:
    """One after the other, each by itself; who waits for them is told what they did, and gets nothing merged."""
    web = keeper(project, "web", standing=False)
    first = issue("a", "Add a.txt", *work("a.txt"), role="web")
    second = issue("b", "Add b.txt", *work("b.txt", summary="both stand"), role="web")
    third = issue("c", "Add c.txt", *work("c.txt"), after=("a", "b"))
    ended = project.hubctl("run", "--planner", "file", "--plan", project.plan(first, second, third))
    assert committed(web) == ["Begin", "Add a.txt", "Add b.txt"]
    assert len(set(pids(project)["web"])) == 2
    assert project.json("status")["standing"] == []
    branch = project.threads()["Add c.txt"]["worker"]["branch"]
    assert set(_git(project.checkout, "ls-tree", "--name-only", branch).split()) == {"README.md", "c.txt"}
    assert any("b.txt: both stand" in texts[0] for texts in project.prompts().values())
    assert f"in {web}, up to {_git(web, 'rev-parse', 'HEAD')[:10]}: Add b.txt" in ended.stdout
    assert f"git merge {branch}" in ended.stdout
