"""`kill -9` of the hub in every phase, then `hubctl up`: the run goes on, nothing is started or told twice."""

from collections.abc import Callable

import pytest

from tests.live.project import Project, all_done, issue, work
from tests.waiting import wait_until

pytestmark = pytest.mark.live


def _began(project: Project, action: str) -> bool:
    return any(event["data"]["name"] == action for event in project.events("--kind", "action-began"))


def _has(kind: str) -> Callable[[Project], bool]:
    return lambda project: bool(project.events("--kind", kind))


PHASES: dict[str, Callable[[Project], bool]] = {
    "starting": lambda project: _began(project, "start-worker"),
    "started": _has("worker-started"),
    "working": _has("prompt-proven"),
    "validating": lambda project: _began(project, "judge-claim"),
}


@pytest.mark.core
@pytest.mark.parametrize("phase", PHASES)
def test_the_run_goes_on(project: Project, phase: str) -> None:
    plan = project.plan(
        issue("a", "First", *work("a.txt", "@bash sleep 2"), validate="sleep 2; test -f a.txt"),
        issue("b", "Second", *work("b.txt"), after=("a",), validate="test -f a.txt"),
    )
    project.hubctl("split", "--planner", "file", "--plan", plan)
    hub = project.up()
    wait_until(lambda: PHASES[phase](project), 60, f"the hub is {phase}")
    project.kill(hub)
    assert not project.json("status")["hub"]["running"]
    project.up()
    wait_until(lambda: all_done(project), 90, "all is done")
    told = project.prompts()
    assert len(told) == 2, "one session for each thread"
    for texts in told.values():
        assert len([text for text in texts if text.startswith("hubctl thread")]) == 1, texts
    assert len(project.events("--kind", "worker-started")) == 2
    assert not [check for check in project.json("doctor") if check["name"] == "anomaly"]
