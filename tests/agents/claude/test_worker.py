"""The files of one start, and which session it is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.agents.claude.launch import session_id
from hubctl.agents.claude.transcripts import transcript_path
from hubctl.agents.claude.worker import ClaudeAgent
from hubctl.core.documents.config import Config
from hubctl.core.documents.roles import Loosened, Role
from hubctl.core.vocabulary.hosts import Host
from hubctl.core.vocabulary.values import replace
from hubctl.doors.rules import WorkerDoors
from hubctl.git.repository import find_repository
from hubctl.project import trust
from hubctl.project.place import Place, make_place
from hubctl.project.rules import load_rules

ROLE = Role(name="coder", description="codes", prompt="Code.", version="1")
MODE = {"type": "mode", "mode": "normal"}
TOLD = {"type": "user", "message": {"role": "user", "content": "the task"}}


@pytest.fixture
def place(repository: Path, tmp_path: Path) -> Place:
    return make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]


def settings(place: Place) -> dict[str, Any]:
    rules = load_rules(place)
    agent = ClaudeAgent(place=place, config=Config(), rules=lambda: rules, source={}, python="python")
    role = rules.roles["coder"]
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
    trust.accept(place)
    made = settings(place)
    assert made.get("enabledMcpjsonServers") == names
    assert "enableAllProjectMcpServers" not in made


def test_servers_that_nobody_trusted_are_not_enabled(place: Place) -> None:
    """A worker may have written them: the names are those that were trusted, the commands are not."""
    (place.checkout / ".mcp.json").write_text('{"mcpServers": {"demo": {"command": "true"}}}')
    trust.accept(place)
    (place.checkout / ".mcp.json").write_text('{"mcpServers": {"demo": {"command": "false"}}}')
    assert "enabledMcpjsonServers" not in settings(place)


def test_without_a_file_nothing_is_said_of_servers(place: Place) -> None:
    assert "enabledMcpjsonServers" not in settings(place)


@pytest.mark.parametrize(("front", "stop"), [("stop_hook: on\n", True), ("", False)])
def test_the_stop_hook_is_off_unless_the_role_wants_it(place: Place, front: str, stop: bool) -> None:
    role = place.checkout / ".hubctl" / "roles" / "coder.md"
    role.parent.mkdir(parents=True)
    role.write_text(f"---\ndescription: codes\n{front}---\nCode.\n")
    trust.accept(place)
    command = settings(place)["hooks"]["Stop"][0]["hooks"][0]["command"]
    assert command.endswith("stop.sh stop") == stop


# --- sessions ------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent(place: Place, tmp_path: Path) -> ClaudeAgent:
    source = {"HOME": str(tmp_path / "home"), "PATH": "/bin"}
    rules = load_rules(place)
    return ClaudeAgent(place=place, config=Config(), rules=lambda: rules, source=source, python="python")


def told(agent: ClaudeAgent, session: str, *lines: Mapping[str, object]) -> None:
    path = transcript_path(agent.home, agent.place.checkout, session)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def started(agent: ClaudeAgent, session: str) -> tuple[str, str, str]:
    """The flag, its session and the prompt of a second start."""
    cwd = agent.place.checkout
    launch = agent.launch(
        thread="1", start=2, session=session, role=ROLE, prompt="the task", resumed="go on", cwd=cwd
    )
    return launch.command[1], launch.session, launch.command[-1]


def launched(agent: ClaudeAgent) -> str:
    """All that a worker is started with: its command line and its settings."""
    cwd = agent.place.checkout
    launch = agent.launch(thread="1", start=1, session="", role=ROLE, prompt="Do it.", resumed="", cwd=cwd)
    return " ".join([*launch.command, *(path.read_text() for path in agent.folder("w1-1").glob("*.json"))])


def test_a_worker_starts_with_the_rules_of_that_moment(agent: ClaudeAgent) -> None:
    rules = [load_rules(agent.place)]
    reading = replace(agent, rules=lambda: rules[-1])
    assert "Be kind." not in launched(reading)
    own = "Be kind.\n\n```yaml hubctl\npermissions: {deny: [WebFetch]}\n```\n"
    (agent.place.checkout / "POLICY.md").write_text(own)
    trust.accept(agent.place)
    (agent.place.checkout / "POLICY.md").write_text("Be rude.")
    rules.append(load_rules(agent.place))
    said = launched(reading)
    assert "Be kind." in said
    assert '"WebFetch"' in said
    assert "Be rude." not in said


def test_a_session_that_was_told_something_is_resumed(agent: ClaudeAgent) -> None:
    told(agent, "old", MODE, TOLD)
    assert started(agent, "old") == ("--resume", "old", "go on")


@pytest.mark.parametrize("lines", [None, [MODE]], ids=["no transcript", "no prompt in it"])
def test_one_that_was_told_nothing_begins_anew(
    agent: ClaudeAgent, lines: list[Mapping[str, object]] | None
) -> None:
    if lines:
        told(agent, "old", *lines)
    assert started(agent, "old") == ("--session-id", session_id(agent.place.id, "1", 2), "the task")


def test_a_start_that_is_repeated_after_a_crash_goes_on(agent: ClaudeAgent) -> None:
    fresh = session_id(agent.place.id, "1", 2)
    told(agent, fresh, TOLD)
    assert started(agent, "") == ("--resume", fresh, "go on")


@pytest.mark.parametrize(
    ("name", "left"), [("settings.json", "user,local"), ("settings.local.json", "user,project")]
)
def test_settings_that_nobody_trusted_are_left_out(agent: ClaudeAgent, name: str, left: str) -> None:
    folder = agent.place.checkout / ".claude"
    folder.mkdir()
    assert "--setting-sources" not in launched(agent)
    (folder / name).write_text("{}")
    assert f"--setting-sources {left} " in launched(agent)
    trust.accept(agent.place)
    assert "--setting-sources" not in launched(agent)
    (folder / name).write_text('{"disableAllHooks": true}')
    assert f"--setting-sources {left} " in launched(agent)


# --- permissions -----------------------------------------------------------------------------------------------------


def test_the_worker_cli_allows_no_command_by_itself_that_the_policy_allows(place: Place) -> None:
    """It goes by a command's first words: `Bash(git commit *)` would let `--amend` through."""
    allowed = settings(place)["permissions"]["allow"]
    policy = load_rules(place).policy.permissions.allow
    assert "Bash(git commit *)" in policy
    assert not set(allowed) & {rule for rule in policy if rule.startswith("Bash(")}


