"""The hub's login: where it comes from, and that git gets it without showing it."""

import os
import subprocess
from pathlib import Path

import pytest

from hubctl.boards.github import login
from hubctl.ports.board import BoardUnreachable

ENTERPRISE = "https://github.example.com/api/v3"


def gh(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "gh"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_the_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gh(tmp_path, "echo from-gh", monkeypatch)
    assert login.token() == "from-gh"
    monkeypatch.setenv("GITHUB_TOKEN", " from-environment\n")
    assert login.token() == "from-environment"


def test_gh_is_asked_for_the_server_of_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gh(tmp_path, 'echo "$*"', monkeypatch)
    assert login.token() == "auth token --hostname github.com"
    assert login.token(ENTERPRISE) == "auth token --hostname github.example.com"


@pytest.mark.parametrize("script", ["exit 1", "true"])
def test_no_login_says_how_to_log_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    gh(tmp_path, script, monkeypatch)
    with pytest.raises(BoardUnreachable, match="GITHUB_TOKEN") as caught:
        login.token()
    assert "gh auth login" in caught.value.cure


def test_without_gh_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BoardUnreachable, match="not installed"):
        login.token()


def test_git_gets_the_token_for_that_server_alone(tmp_path: Path) -> None:
    environment = {**os.environ, **login.git_environment(ENTERPRISE, "secret")}

    def said(host: str) -> str:
        asked = f"protocol=https\nhost={host}\n\n"
        words = ["git", "credential", "fill"]
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, input=asked, capture_output=True, text=True, check=False
        )
        return done.stdout

    assert "password=secret\n" in said("github.example.com")
    assert "secret" not in said("elsewhere.example.com")
    assert all("secret" not in value for name, value in environment.items() if name != "HUBCTL_GIT_TOKEN")
