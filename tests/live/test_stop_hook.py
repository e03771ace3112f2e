"""A role's Stop hook, with the real worker CLI: a silent end of turn is sent back once, and never twice."""

import pytest

from support.live.project import Project, free_coder, issue, script, wait_for_state, wait_for_view

pytestmark = pytest.mark.live

LATE = {"idle-no-handoff": {"after": "10m"}}
"""No nudge helps."""
COMMIT = ("@write a.txt one", "@bash git add a.txt", '@bash git commit -qm "Add a"')
SCENES = (
    ("thread 1: Your turn ended", ['@bash hubctl done --summary "a.txt: it is there"', "@say That was all."]),
    ("thread 2: Your turn ended", ["@say Hm."]),
)


def test_a_silent_worker_is_sent_back_once(project: Project) -> None:
    """The first obeys, the second does not; a third that has said its word is not asked for another."""
    project.role("coder", free_coder("stop_hook: on\n"))
    project.policy(rules=LATE)
    project.script(script(*SCENES))
    asks = ('@bash hubctl ask "Which one?"', "@say I wait.")
    plan = project.plan(
        issue("a", "Obeys", *COMMIT, "@say It is there."),
        issue("b", "Silent", "@say Next I will look at it."),
        issue("c", "Asks", *asks),
    )
    project.hubctl("split", "--planner", "file", "--plan", plan)
    project.up()
    wait_for_state(project, "Obeys", "done")
    wait_for_view(project, "Silent", "idle")
    wait_for_state(project, "Asks", "waiting")
    wait_for_view(project, "Asks", "idle")
    sent_back = [_times_sent_back(project, title) for title in ("Obeys", "Silent", "Asks")]
    assert sent_back == [1, 1, 0]
    assert not project.events("--kind", "prompt-taken"), "the hook's words are no person's"


def _times_sent_back(project: Project, title: str) -> int:
    worker = project.peek()[title].worker
    assert worker
    told = project.prompts()[worker.session]
    return sum("nobody knows who must act next" in text for text in told)