def test_a_path_of_the_worktree_is_written_whole(place: Place) -> None:
    """A single `/` in a settings file is the folder of that file to both measured versions."""
    made = settings(place)["permissions"]
    assert f"Read(/{place.checkout}/**)" in made["allow"]
    assert not [rule for rules in made.values() for rule in rules if "(/" in rule and "(//" not in rule]


def test_secrets_are_denied_to_what_reads_without_asking(place: Place) -> None:
    denied = settings(place)["permissions"]["deny"]
    assert {"Read(.env*)", "Read(~/.ssh/**)", "Read(~/.aws/**)", "Read(~/.claude.json)"} <= set(denied)


def test_a_contained_worker_reaches_what_the_policy_lists_and_what_is_open_for_its_thread(
    place: Place,
) -> None:
    """The policy's lines come first, for they alone may say `private`."""
    (place.checkout / "POLICY.md").write_text("```yaml hubctl\ndoors: {hosts: [own.example private]}\n```\n")
    trust.accept(place)
    rules, opened, led = load_rules(place), list[WorkerDoors](), list[tuple[Host, ...]]()
    source = {"ANTHROPIC_API_KEY": "k", "HOME": str(place.state), "PATH": "/usr/bin"}
    agent = ClaudeAgent(
        place=place,
        config=Config(),
        rules=lambda: rules,
        source=source,
        python="python",
        contained=True,
        repository=place.repository,
        open_doors=opened.append,
        lead_doors=lambda _, hosts: led.append(hosts),
    )
    agent.launch(
        thread="1",
        start=1,
        session="",
        role=replace(ROLE, cell=Loosened(hosts=(Host(name="db.example"),))),
        prompt="Do it.",
        resumed="",
        cwd=place.checkout,
        hosts=("pypi.example:8443",),
    )
    agent.reach("w1-1", ("pypi.example:443", "own.example:443"))
    agent.reach("w2-1", ("pypi.example:443",))
    own = Host(name="own.example", private=True)
    of_role = Host(name="db.example")
    assert [one.hosts for one in opened] == [(own, Host(name="pypi.example", port=8443), of_role)]
    assert [one.of_role for one in opened] == [(of_role,)]
    assert led == [(own, Host(name="pypi.example"), Host(name="own.example"))]
