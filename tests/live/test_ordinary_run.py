"""An ordinary run of ten threads, by rules that are far shorter than the shipped ones: nobody hears of anything."""

import pytest

from hubctl.core.documents.policy import RuleId
from support.live.project import Project, issue, script, work

pytestmark = pytest.mark.live

R = RuleId


def test_ten_threads_raise_nothing(project: Project) -> None:
    """Work that waits, that is rejected once, that runs behind its turn, that others wait for."""
    late = {"after": "20s", "nudges": 0}
    kinds = (R.IDLE_NO_HANDOFF, R.STALLED, R.PROMPT_UNDELIVERED, R.HANDOFF_UNCLAIMED, R.ASK_UNANSWERED)
    project.policy(rules={kind.value: late for kind in kinds}, limits={"workers": 3})
    project.script(
        script(
            ("not done yet, attempt 1", list(work("again.txt"))),
            ("which you waited for, is done", list(work("late.txt"))),
        )
    )
    plan = project.plan(
        *(issue(name, f"Plain {name}", *work(f"{name}.txt")) for name in "abcd"),
        issue("e", "Rejected once", *work("e.txt"), validate="test -e again.txt"),
        issue("f", "Waits", '@bash hubctl handoff --to thread:1 --why "its file"', "@say I wait."),
        issue("g", "Shell behind it", *work("g.txt", "@bashbg sleep 1")),
        issue("h", "Refused once", '@bash hubctl done --summary "it is there"', *work("h.txt")),
        issue("i", "Needs two", *work("i.txt"), after=("a", "b"), validate="test -e a.txt && test -e b.txt"),
        issue("j", "Needs all", *work("j.txt"), after=("c", "d", "e", "f", "g", "h", "i")),
    )
    project.hubctl("run", "--planner", "file", "--plan", plan)
    threads = project.threads()
    assert [len(threads), {one["state"] for one in threads.values()}] == [10, {"done"}]
    assert project.json("alerts", "--all") == []
    assert project.json("check")["findings"] == []
