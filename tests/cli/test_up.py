"""`hubctl up` and `run`: what a hub needs, named before anything is started; one hub a repository; how it ends."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from hubctl import clock
from hubctl.core.ledger import events as e
from hubctl.ports.log import Asking
from hubctl.store.eventlog import SqliteEventLog
from support.shell import CLI, KEY, Shell
from support.waiting import PATIENCE, wait_until

PLAN = "issues: [{key: a, title: A}]"


def refused(shell: Shell, *words: str, **more: str) -> tuple[str, str]:
    """The refusal of `up`, which leaves everything as it was."""
    before = shell.files()
    said = shell.refused("up", *words, env=more)
    assert shell.files() == before
    assert shell.beats() is None
    return said


# --- programs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["up", "run"])
def test_no_tmux(ready: Shell, verb: str) -> None:
    words = ["--plan", "-"] if verb == "run" else []
    ended = ready.hubctl(verb, *words, env=ready.only("git", "sh"), stdin=PLAN.encode())
    assert ended.returncode == 1
    assert "hubctl: `tmux` is not installed" in ended.stderr
    assert "apt-get install tmux" in ended.stderr
    assert ready.requests() == ()


def test_an_old_tmux(ready: Shell) -> None:
    ready.program("tmux", "#!/bin/sh\necho tmux 2.9\n")
    message, cure = refused(ready)
    assert message.startswith("`tmux` is version 2.9, and hubctl needs 3.2")
    assert "install tmux 3.2" in cure


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("#!/bin/sh\necho '1.0.3 (Claude Code)'\n", 0o755, "is 1.0.3; hubctl needs 2.1.100 or newer"),
        (
            "#!/bin/sh\necho 'claude native binary not installed' >&2\nexit 1\n",
            0o755,
            "native binary not inst",
        ),
        ("#!/bin/sh\necho 'claude 9'\n", 0o755, "does not answer as Claude Code does: `claude 9`"),
        ("", 0o755, "cannot be started"),
        (CLI, 0o644, "cannot be started"),
    ],
    ids=["too-old", "a-stub", "another-program", "an-empty-file", "no-program"],
)
def test_a_worker_cli_of_no_use(ready: Shell, text: str, mode: int, said: str) -> None:
    program = ready.program("claude", text, mode)
    message, cure = refused(ready)
    assert f"{program}" in message
    assert said in message
    assert "npm install" in cure


def test_no_worker_cli(shell: Shell) -> None:
    shell.configure(command=["no-such-claude"])
    message, cure = refused(shell)
    assert "The worker CLI `no-such-claude` cannot be started" in message
    assert "npm install" in cure


# --- the login ----------------------------------------------------------------------------------------------------


def test_not_logged_in(shell: Shell) -> None:
    shell.configure(key="")
    message, cure = refused(shell)
    assert f"`{shell.env['HOME']}`" in message
    assert "claude" in cure
    shell.log_in()
    message, cure = refused(shell)
    assert message == f"Claude Code is not logged in in `{shell.env['HOME']}`."
    assert "/login" in cure


def test_a_key_that_was_rejected_once(ready: Shell) -> None:
    known = {"hasCompletedOnboarding": True, "customApiKeyResponses": {"rejected": [KEY[-20:]]}}
    (ready.root / "home" / ".claude.json").write_text(json.dumps(known))
    message, cure = refused(ready)
    assert "`ANTHROPIC_API_KEY` was rejected once" in message
    assert "/config" in cure


# --- the files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["hubctl.yaml", "POLICY.md", ".hubctl/roles/coder.md", ".claude/settings.json", ".mcp.json"],
)
def test_a_file_that_nobody_trusted_starts_nothing(ready: Shell, name: str) -> None:
    ready.write(name, "{}")
    what = "changed" if name == "hubctl.yaml" else "new"
    message, cure = refused(ready)
    assert f"`{name}` ({what})" in message
    assert cure == "Read them, then run `hubctl trust`."


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hubctl.yaml", "worker:\n  comand: [claude]\n", "`hubctl.yaml` line 2: `comand`"),
        ("POLICY.md", "# Ours\n\n```yaml hubctl\nrulez: {}\n```\n", "`POLICY.md` line 4: `rulez`"),
        (".hubctl/roles/coder.md", "---\nmodle: opus\n---\nWork.\n", "coder.md` line 2: `modle`"),
    ],
    ids=["config", "policy", "role"],
)
def test_a_wrong_word_in_a_trusted_file_is_named_with_its_line(
    ready: Shell, name: str, text: str, said: str
) -> None:
    if name != "hubctl.yaml":
        ready.configure()
    ready.write(name, text)
    ready.trust()
    message, cure = refused(ready)
    assert said in message
    assert cure


# --- one hub ------------------------------------------------------------------------------------------------------


def beating(shell: Shell, hub: "subprocess.Popen[str]") -> None:
    wait_until(lambda: shell.beats() == hub.pid or hub.poll() is not None, PATIENCE, "the hub's heart")
    assert hub.poll() is None, hub.communicate()[0]


def test_a_second_hub_is_refused_and_down_ends_the_first(ready: Shell) -> None:
    with ready.start("up") as hub:
        try:
            beating(ready, hub)
            document = ready.json("status")["hub"]
            assert (document["running"], document["pid"]) == (True, hub.pid)
            for words in (["up"], ["up", "--detach"]):
                message, cure = ready.refused(*words)
                assert message == f"A hub runs already for `{ready.checkout}`."
                assert "hubctl status" in cure
            assert ready.told("down") == "The hub has ended.\n"
            said, _ = hub.communicate(timeout=PATIENCE)
        finally:
            hub.kill()
    assert hub.returncode == 0
    assert f"The hub of {ready.checkout} runs (pid {hub.pid})" in said
    assert ready.json("status")["hub"] == {"running": False, "pid": None, "heartbeat_at": None}


def test_ctrl_c_ends_the_hub_with_130_and_says_that_workers_live_on(ready: Shell) -> None:
    with ready.start("up") as hub:
        try:
            beating(ready, hub)
            hub.send_signal(signal.SIGINT)
            said, _ = hub.communicate(timeout=PATIENCE)
        finally:
            hub.kill()
    assert hub.returncode == 130
    assert "The workers stay alive. Go on with `hubctl up`" in said
    assert "Traceback" not in said
    kinds = [e.kind_of(event) for event in ready.events()]
    assert (kinds[0], kinds[-1]) == ("hub-started", "hub-stopped")


def test_a_detached_hub_by_the_real_worker_cli_leaves_nothing(shell: Shell, claude: Path) -> None:
    shell.configure(command=[str(claude)])
    shell.log_in()
    said = shell.told("up", "--detach")
    pid = shell.beats()
    assert pid
    assert f"The hub runs (pid {pid})" in said
    try:
        words = {"token": "wrong"}
        log = SqliteEventLog(shell.place.db)
        asked = Asking(verb="done", by="worker:w1-1", thread="1", text="all mine", words=words)
        number = log.ask(asked, at=clock.now())
        taken = wait_until(
            lambda: [x.event for x in log.read() if isinstance(x.event, e.RequestTaken)],
            PATIENCE,
            "the request",
        )
        log.close()
    finally:
        ended = shell.told("down")
    assert ended == "The hub has ended.\n"
    assert [(event.number, event.refusal) for event in taken] == [
        (number, "`nobody` may not speak for thread 1")
    ]
    wait_until(lambda: has_ended(pid), PATIENCE, "the end of the process")
    assert [path for path in (shell.root / "sockets").rglob("hubctl-*") if path.is_socket()] == []
    assert "Traceback" not in shell.place.hub_output.read_text()


def has_ended(pid: int) -> bool:
    """Gone, or left as a zombie to a parent that does not ask."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_down_without_a_hub(prepared: Shell) -> None:
    before = prepared.files()
    assert prepared.told("down") == "No hub was running.\n"
    assert prepared.files() == before


