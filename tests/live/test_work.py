"""What a worker makes is progress, without a word; a log that something writes for ever is none."""

import pytest

from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import Work
from support.live.person import Person
from support.live.project import SECONDS, Project, issue, script
from support.waiting import wait_until

pytestmark = pytest.mark.live

LOG = "for i in $(seq 600); do [ -e stop ] && exit; date >>server.log; sleep 0.1; done"
SERVER = f"@bash setsid sh -c '{LOG}' </dev/null >/dev/null 2>&1 &"
COMMIT = '@bash git add a.txt && git commit -qm "Add a"'
RULE = {"after": "2s", "nudges": 2, "pause": "2s", "then": ["alert"]}


def test_a_commit_begins_the_ladder_anew_and_a_log_does_not(project: Project) -> None:
    """A file, then at the first nudge a commit, then twice nothing new: nudged more often than the rule says for one episode."""
    task = issue("a", "Make it", SERVER, "@write a.txt one", "@say Next I will commit it.")
    project.script(script(("nobody knows who must act next", [COMMIT, "@say I have seen it."])))
    project.policy(rules={"idle-no-handoff": RULE})
    project.hubctl("split", "--planner", "file", "--plan", project.plan(task))
    project.up()
    person = Person(project=project)
    wait_until(lambda: person.events(e.AlertRaised), SECONDS, "an alert")
    worker = person.worker
    wait_until(lambda: (project.checkout / worker.worktree / "server.log").exists(), SECONDS, "the log")
    (project.checkout / worker.worktree / "stop").touch()
    assert [event.what for event in person.events(e.WorkChanged)] == [Work.FILES, Work.COMMIT]
    proven = [event.purpose for event in person.events(e.PromptProven)]
    # Where the look after the commit comes later than the second nudge, on a busy machine, that one is in vain.
    assert proven in (["task", *["nudge"] * 3], ["task", *["nudge"] * 4])
