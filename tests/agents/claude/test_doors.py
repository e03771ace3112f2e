"""Where a worker's login comes from when its cell has none, and what stands in its place."""

import json
from pathlib import Path

import pytest

from hubctl.agents.claude.doors import DUMMY, QUIET, VENDOR, cell_environment, model_door
from hubctl.doors.rules import MODEL_PATHS, Secret, Source
from hubctl.errors import HubError

KEY = "ANTHROPIC_API_KEY"


def test_a_key_of_the_hubs_own_environment_is_read_there(tmp_path: Path) -> None:
    """Only one that a configuration says in clear is written down."""
    mine, theirs = {KEY: "from-the-hub"}, {KEY: "from-a-file"}
    (read,) = model_door(mine, tmp_path, mine).vault.secrets
    assert read == Secret(header="x-api-key", source=Source.ENVIRONMENT, name=KEY)
    (said,) = model_door(theirs, tmp_path, mine).vault.secrets
    assert said == Secret(header="x-api-key", source=Source.VALUE, name="from-a-file")


@pytest.mark.parametrize("name", ["ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"])
def test_a_token_is_sent_as_one(name: str, tmp_path: Path) -> None:
    door = model_door({name: "t"}, tmp_path, {name: "t"})
    assert door.vault.secrets == (
        Secret(header="authorization", before="Bearer ", source=Source.ENVIRONMENT, name=name),
    )
    assert door.env[name] == DUMMY


@pytest.mark.parametrize(
    ("file", "content", "source"),
    [
        (".claude/.credentials.json", {"claudeAiOauth": {}}, Source.CLAUDE),
        (".claude/settings.json", {"apiKeyHelper": "pass show key"}, Source.COMMAND),
        (".claude.json", {"primaryApiKey": "k"}, Source.VALUE),
    ],
)
def test_a_login_that_the_home_keeps(
    file: str, content: dict[str, object], source: Source, tmp_path: Path
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(json.dumps(content))
    assert [secret.source for secret in model_door({}, tmp_path, {}).vault.secrets] == [source]


def test_without_a_login_and_with_a_cloud_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="not logged in"):
        model_door({}, tmp_path, {})
    with pytest.raises(HubError, match="signs each request") as caught:
        model_door({"CLAUDE_CODE_USE_BEDROCK": "1", KEY: "k"}, tmp_path, {})
    assert "cell: off" in caught.value.cure


def test_where_it_leads_and_what_goes_along(tmp_path: Path) -> None:
    env = {
        KEY: "k",
        "ANTHROPIC_BASE_URL": "https://gateway.example",
        "ANTHROPIC_CUSTOM_HEADERS": "X-Team: a\nbroken\n",
    }
    vault = model_door(env, tmp_path, {}).vault
    assert (vault.upstream, vault.paths) == ("https://gateway.example", MODEL_PATHS)
    assert vault.secrets[1] == Secret(header="x-team", source=Source.VALUE, name="a")
    assert model_door({KEY: "k"}, tmp_path, {}).vault.upstream == VENDOR


def test_no_login_is_in_a_cells_environment(tmp_path: Path) -> None:
    """Neither the key nor what would go along with it; a command has not even the dummy."""
    env = {
        KEY: "real",
        "ANTHROPIC_CUSTOM_HEADERS": "x: real",
        "AWS_SECRET_ACCESS_KEY": "real",
        "LANG": "C.UTF-8",
    }
    worker = cell_environment(env, model_door(env, tmp_path, {}))
    command = cell_environment(env, None)
    assert not any("real" in value for value in [*worker.values(), *command.values()])
    assert (worker[KEY], worker["LANG"], KEY in command) == (DUMMY, "C.UTF-8", False)
    assert QUIET.items() <= worker.items()
