"""What an MCP server asks a person for waits in the inbox, and no dialog stands in the pane meanwhile."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.outside_events import AskKind
from support.live.desk import SECONDS, asker, begin, rests, results, waiting
from support.live.project import Project, issue, screen_of, view_of
from support.live.servers import CHOOSING
from support.waiting import wait_until

pytestmark = pytest.mark.live

COLOUR = {
    "message": "Which colour?",
    "requestedSchema": {
        "type": "object",
        "properties": {
            "colour": {"type": "string", "enum": ["red", "blue"]},
            "count": {"type": "integer", "description": "how many"},
            "note": {"type": "string"},
        },
        "required": ["colour", "count"],
    },
}


def asked(project: Project, arguments: Mapping[str, Any]) -> Ask:
    """A worker's call of the server's tool, in which it asks."""
    listed = project.shared / "listed"
    (project.shared / "chooser.py").write_text(CHOOSING)
    server = {"command": "python3", "args": [str(project.shared / "chooser.py"), str(listed)]}
    (project.checkout / "chooser.json").write_text(json.dumps({"mcpServers": {"chooser": server}}))
    asker(project, mcp="chooser.json", ask=[])
    wait = f"@bash until [ -e {listed} ]; do sleep 0.1; done"
    call = f"@tool mcp__chooser__choose {json.dumps(arguments)}"
    steps = (wait, call, "@say Over.")
    permissions = {"allow": ["Bash", "mcp__chooser__choose"]}
    begin(project, issue("a", "a", *steps, role="asker"), permissions=permissions)
    return wait_until(lambda: of_server(project), SECONDS, "the server asks")[0]


def of_server(project: Project) -> list[Ask]:
    return [ask for ask in waiting(project) if ask.tool == "Elicitation"]


@pytest.mark.core
def test_a_form_is_filled_in(project: Project) -> None:
    ask = asked(project, COLOUR)
    assert ask.kind is AskKind.QUESTION
    wait_until(lambda: view_of(project, "a") == "waiting", SECONDS, "it is seen to wait")
    assert "requests your input" not in screen_of(project, "a")
    (shown,) = project.json("inbox")
    assert (shown["kind"], shown["tool"]) == ("question", "Elicitation")
    assert "chooser asks: Which colour?" in project.hubctl("inbox", ask.id).stdout
    thread = project.folded().threads[ask.thread]
    assert thread.ball.holder == "human"
    project.hubctl("answer", ask.id, "2", "7", "-")
    rests(project, "a")
    (said,) = [text for text in results(project, "a") if '"action"' in text]
    assert json.loads(said) == {"action": "accept", "content": {"colour": "blue", "count": 7}}


def test_a_denial_declines(project: Project) -> None:
    ask = asked(project, COLOUR)
    project.hubctl("deny", ask.id, "--why", "Not now.")
    rests(project, "a")
    (said,) = [text for text in results(project, "a") if '"action"' in text]
    assert json.loads(said)["action"] == "decline"
