"""How a worker is started: its words, its settings, and the script that its hooks run."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.launch import (
    ASKING,
    HOOKS,
    CommandLine,
    cli_version,
    hook_script,
    session_id,
    settings_text,
    words,
)
from hubctl.errors import HubError
from support.waiting import PATIENCE

IDS = st.text(max_size=6)


def launch(
    *, resume: bool = False, system_prompt: str = "", mcp: Path | None = None, prompt: str = "Do it."
) -> CommandLine:
    return CommandLine(
        command=("claude",),
        session="id",
        resume=resume,
        model="sonnet",
        permission_mode="default",
        settings=Path("s.json"),
        system_prompt=system_prompt,
        mcp=mcp,
        prompt=prompt,
    )


@given(st.tuples(IDS, IDS, st.integers()), st.tuples(IDS, IDS, st.integers()))
def test_the_same_start_has_the_same_session_and_no_other_has(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    assert (session_id(*one) == session_id(*other)) is (one == other)


def test_the_session_ids_of_running_hubs_never_change() -> None:
    assert session_id("hub", "3", 1) == "4e5b34a5-b9dc-5032-9385-1618beb2c5da"


def test_the_words_of_a_first_start() -> None:
    line = words(launch(system_prompt="Be good.", mcp=Path("m.json")))
    flags = "--session-id id --settings s.json --permission-mode default --model sonnet"
    assert " ".join(line) == (
        f"claude {flags} --append-system-prompt Be good. --mcp-config m.json --strict-mcp-config -- Do it."
    )
    assert line[-2:] == ["--", "Do it."]


def test_the_words_of_a_resumed_session_without_a_prompt() -> None:
    line = words(launch(resume=True, prompt=""))
    assert " ".join(line) == "claude --resume id --settings s.json --permission-mode default --model sonnet"


@pytest.mark.parametrize("prompt", ["/clear", " /help", "exit", "QUIT "])
def test_a_prompt_that_would_run_as_a_command_is_refused(prompt: str) -> None:
    with pytest.raises(HubError, match="would run as a command") as refused:
        words(launch(prompt=prompt))
    assert refused.value.cure


def test_an_argument_that_the_kernel_would_refuse_is_refused_first() -> None:
    assert words(launch(prompt="x" * 100 * 1024))
    with pytest.raises(HubError, match="has 102402 bytes") as refused:
        words(launch(prompt="é" * (50 * 1024 + 1)))
    assert "file" in refused.value.cure


def test_settings_hold_the_rules_once_and_the_workers_own_words() -> None:
    found = json.loads(
        settings_text(allow=["Read", "Read"], ask=["WebFetch"], deny=["Bash(gh *)"], hook_script=None)
    )
    assert found["permissions"]["ask"] == ["WebFetch"]
    assert found["permissions"]["deny"] == ["Bash(gh *)", "ListAgents", "SendMessage"]
    assert found["permissions"]["allow"].count("Read") == 1
    assert {f"Bash(hubctl {verb}:*)" for verb in ("done", "progress")} <= set(found["permissions"]["allow"])
    assert set(found["hooks"]) == {"ConfigChange"}


def test_every_hook_runs_the_script_whatever_its_path() -> None:
    found = json.loads(settings_text(hook_script=Path("/a b/it's.sh"), extra={"cleanupPeriodDays": 9}))
    fence = found["hooks"].pop("ConfigChange")
    assert "exit 2" in fence[0]["hooks"][0]["command"]
    assert set(found["hooks"]) == set(HOOKS)
    commands = {entry["hooks"][0]["command"] for entries in found["hooks"].values() for entry in entries}
    assert commands == {f"sh '/a b/it'\"'\"'s.sh'{word}" for word in ("", " ask")}
    for name in ASKING:
        (asking,) = (entry["hooks"][0] for entry in found["hooks"][name])
        assert (asking["command"][-4:], asking["timeout"]) == (" ask", 86_400)
    assert found["cleanupPeriodDays"] == 9


@pytest.mark.parametrize("hooks", [None, Path("/hook.sh")])
def test_the_fence_stands_with_and_without_hooks_whatever_else_is_said(hooks: Path | None) -> None:
    found = json.loads(
        settings_text(hook_script=hooks, extra={"disableAllHooks": True, "crossSessionInbound": "allow"})
    )
    assert found["disableAllHooks"] is False
    assert found["statusLine"]["command"] == "true"
    assert found["crossSessionInbound"] == "refuse"
    assert {"ListAgents", "SendMessage"} <= set(found["permissions"]["deny"])


def test_the_dialog_of_the_unguarded_mode_is_never_answered_by_a_setting() -> None:
    assert "skipDangerous" not in settings_text(
        hook_script=None, extra={"skipDangerousModePermissionPrompt": True}
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "hook.sh"
    file.write_text(hook_script())
    return file


def run_hook(script: Path, spool: str | None, *, path: str = "", payload: str = '{"a": 1}') -> None:
    environment = {"PATH": path + os.environ["PATH"], "HUBCTL_TOKEN": "tok%s\\n-x"}
    if spool is not None:
        environment["HUBCTL_SPOOL"] = spool
    done = subprocess.run(
        ["sh", str(script)],
        input=payload,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_script_lays_a_private_file_with_token_and_payload(tmp_path: Path, script: Path) -> None:
    spool = tmp_path / "a spool"
    spool.mkdir()
    text = '{"prompt": "two\\nlines, %s and é"}' * 2000
    run_hook(script, str(spool), payload=text)
    (file,) = spool.iterdir()
    assert file.read_text() == f"tok%s\\n-x\n{text}"
    assert file.stat().st_mode & 0o777 == 0o600
    stamp, _, pid = file.stem.partition("-")
    assert (len(stamp), stamp.isdigit(), pid.isdigit(), file.suffix) == (19, True, True, ".json")


@pytest.mark.parametrize("spool", [None, "", "/nonexistent/spool"])
def test_a_missing_spool_stops_no_worker(script: Path, spool: str | None) -> None:
    run_hook(script, spool, payload="x" * 300_000)


@pytest.mark.parametrize("answer", ["1767225600N", "1767225600", "1767225600%N"])
def test_a_date_that_knows_no_nanoseconds_still_orders_the_files(
    tmp_path: Path, script: Path, answer: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "date").write_text(f"#!/bin/sh\necho '{answer}'\n")
    (tmp_path / "bin" / "date").chmod(0o755)
    spool = tmp_path / "spool"
    spool.mkdir()
    run_hook(script, str(spool), path=f"{tmp_path / 'bin'}:")
    (file,) = spool.iterdir()
    assert file.name.startswith("1767225600000000000-")


def cli(tmp_path: Path, text: str) -> tuple[str, ...]:
    file = tmp_path / "claude"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return (str(file),)


def test_the_version_of_the_worker_cli(tmp_path: Path) -> None:
    assert cli_version(cli(tmp_path, "echo '2.1.329 (Claude Code)'")) == "2.1.329"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo '2.1.99 (Claude Code)'", "is 2.1.99; hubctl needs 2.1.100"),
        ("echo 'Error: claude native binary not installed.' >&2; exit 1", "native binary not installed"),
        ("echo v20.0.0", "does not answer as Claude Code does: `v20.0.0`"),
    ],
)
def test_a_worker_cli_that_will_not_do(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(HubError, match=message) as refused:
        cli_version(cli(tmp_path, text))
    assert "npm install -g @anthropic-ai/claude-code" in refused.value.cure


def test_a_missing_worker_cli_is_named(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="no-such-cli") as refused:
        cli_version([str(tmp_path / "no-such-cli")])
    assert refused.value.cure == "npm install -g @anthropic-ai/claude-code"
