"""Without hooks the screen alone tells what workers ask for, and keys answer it."""

from pathlib import Path

import pytest

from hubctl.core.ledger.asks import ANSWERED
from hubctl.core.ledger.outside_events import AskKind, AskVia
from support.live.desk import answer_all, asker, begin, place, rests, results
from support.live.project import Project, issue

pytestmark = pytest.mark.live


@pytest.mark.core
def test_answers_without_hooks(project: Project, claude: Path) -> None:
    """Allowed; denied, and told why; a question by its label; a plan refused."""
    project.configure(claude, hooks=False)
    asker(project)
    asker(project, "planning", permission_mode="plan")
    begin(
        project,
        issue("yes", "yes", "@bash touch yes", "@say Over.", role="asker"),
        issue("no", "no", "@bash touch no", "@say Over.", role="asker"),
        issue("which", "which", "@ask Which colour?", "@say Over.", role="asker"),
        issue("plan", "plan", "@planfile 1. Write it.", "@plan 1. Write it.", "@say Over.", role="planning"),
    )
    answers = {
        "yes": ("approve",),
        "no": ("deny", "--why", "Use the other file."),
        "which": ("answer", "--", "no"),
        "plan": ("deny", "--why", "Plan the tests too."),
    }
    asks = answer_all(project, answers)
    rests(project, *answers)
    assert {ask.via for ask in asks.values()} == {AskVia.SCREEN}
    assert [asks[title].kind for title in answers] == [
        *[AskKind.PERMISSION] * 2,
        AskKind.QUESTION,
        AskKind.PLAN,
    ]
    assert "touch yes" in asks["yes"].text
    assert (place(project, "yes") / "yes").exists()
    assert not (place(project, "no") / "no").exists()
    assert '="No"' in " ".join(results(project, "which"))
    told = [prompt for prompts in project.prompts().values() for prompt in prompts]
    assert {"Use the other file.", "Plan the tests too."} <= set(told)
    assert {ask.over for ask in project.folded().asks.values()} == {ANSWERED}
