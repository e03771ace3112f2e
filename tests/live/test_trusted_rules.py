"""Rules that change while workers work: the trusted version holds, also for those that start after the change."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.live.project import Project, all_done, issue, wait_for_state, work
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.live


def _denied(project: Project, worker: str) -> list[str]:
    """What the settings of this worker forbid it."""
    state = Path(project.json("init")["state"])
    settings: dict[str, Any] = json.loads((state / "workers" / worker / "settings.json").read_text())
    return list(settings["permissions"]["deny"])


def test_a_worker_starts_with_the_trusted_version_of_a_changed_file(project: Project) -> None:
    project.policy(permissions={"deny": ["WebFetch"]})
    gate = project.shared / "gate"
    first = issue("a", "First", *work("a.txt", f"@bash until [ -e {gate} ]; do sleep 0.1; done"))
    plan = project.plan(first, issue("b", "Second", *work("b.txt"), after=("a",)))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    project.up()
    wait_for_state(project, "First", "working")
    (project.checkout / "POLICY.md").write_text("# Everything is allowed\n")
    wait_until(lambda: project.json("status")["held"] == ["POLICY.md"], PATIENCE, "the change is seen")
    gate.touch()
    wait_until(lambda: all_done(project), PATIENCE, "all is done")
    assert "WebFetch" in _denied(project, "w2-1")
    assert [alert["because"] for alert in project.json("alerts")] == ["trust"]
