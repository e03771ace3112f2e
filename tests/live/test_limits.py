"""What a cell may use, with the real worker CLI: over a limit its worker is ended, and a person is told which and what helps."""

import re
from pathlib import Path

import pytest

from hubctl.core.ledger.worker_events import ClaimRejected
from support.live.project import Project, issue, wait_for_state, work
from support.waiting import wait_until

pytestmark = pytest.mark.live
WAITS = "tail -f /dev/null"
MANY = f"for i in $(seq 120); do {WAITS} & done; wait"
MEGABYTE = 1 << 20


def run_over(project: Project, claude: Path, step: str, **limits: object) -> dict[str, str]:
    """What people are told when the worker's step goes over a limit."""
    project.configure(claude, cell="required", limits=limits)
    project.up()
    plan = project.plan(issue("a", "Too much", step))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_for_state(project, "Too much", "failed")
    thread = project.threads()["Too much"]
    assert thread["ball"]["holder"] == "human"
    (alert,) = (event["data"] for event in project.events("--kind", "alert-raised"))
    wait_until(lambda: project.events("--kind", "worker-ended"))
    return {"why": thread["ball"]["why"], "alert": alert["text"]}


def test_too_many_processes(project: Project, claude: Path) -> None:
    said = run_over(project, claude, f"@bash {MANY}", processes=40)
    assert "processes, and its limit is 40" in said["why"]
    assert "raise `processes`" in said["alert"]
    assert "`hubctl retry 1`" in said["alert"]


def test_too_much_memory(project: Project, claude: Path) -> None:
    hog = f"@bash /usr/bin/python3 -c \"kept = bytearray(b'x') * {1400 * MEGABYTE}; import os; os.system('{WAITS}')\""
    said = run_over(project, claude, hog, memory="1000M")
    assert "of memory, and its limit is 1000M" in said["why"]


def test_too_much_disk(project: Project, claude: Path) -> None:
    said = run_over(project, claude, "@bash dd if=/dev/zero of=big bs=1M count=120 status=none", disk="50M")
    assert "of disk for its worktree and its home, and its limit is 50M" in said["why"]


def test_a_validation_has_the_same_limits(project: Project, claude: Path) -> None:
    """What it used goes back to the worker, as any validation that failed."""
    project.configure(claude, cell="required", limits={"processes": 40})
    project.up()
    plan = project.plan(issue("a", "Many", *work("a.txt"), validate=MANY))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    told = wait_until(lambda: [one.why for one in project.logged() if isinstance(one, ClaimRejected)])
    assert re.fullmatch(r"the validation used \d+ processes, and its limit is 40", told[0])
