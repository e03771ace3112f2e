"""What workers ask for appears in the inbox, is answered from the command line, and the worker goes on accordingly."""

from pathlib import Path

import pytest

from hubctl.core.ledger.asks import ANSWERED
from hubctl.core.ledger.outside_events import AskKind
from support.live.desk import answer_all, asker, begin, place, rests, results, waiting
from support.live.many_asks import measure
from support.live.project import Project, issue

pytestmark = pytest.mark.live


def _editor(folder: Path, command: str) -> str:
    """An editor that leaves this command."""
    script = folder / "editor.sh"
    script.write_text(f"printf '%s' '{command}' > \"$1\"\n")
    return f"sh {script}"


@pytest.mark.core
@pytest.mark.no_cells(
    "the worker CLI takes no other input for a call that a rule asks for, and in a cell only such are asked"
)
def test_calls_of_tools(project: Project, tmp_path: Path) -> None:
    """Allowed, allowed with another input, denied with the reason; in the main agent and in a subagent."""
    asker(project)
    project.env["EDITOR"] = _editor(tmp_path, "touch edited")
    steps = {
        "allowed": "@bash touch allowed",
        "changed": "@bash touch wrong",
        "denied": "@bash touch denied",
        "written": "@write new.txt One line.",
        "fetched": "@fetch http://127.0.0.1:9/",
        "below": "@task @bash touch below\\n@say Done there.",
    }
    issues = [issue(key, key, step, "@say Over.", role="asker") for key, step in steps.items()]
    begin(project, *issues)
    answers = {
        **dict.fromkeys(steps, ("approve",)),
        "changed": ("approve", "--edit"),
        "denied": ("deny", "--why", "Use the other file."),
        "fetched": ("deny", "--why", "Stay here."),
    }
    asks = answer_all(project, answers)
    rests(project, *steps)
    assert {ask.kind for ask in asks.values()} == {AskKind.PERMISSION}
    assert asks["denied"].fields["command"] == "touch denied"
    assert (asks["written"].tool, asks["fetched"].tool) == ("Write", "WebFetch")
    assert "Stay here." in " ".join(results(project, "fetched"))
    assert (place(project, "allowed") / "allowed").exists()
    assert [(place(project, "changed") / name).exists() for name in ("wrong", "edited")] == [False, True]
    assert not (place(project, "denied") / "denied").exists()
    assert "Use the other file." in " ".join(results(project, "denied"))
    assert (place(project, "written") / "new.txt").read_text().startswith("One line.")
    assert (place(project, "below") / "below").exists()
    assert waiting(project) == ()
    answered = project.events("--kind", "ask-answered")
    assert {event["data"]["how"] for event in answered} == {"command line"}
    closed = project.events("--kind", "ask-closed")
    assert [event["data"]["why"] for event in closed] == ["answered"] * len(steps)


def test_questions_and_plans(project: Project) -> None:
    """Several questions at once, by number and by label; free words; a plan that is approved, and one that is not."""
    asker(project)
    asker(project, "planning", permission_mode="plan")
    plan = ("@planfile 1. Write it down.", "@plan 1. Write it down.", "@say Over.")
    begin(
        project,
        issue("two", "two", "@asks Shall it be blue?", "@say Over.", role="asker"),
        issue("free", "free", "@ask Which colour?", "@say Over.", role="asker"),
        issue("go", "go", *plan, role="planning"),
        issue("no", "no", *plan, role="planning"),
    )
    answers = {
        "two": ("answer", "2", "api,docs"),
        "free": ("answer", "--", "-1, a pale green"),
        "go": ("approve",),
        "no": ("deny", "--why", "Plan the tests too."),
    }
    asks = answer_all(project, answers)
    rests(project, *answers)
    assert [asks[title].kind for title in answers] == [*[AskKind.QUESTION] * 2, *[AskKind.PLAN] * 2]
    assert asks["free"].options == ("Yes", "No")
    told = {title: " ".join(results(project, title)) for title in answers}
    assert '"Shall it be blue?"="No"' in told["two"]
    assert '"Which parts?"="API, Docs"' in told["two"]
    assert "a pale green" in told["free"]
    assert "approved" in told["go"]
    assert "Plan the tests too." in told["no"]


@pytest.mark.extra
def test_nothing_is_lost_or_crossed(project: Project) -> None:
    """Eight asks of four workers at the same time, answered in random order."""
    asks, right, delays = measure(project, 4, 8)
    assert (asks, right, len(delays)) == (8, 8, 8)
    assert {ask.over for ask in project.folded().asks.values()} == {ANSWERED}
