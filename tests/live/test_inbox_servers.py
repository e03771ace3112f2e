"""A tool that is not the worker CLI's own is asked of a person, as all its calls are."""

import json

import pytest

from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.outside_events import AskKind
from support.live.desk import SECONDS, asker, begin, rests, results, waiting
from support.live.project import Project, issue
from support.live.servers import WORDS
from support.waiting import wait_until

pytestmark = pytest.mark.live


def test_a_tool_of_a_server(project: Project) -> None:
    """No rule of the shipped policy speaks of it: a person approves it, and it runs with the input that was shown."""
    listed = project.shared / "listed"
    (project.shared / "words.py").write_text(WORDS)
    server = {"command": "python3", "args": [str(project.shared / "words.py"), str(listed)]}
    (project.checkout / "words.json").write_text(json.dumps({"mcpServers": {"words": server}}))
    asker(project, mcp="words.json", ask=[])
    call = '@tool mcp__words__count {"text": "one two three"}'
    wait = f"@bash until [ -e {listed} ]; do sleep 0.1; done"
    permissions = {"allow": ["Bash"]}
    begin(project, issue("a", "a", wait, call, "@say Over.", role="asker"), permissions=permissions)
    (ask,) = wait_until(lambda: _of_server(project), SECONDS, "the server's tool is asked for")
    assert (ask.kind, ask.tool, ask.fields) == (
        AskKind.PERMISSION,
        "mcp__words__count",
        {"text": "one two three"},
    )
    (shown,) = project.json("inbox")
    assert (shown["tool"], shown["risk"]) == ("mcp__words__count", "high")
    project.hubctl("approve", ask.id)
    rests(project, "a")
    assert "counted 3 words" in results(project, "a")


def _of_server(project: Project) -> list[Ask]:
    """The rules allow all commands, a moment after they are asked for."""
    return [ask for ask in waiting(project) if ask.tool != "Bash"]
