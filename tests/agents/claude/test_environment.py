"""What a worker sees of its surroundings, and what would keep it from starting."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.agents.claude.environment import check_ready, shim, worker_environment
from support.waiting import PATIENCE

SOURCE = {
    "HOME": "/home/dev",
    "PATH": "/usr/bin",
    "LANG": "en_US.UTF-8",
    "LC_TIME": "de_DE.UTF-8",
    "TERM": "xterm",
    "ANTHROPIC_API_KEY": "key-that-has-more-than-20-characters",
    "AWS_SECRET_ACCESS_KEY": "aws",
    "GOOGLE_APPLICATION_CREDENTIALS": "google",
    "GITHUB_TOKEN": "gh",
    "GH_TOKEN": "gh",
    "SSH_AUTH_SOCK": "ssh",
    "HUBCTL_TOKEN": "another worker's",
    "MY_TOOL": "tool",
    "PYTHONPATH": "/p",
}


def environment(
    source: dict[str, str],
    *,
    config: dict[str, str] | None = None,
    role: dict[str, str] | None = None,
    pass_env: str = "",
) -> dict[str, str]:
    return worker_environment(
        source=source,
        config_env=config,
        pass_env=pass_env.split(),
        role_env=role,
        home=Path("/home/worker"),
        shims=Path("/state/bin"),
        worker="w1",
        token="tok",
        state=Path("/state"),
        spool=Path("/state/spool/w1"),
    )


def test_the_environment_is_an_allow_list() -> None:
    assert environment(SOURCE) == {
        "HOME": "/home/worker",
        "PATH": "/state/bin:/usr/bin",
        "LANG": "en_US.UTF-8",
        "LC_TIME": "de_DE.UTF-8",
        "TERM": "tmux-256color",
        "ANTHROPIC_API_KEY": "key-that-has-more-than-20-characters",
        "DISABLE_AUTOUPDATER": "1",
        "HUBCTL_WORKER": "w1",
        "HUBCTL_TOKEN": "tok",
        "HUBCTL_STATE": "/state",
        "HUBCTL_SPOOL": "/state/spool/w1",
        "GH_CONFIG_DIR": "/state/spool/gh",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": "",
        "GIT_TERMINAL_PROMPT": "0",
    }


def test_the_hubs_logins_are_not_passed_whoever_names_them() -> None:
    found = environment(SOURCE, pass_env="GITHUB_TOKEN GH_TOKEN SSH_AUTH_SOCK MY_TOOL")
    assert {"GITHUB_TOKEN", "GH_TOKEN", "SSH_AUTH_SOCK", "MY_TOOL"} & set(found) == {"MY_TOOL"}


def test_what_a_person_names_is_passed_and_the_role_has_the_last_word() -> None:
    found = environment(
        SOURCE,
        config={"A": "config", "B": "config"},
        role={"B": "role", "HUBCTL_TOKEN": "x"},
        pass_env="MY_TOOL NOT_SET",
    )
    assert (found["A"], found["B"], found["MY_TOOL"], found["HUBCTL_TOKEN"]) == (
        "config",
        "role",
        "tool",
        "tok",
    )
    assert "NOT_SET" not in found


@pytest.mark.parametrize("place", ["source", "config"])
def test_a_clouds_keys_come_only_with_its_switch(place: str) -> None:
    switch = {"CLAUDE_CODE_USE_BEDROCK": "1"}
    found = environment({**SOURCE, **switch}) if place == "source" else environment(SOURCE, config=switch)
    assert found["AWS_SECRET_ACCESS_KEY"] == "aws"
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in found


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({}, "C.UTF-8"),
        ({"LANG": "C"}, "C.UTF-8"),
        ({"LANG": "de_DE.utf8"}, "de_DE.utf8"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, "C.UTF-8"),
    ],
)
def test_a_worker_always_has_utf8(given: dict[str, str], language: str) -> None:
    found = environment({"PATH": "/usr/bin", **given})
    assert (found["LANG"], found.get("LC_ALL")) == (language, None)


def test_a_path_of_the_configuration_comes_behind_the_shim() -> None:
    assert environment(SOURCE, config={"PATH": "/mine"})["PATH"] == "/state/bin:/mine"


def test_the_shim_runs_this_interpreter_without_the_projects_modules(tmp_path: Path) -> None:
    file = tmp_path / "hubctl"
    file.write_text(
        shim(sys.executable).replace("-m hubctl", "-c 'import sys; print(sys.flags.isolated, sys.argv[1:])'")
    )
    told = subprocess.run(
        ["sh", str(file), "done", "a b"], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert told.stdout.strip() == "1 ['done', 'a b']"


def ready_home(home: Path, **changes: object) -> Path:
    (home / ".claude").mkdir(parents=True, exist_ok=True)
    known = {
        "hasCompletedOnboarding": True,
        "customApiKeyResponses": {"approved": [SOURCE["ANTHROPIC_API_KEY"][-20:]]},
        "projects": {str(home.resolve()): {"hasTrustDialogAccepted": True}},
    }
    (home / ".claude.json").write_text(json.dumps({**known, **changes}))
    return home


def test_a_ready_home_has_no_findings_and_a_trusted_parent_is_enough(tmp_path: Path) -> None:
    ready_home(tmp_path)
    assert check_ready(tmp_path, SOURCE, [tmp_path, tmp_path / "a" / "b"]) == ()


def test_a_home_that_was_never_set_up(tmp_path: Path) -> None:
    (found, _) = check_ready(tmp_path, SOURCE, [tmp_path])
    assert "never set up" in found.message
    assert f"HOME={tmp_path} claude" in found.cure


def test_a_key_that_nobody_approved_names_the_dialog(tmp_path: Path) -> None:
    ready_home(tmp_path, customApiKeyResponses={"approved": ["other"], "rejected": []})
    (found,) = check_ready(tmp_path, SOURCE, [])
    assert "Do you want to use this API key?" in found.message
    assert found.answered


def test_a_key_that_was_rejected_is_asked_for_no_more(tmp_path: Path) -> None:
    ends = {"approved": [], "rejected": [SOURCE["ANTHROPIC_API_KEY"][-20:]]}
    ready_home(tmp_path, customApiKeyResponses=ends)
    (found,) = check_ready(tmp_path, SOURCE, [])
    assert "rejected" in found.message
    assert not found.answered
    assert check_ready(tmp_path, {**SOURCE, "CLAUDE_CODE_OAUTH_TOKEN": "x"}, []) == ()


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac keeps the login in its keychain")
def test_no_credential_at_all(tmp_path: Path) -> None:
    ready_home(tmp_path)
    (found,) = check_ready(tmp_path, {}, [])
    assert "not logged in" in found.message
    assert not found.answered


@pytest.mark.parametrize(
    "name", ["ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_VERTEX"]
)
def test_other_credentials_need_no_approval(tmp_path: Path, name: str) -> None:
    assert check_ready(ready_home(tmp_path), {name: "x"}, []) == ()


@pytest.mark.parametrize("file", [".credentials.json", "settings.json"])
def test_a_stored_login_or_a_key_helper_is_a_credential(tmp_path: Path, file: str) -> None:
    ready_home(tmp_path)
    (tmp_path / ".claude" / file).write_text('{"apiKeyHelper": "get-key"}')
    assert check_ready(tmp_path, {}, []) == ()


def test_an_untrusted_folder_is_named(tmp_path: Path) -> None:
    ready_home(tmp_path, projects={str(tmp_path / "other"): {"hasTrustDialogAccepted": True}})
    (found,) = check_ready(tmp_path, SOURCE, [tmp_path / "project"])
    assert str((tmp_path / "project").resolve()) in found.message + found.cure
    assert found.answered


@pytest.mark.parametrize("text", ["", "{", "[]", '{"projects": 3, "customApiKeyResponses": [1]}'])
def test_a_broken_file_of_the_cli_is_a_finding_and_no_crash(tmp_path: Path, text: str) -> None:
    (tmp_path / ".claude.json").write_text(text)
    assert len(check_ready(tmp_path, SOURCE, [tmp_path])) == 2


def test_nothing_of_the_users_is_written(tmp_path: Path) -> None:
    check_ready(tmp_path, SOURCE, [tmp_path])
    assert list(tmp_path.iterdir()) == []
