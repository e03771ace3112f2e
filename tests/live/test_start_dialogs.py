"""Dialogs of the real worker CLI's start: answered by label where all is trusted, else a person's, and nothing pressed."""

import json
import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.agents.claude.screen.start_dialogs import StartDialog
from support.live.project import Project, issue, work
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.live

SECONDS = PATIENCE
UNKNOWN_HOOK = {"hooks": {"NoSuchEvent": [{"hooks": [{"type": "command", "command": "true"}]}]}}
SERVERS = {"mcpServers": {"demo": {"command": "true"}, "other": {"command": "true"}}}
WILD = """---
description: Works without any question.
permission_mode: bypassPermissions
env: {{IS_SANDBOX: "1"}}
setup: ["read word < {gate}"]
---
Be quick.
"""


def forget(project: Project) -> None:
    """The workers' Claude Code is set up, and knows neither this repository nor its key."""
    (project.home / ".claude.json").write_text('{"hasCompletedOnboarding": true}')


def write(project: Project, files: dict[str, str]) -> None:
    """Committed and trusted."""
    for name, content in files.items():
        path = project.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        subprocess.run(["git", "add", "--force", name], cwd=project.checkout, check=True)
    subprocess.run(["git", "commit", "-qm", "Settings"], cwd=project.checkout, check=True)
    project.hubctl("trust")


def answers(project: Project) -> list[str]:
    began = [event["data"] for event in project.events("--kind", "action-began")]
    return [data["words"]["dialog"] for data in began if data["name"] == "answer-dialog"]


def wait_for_alert(project: Project, word: str) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [alert for alert in project.json("alerts") if word in alert["text"]]

    wait_until(lambda: bool(found()), SECONDS, f"an alert says {word}")
    return found()[0]


def ball(project: Project) -> str:
    (thread,) = project.threads().values()
    return str(thread["ball"]["holder"])


def shown(project: Project) -> tuple[StartDialog | None, str]:
    """The dialog that stands on the worker's screen, and the label under its cursor."""
    screen = parse_screen(project.hubctl("logs", "1", "--raw").stdout)
    return screen.start, screen.options[screen.cursor or 0]


@pytest.mark.core
def test_what_may_be_answered_is_answered_and_the_work_is_done(project: Project) -> None:
    """One after the other at one start: folder, imports, key, settings. The project's MCP servers are not asked for."""
    write(
        project,
        {
            ".mcp.json": json.dumps(SERVERS),
            ".claude/settings.json": json.dumps(UNKNOWN_HOOK),
            "CLAUDE.md": "@../outside.md\n",
        },
    )
    outside = project.checkout / ".hubctl" / "worktrees" / "outside.md"
    outside.parent.mkdir(parents=True, exist_ok=True)
    outside.write_text("Words from outside.\n")
    forget(project)
    project.hubctl("run", "--planner", "file", "--plan", project.plan(issue("a", "Write a", *work("a.txt"))))
    wanted = [StartDialog.TRUST, StartDialog.IMPORTS, StartDialog.API_KEY, StartDialog.SETTINGS_WARNING]
    assert answers(project) == wanted
    assert project.json("alerts", "--all") == []
    known = json.loads((project.home / ".claude.json").read_text())
    assert known["customApiKeyResponses"]["rejected"] == []
    assert not any(each.get("hasClaudeMdExternalIncludesApproved") for each in known["projects"].values())


def _door(fifo: Path) -> int:
    """To write to who waits at its other end; 0 while nobody does."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return 0


def test_what_may_not_be_answered_is_a_persons(project: Project, claude_version: str) -> None:
    """While a file is not trusted nothing is pressed; later folder and key are, the mode without questions never."""
    gate = project.shared / "gate"
    os.mkfifo(gate)
    write(project, {".hubctl/roles/wild.md": WILD.format(gate=gate)})
    forget(project)
    project.hubctl(
        "split", "--planner", "file", "--plan", project.plan(issue("a", "Write a", "@say No.", role="wild"))
    )
    project.up()
    door = wait_until(partial(_door, gate), SECONDS, "the worker's setup waits at the gate")
    rules = project.checkout / "POLICY.md"
    rules.write_text("# Not trusted\n")
    wait_until(lambda: bool(project.events("--kind", "trust-changed")), SECONDS, "the file is seen")
    os.write(door, b"go\n")
    os.close(door)

    alert = wait_for_alert(project, "not answered while files are not trusted")
    assert (alert["kind"], ball(project)) == ("ask-unanswered", "human")
    assert "`hubctl attach 1` and choose Yes" in alert["text"]
    untouched = "Yes, I trust this folder" if claude_version == "2.1.197" else "No, exit"
    assert shown(project) == (StartDialog.TRUST, untouched)
    assert answers(project) == []

    rules.unlink()
    alert = wait_for_alert(project, "bypass permissions warning")
    assert answers(project) == [StartDialog.TRUST, StartDialog.API_KEY]
    assert (alert["kind"], ball(project)) == ("ask-unanswered", "human")
    assert shown(project) == (StartDialog.BYPASS, "No, exit")
    assert len(project.json("alerts")) == 1


def test_a_worker_that_is_not_logged_in_is_a_persons(project: Project) -> None:
    config = project.checkout / "hubctl.yaml"
    content = json.loads(config.read_text())
    del content["worker"]["env"]["ANTHROPIC_API_KEY"]
    config.write_text(json.dumps(content))
    project.hubctl("trust")
    project.env.pop("ANTHROPIC_API_KEY", None)
    (project.home / ".claude").mkdir(exist_ok=True)
    login = project.home / ".claude" / ".credentials.json"
    project.hubctl("split", "--planner", "file", "--plan", project.plan(issue("a", "Write a", "@say Never.")))
    assert "not logged in" in project.hubctl("up", code=1).stderr
    login.write_text("{}")  # a login that is there and does not hold
    project.up()
    alert = wait_for_alert(project, "the worker is not logged in")
    assert alert["text"].endswith(
        "`hubctl attach 1` and type `/login`, or mend its key; then tell it to go on"
    )
    assert ball(project) == "human"
    orders = {event["data"]["name"] for event in project.events("--kind", "action-began")}
    assert "deliver" not in orders
