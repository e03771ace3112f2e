"""A silence that the worker's own screen explains, one that it explains too long, and one that only pretends."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.live.project import SECONDS, Project, issue, wait_for_view
from support.waiting import wait_until

pytestmark = pytest.mark.live

AFTER = timedelta(seconds=6)
PATIENT = {"CLAUDE_CODE_MAX_RETRIES": "8"}
"""Its waits are 0.6, 1.1, 2.3, 4.9, 9 s and so on: the fourth and the fifth outlast the rule's time."""
LIE = 'printf "✻ API error · Retrying in 99s · attempt 3/4\\n"'
ISSUES = (
    issue("recovers", "Recovers", "@errorn 4 500 Internal server error"),
    issue("goes-on", "Goes on", "@error 500 Internal server error"),
    issue("lies", "Lies", f"@bashto 1000 {LIE}", "@hold 120"),
)


def test_an_announced_retry_explains_a_silence_and_not_for_ever(project: Project, claude: Path) -> None:
    project.configure(claude, env=PATIENT)
    rule = {"after": "6s", "pause": "10m", "then": ["alert"]}
    rules = {"stalled": rule, "idle-no-handoff": {"after": "10m"}}
    project.policy(rules=rules, limits={"workers": 3})
    project.hubctl("split", "--planner", "file", "--plan", project.plan(*ISSUES))
    project.up()
    wait_until(lambda: len(_told(project)) == 2, SECONDS, "two alerts")
    wait_for_view(project, "Recovers", "idle")
    recovers, goes_on, lies = (project.peek()[title] for title in ("Recovers", "Goes on", "Lies"))
    told = _told(project)
    assert set(told) == {goes_on.id, lies.id}
    assert recovers.output_tokens, "the API has answered it"
    assert goes_on.moved_at is not None
    assert goes_on.retry_at is not None
    assert told[goes_on.id] >= goes_on.moved_at + 2 * AFTER
    assert lies.retry_at is None


def _told(project: Project) -> dict[str, Any]:
    """When each thread was said to be stalled."""
    raised = project.events("--kind", "alert-raised")
    return {one["thread"]: datetime.fromisoformat(one["at"]) for one in raised}
