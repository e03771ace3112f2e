"""What people and workers say in mid-work, with the real worker CLI: send, ask, handoff, interrupt, retry."""

import pytest

from support.live.project import Project, issue, script, wait_for_state, work
from support.waiting import PATIENCE, wait_until

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
    project.policy(rules={"ask-unanswered": {"after": "1s"}})
    hub = project.up()
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_for_state(project, "Choose", "waiting")
    ball = project.threads()["Choose"]["ball"]
    assert (ball["holder"], "Left or right?" in ball["why"]) == ("human", True)
    wait_until(
        lambda: [a["kind"] for a in project.json("alerts")] == ["ask-unanswered"], PATIENCE, "an alert"
    )
    assert project.hubctl("answer", "a1", "--", "The left one.").stdout == "a1: answered\n"
    wait_for_state(project, "Choose", "done")
    wait_until(lambda: project.json("alerts") == [], PATIENCE, "the alert is gone")
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


@pytest.mark.core
def test_a_ball_that_is_handed_away_comes_back(project: Project) -> None:
    """From another thread when that is done, from a clock when its time is over, from a person who tries again."""
    gate = project.shared / "gate"
    project.script(
        script(
            ("Thread 2, which you waited for, is done: two.txt: it is there", list(work("one.txt"))),
            ("The time that you waited for is over", list(work("three.txt"))),
            ("This issue is open again", list(work("four.txt"))),
        )
    )
    plan = project.plan(
        issue("one", "One", '@bash hubctl handoff --to thread:2 --why "needs its file"', "@say I wait."),
        issue("two", "Two", *work("two.txt", f"@bash while ! test -e {gate}; do sleep 0.1; done")),
        issue("three", "Three", '@bash hubctl handoff --to clock:1s --why "it rests"', "@say I rest."),
        issue("four", "Four", '@bash hubctl handoff --to human --why "no key"', "@say I stop."),
    )
    project.up()
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_for_state(project, "Three", "done")
    for title in ("One", "Four"):
        wait_for_state(project, title, "waiting")
    balls = {title: thread["ball"] for title, thread in project.threads().items()}
    assert balls["One"]["holder"] == "thread:2"
    assert (balls["Four"]["holder"], balls["Four"]["why"]) == ("human", "no key")
    assert balls["Four"]["deadline"]
    session = project.threads()["Four"]["worker"]["session"]
    project.hubctl("stop", "4")
    wait_for_state(project, "Four", "canceled")
    assert "canceled" in project.hubctl("send", "4", "--", "Go on.", code=1).stderr
    project.hubctl("retry", "4", "--resume")
    gate.touch()
    for title in ("One", "Two", "Four"):
        wait_for_state(project, title, "done")
    assert project.threads()["Four"]["worker"]["session"] == session
    assert len(project.prompts()) == 4
    assert project.json("alerts") == []
    issues = project.events("--kind", "issue-reopened")
    assert [event["thread"] for event in issues] in ([], ["4"])


def test_what_failed_is_tried_again_from_the_start(project: Project) -> None:
    project.policy(limits={"attempts": 1})
    again = "@bash date +%N >>a.txt && git add -A && git commit -qm again && hubctl done --summary again"
    plan = project.plan(issue("a", "Try", again, validate="test -f allowed"))
    project.up()
    project.hubctl("split", "--planner", "file", "--plan", plan)
    wait_for_state(project, "Try", "failed")
    before = project.threads()["Try"]
    assert "is failed" in project.hubctl("interrupt", "1", code=1).stderr
    (project.checkout / before["worker"]["worktree"] / "allowed").touch()
    project.hubctl("retry", "1")
    wait_for_state(project, "Try", "done")
    after = project.threads()["Try"]
    assert after["attempt"] == 1
    assert after["worker"]["session"] != before["worker"]["session"]
    assert after["worker"]["worktree"] == before["worker"]["worktree"]
    assert len(project.prompts()) == 2
