"""What people and workers say in mid-work, with the real worker CLI: send, ask, handoff, interrupt, retry."""

import pytest

from tests.live.project import Project, issue, script, wait_for_state, work
from tests.waiting import wait_until

pytestmark = pytest.mark.live


@pytest.mark.core
def test_an_ask_waits_for_its_answer_and_a_finished_thread_goes_on(project: Project) -> None:
    project.script(
        script(
            ("^The left one", list(work("left.txt"))),
            ("^One thing more", list(work("more.txt"))),
        )
    )
    plan = project.plan(issue("a", "Choose", '@bash hubctl ask "Left or right?"', "@say I wait."))
    hub = project.up()
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_for_state(project, "Choose", "waiting")
    ball = project.threads()["Choose"]["ball"]
    assert (ball["holder"], "Left or right?" in ball["why"]) == ("human", True)
    wait_until(lambda: [a["kind"] for a in project.json("alerts")] == ["ask-unanswered"], 10, "an alert")
    assert "Delivered" in project.hubctl("send", "1", "--", "The left one.").stdout
    wait_for_state(project, "Choose", "done")
    wait_until(lambda: project.json("alerts") == [], 10, "the alert is gone")
    session = project.threads()["Choose"]["worker"]["session"]
    assert "Delivered" in project.hubctl("send", "1", "--", "One thing more, please.").stdout
    wait_for_state(project, "Choose", "done")
    told = project.prompts()
    assert list(told) == [session]
    assert [text for text in told[session] if text.startswith(("The left", "One thing"))] == [
        "The left one.",
        "One thing more, please.",
    ]
    assert hub.poll() is None
