"""The policy's permissions decide what they can: no person is asked, and the reason is logged and read."""

import subprocess

import pytest

from support.live.desk import asker, begin, first_ask, place, rests, results, waiting
from support.live.project import Project, issue

pytestmark = pytest.mark.live


@pytest.mark.core
@pytest.mark.no_cells("the shipped policy's rules rest in a cell, which holds what they ask about")
def test_the_policy_decides_the_easy_ones(project: Project) -> None:
    """Allowed, denied with the reason, and left to a person, though the worker CLI itself has a rule that asks."""
    asker(project)
    steps = ("@bash touch allowed", "@bash git -C . push", "@bash mkdir asked", "@say Over.")
    permissions = {
        "allow": ["Bash(touch *)", "Bash(mkdir *)"],
        "ask": ["Bash(mkdir asked)"],
    }
    begin(project, issue("a", "a", *steps, role="asker"), permissions=permissions)
    ask = first_ask(project)
    while ask.fields["command"] != "mkdir asked":
        ask = first_ask(project)
    project.hubctl("approve", ask.id)
    rests(project, "a")
    assert [(place(project, "a") / name).exists() for name in ("allowed", "asked")] == [True, True]
    assert "git push" in " ".join(results(project, "a"))
    answers = [event["data"] for event in project.events("--kind", "ask-answered")]
    assert [(one["how"], one["decision"]) for one in answers] == [
        ("permissions", "allow"),
        ("permissions", "deny"),
        ("command line", "allow"),
    ]
    assert "Bash(git push *)" in answers[1]["reason"]
    assert not waiting(project)


@pytest.mark.no_cells(
    "the shipped policy's rule on secrets rests in a cell, where they are masked unless git tracks them"
)
def test_a_call_that_the_worker_cli_asks_for_itself(project: Project) -> None:
    """It keeps its dialog in spite of the hook: the key that confirms it is pressed."""
    asker(project)
    (project.checkout / "server.pem").write_text("a key")
    for words in (["add", "server.pem"], ["commit", "-qm", "Add a key"]):
        subprocess.run(["git", *words], cwd=project.checkout, check=True)
    begin(project, issue("a", "a", "@read server.pem", "@say Over.", role="asker"))
    ask = first_ask(project)
    assert ask.tool == "Read"
    project.hubctl("approve", ask.id)
    rests(project, "a")
    assert "a key" in " ".join(results(project, "a"))
