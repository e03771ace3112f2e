"""The files of one start."""

import json
from pathlib import Path
from typing import Any

import pytest

from hubctl.agents.claude_worker import ClaudeAgent
from hubctl.config import load_policy, load_roles
from hubctl.core.config import Config
from hubctl.place import Place, make_place
from hubctl.repository import find_repository


@pytest.fixture
def place(repository: Path, tmp_path: Path) -> Place:
    return make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]


def settings(place: Place) -> dict[str, Any]:
    agent = ClaudeAgent(
        place=place, config=Config(), policy=load_policy(place.checkout), source={}, python="python"
    )
    role = load_roles(place.checkout)["coder"]
    agent.launch(
        thread="1", start=1, session="", role=role, prompt="Do it.", resumed="Go on.", cwd=place.checkout
    )
    made: dict[str, Any] = json.loads((agent.folder("w1-1") / "settings.json").read_text())
    return made


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"mcpServers": {"demo": {"command": "true"}, "other": {}}}', ["demo", "other"]),
        ('{"mcpServers": {}}', None),
        ('{"mcpServers": ["demo"]}', None),
        ("{", None),
    ],
)
def test_the_projects_servers_are_enabled_by_name(place: Place, text: str, names: list[str] | None) -> None:
    """All of them at once (`enableAllProjectMcpServers`) would enable those of a folder above the repository too."""
    (place.checkout / ".mcp.json").write_text(text)
    made = settings(place)
    assert made.get("enabledMcpjsonServers") == names
    assert "enableAllProjectMcpServers" not in made


def test_without_a_file_nothing_is_said_of_servers(place: Place) -> None:
    assert "enabledMcpjsonServers" not in settings(place)