def test_down_with_workers_obeys_no_untrusted_file(ready: Shell) -> None:
    ready.write("hubctl.yaml", "tmux: {socket: default}\n")
    message, cure = ready.refused("down", "--workers")
    assert "`hubctl.yaml` (changed)" in message
    assert "hubctl trust" in cure
    ready.trust()
    assert ready.told("down", "--workers") == "No hub was running. The workers have ended too.\n"


def test_a_hub_that_was_killed_is_no_hub(ready: Shell) -> None:
    with ready.start("up") as hub:
        beating(ready, hub)
        hub.kill()
        hub.communicate()
    document = ready.json("status")["hub"]
    assert (document["running"], document["pid"]) == (False, None)
    assert document["heartbeat_at"]
    assert ready.told("down") == "No hub was running.\n"


# --- run ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["missing.yaml", "empty.yaml"])
def test_run_with_a_wrong_plan_prepares_nothing(shell: Shell, name: str) -> None:
    (shell.checkout / "empty.yaml").touch()
    before = shell.files()
    message, cure = shell.refused("run", "--plan", name)
    assert f"`{name}`" in message
    assert cure
    assert shell.files() == before


def test_run_finds_the_state_by_its_name(ready: Shell) -> None:
    env = {"HUBCTL_STATE": str(ready.place.state), "PATH": os.environ["PATH"]}
    ready.write("POLICY.md", "# New\n")
    ended = ready.hubctl("run", "--plan", "-", env=env, cwd=ready.root, stdin=PLAN.encode())
    assert ended.returncode == 1
    assert "`POLICY.md` (new)" in ended.stderr
