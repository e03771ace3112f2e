"""`hubctl check` by real processes: with and without a hub, with a broken state, from an empty environment."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import ThreadId
from support.shell import AT, Ended, Shell, opened, working
from support.waiting import PATIENCE, wait_until
from support.webhook import Webhook, listening

NUMBERS = re.compile(r" \| threads=\d+ late=\d+ asks=\d+ alerts=\d+ workers=\d+ heartbeat_age=(\d+s|U)$")
GONE = 2**22 + 1
"""No process has this number."""


def check(shell: Shell, *words: str, code: int) -> str:
    """What it says; stderr stays empty, for cron would mail it."""
    ended = shell.hubctl("check", *words)
    assert (ended.returncode, ended.stderr) == (code, ""), ended.stdout + ended.stderr
    return ended.stdout


def kill_a_hub(shell: Shell) -> int:
    """A hub that ran and was killed, with a thread that needs it. Returns its pid."""
    with shell.start("up") as hub:
        wait_until(lambda: shell.beats() == hub.pid or hub.poll() is not None, PATIENCE, "the hub's heart")
        hub.kill()
        hub.communicate()
    shell.log(opened())
    return hub.pid


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with listening() as made:
        yield made


# --- what it finds ------------------------------------------------------------------------------------------------


def test_all_is_well_and_nothing_is_written(prepared: Shell) -> None:
    before = prepared.files()
    said = check(prepared, code=0)
    assert said.startswith("HUBCTL OK - nothing is late, and nobody is missing | threads=0 ")
    assert NUMBERS.search(said.splitlines()[0])
    assert prepared.files() == before


def test_a_killed_hub_is_found_without_tmux_and_git(ready: Shell) -> None:
    pid = kill_a_hub(ready)
    ended = ready.hubctl("check", env={"PATH": str(ready.root / "bin")})
    assert ended.returncode == 2, ended.stderr
    first, second, third = ended.stdout.splitlines()
    assert first.startswith(f"HUBCTL CRITICAL - 1 critical, 1 warning: The hub (pid {pid}) was killed")
    assert "thread 1 needs it. `hubctl up --detach` | threads=1 " in first
    assert NUMBERS.search(first)
    assert second.startswith("CRITICAL hub-dead: The hub")
    assert third.startswith("WARNING late: Thread 1 (Issue 1): hub has the ball and is late by ")
    document = json.loads(check(ready, "--json", code=2))
    assert (document["status"], document["code"]) == ("critical", 2)
    assert [(one["kind"], one["severity"], one["thread"]) for one in document["findings"]] == [
        ("hub-dead", "critical", None),
        ("late", "warning", "1"),
    ]
    assert document["performance"]["threads"] == 1


def test_a_stopped_hub_has_no_heart(ready: Shell) -> None:
    ready.write("POLICY.md", "```yaml hubctl\nrules: {hub-dead: {after: 0s}}\n```\n")
    ready.trust()
    with ready.start("up") as hub:
        try:
            wait_until(
                lambda: ready.beats() == hub.pid or hub.poll() is not None, PATIENCE, "the hub's heart"
            )
            hub.send_signal(signal.SIGSTOP)
            said = check(ready, code=2)
        finally:
            hub.kill()
            hub.communicate()
    assert f"The hub (pid {hub.pid}) runs, yet its heart stands still for" in said
    assert f"`kill {hub.pid}`" in said


def test_dead_workers_open_asks_and_alerts_are_named(prepared: Shell) -> None:
    one, two = ThreadId("1"), ThreadId("2")
    prepared.log(
        opened("1", title="One | \x1b]0;owned\x07"),
        opened("2"),
        *working(pid=GONE, worktree=prepared.checkout, start_commit="c", thread="1"),
        *working(pid=os.getpid(), worktree=prepared.checkout, start_commit="c", thread="2"),
        e.Asked(at=AT, thread=two, text="Which one?"),
        e.HubStopped(at=AT, why="ended"),
        e.AlertRaised(
            at=AT,
            thread=None,
            alert="a1",
            kind="board-unreachable",
            severity="warning",
            because="board-unreachable",
            episode="1",
            text="The board is silent",
        ),
    )
    ended = prepared.hubctl("check", env={"PATH": str(prepared.root / "bin")})
    assert ended.returncode == 2
    kinds = [line.split(":")[0] for line in ended.stdout.splitlines()[1:]]
    assert kinds == [
        "CRITICAL hub-dead",
        "CRITICAL worker-dead",
        "WARNING late",
        "WARNING ask-unanswered",
        "WARNING alert",
        "WARNING tmux",
    ]
    assert f"Thread {one} (One / " in ended.stdout
    assert "waits for a person" in ended.stdout
    assert "workers=1" in ended.stdout
    assert all(character.isprintable() or character == "\n" for character in ended.stdout)


def test_a_pid_that_was_used_again_is_no_worker(ready: Shell) -> None:
    sessions = ready.root / "home" / ".claude" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / f"{os.getpid()}.json").write_text(json.dumps({"pid": os.getpid(), "procStart": "1"}))
    ready.log(opened(), *working(pid=os.getpid(), worktree=ready.checkout, start_commit="c"))
    assert "CRITICAL worker-dead: Thread 1" in check(ready, code=2)


def test_a_tmux_that_hangs_costs_its_time_and_no_more(prepared: Shell) -> None:
    prepared.program("tmux", "#!/bin/sh\nexec sleep 1000\n")
    prepared.log(opened(), *working(pid=os.getpid(), worktree=prepared.checkout, start_commit="c"))
    said = check(prepared, code=2)
    assert "WARNING tmux: tmux did not answer" in said
    assert "worker-dead" not in said


# --- what it cannot tell ------------------------------------------------------------------------------------------


def test_no_repository_is_unknown(shell: Shell) -> None:
    said = check(shell, code=3)
    assert said.startswith(
        f"HUBCTL UNKNOWN - `{shell.checkout}` is not prepared for hubctl yet. Run `hubctl init`"
    )
    assert json.loads(check(shell, "--json", code=3))["code"] == 3


def test_a_broken_state_is_unknown_and_told(ready: Shell, hook: Webhook) -> None:
    ready.configure(alerts={"targets": [hook.address]})
    for name in ("hub.db", "hub.db-wal", "hub.db-shm"):
        (ready.place.state / name).unlink(missing_ok=True)
    assert "hub.db` is gone" in check(ready, code=3)
    assert not ready.place.state.joinpath("hub.db").exists(), "an empty one would say that all is well"
    (ready.place.state / "hub.db").write_text("no database at all, and long enough to be read as one")
    assert "HUBCTL UNKNOWN - " in check(ready, "--notify", code=3)
    assert "cannot tell" in hook.taken[0]["message"]


@pytest.mark.parametrize("trusted", [True, False])
def test_broken_rules_are_a_finding_and_the_shipped_ones_hold(ready: Shell, trusted: bool) -> None:
    pid = kill_a_hub(ready)
    ready.write(
        "POLICY.md",
        "```yaml hubctl\nrules: {hub-dead: {off: true}}\n```\n"
        if not trusted
        else "```yaml hubctl\nrulez: 1\n```\n",
    )
    ready.write("hubctl.yaml", "tmux: {socket: [}\n")
    if trusted:
        ready.trust()
    said = check(ready, code=2)
    assert f"CRITICAL hub-dead: The hub (pid {pid})" in said
    if not trusted:
        assert (
            "WARNING files: changed since it was trusted: `hubctl.yaml`, `POLICY.md`. `hubctl trust`" in said
        )
        return
    assert "WARNING files: `hubctl.yaml` was not read" in said
    assert "WARNING files: `POLICY.md` was not read, so the shipped rules were taken" in said


def test_a_check_that_hangs_ends_in_time(ready: Shell) -> None:
    ready.trust()
    kept = next(ready.place.accepted.iterdir())
    kept.unlink()
    os.mkfifo(kept)
    words = (
        "from hubctl.cli import check; check.LIMIT_SECONDS = 0.5; from hubctl.__main__ import main; main()"
    )
    command = [sys.executable, "-c", words, "check"]
    ended = subprocess.run(
        command, cwd=ready.checkout, env=ready.env, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (3, "")
    assert ended.stdout.startswith("HUBCTL UNKNOWN - It did not end within")


# --- telling ------------------------------------------------------------------------------------------------------


def test_it_tells_once_an_episode_and_the_end(ready: Shell, hook: Webhook) -> None:
    ready.configure(alerts={"targets": [hook.address]})
    kill_a_hub(ready)
    assert "Told 1 of 1 targets." in check(ready, "--notify", code=2)
    assert "Told" not in check(ready, "--notify", code=2)
    (got,) = hook.taken
    assert got["title"] == f"hubctl {ready.checkout.name}: CRITICAL"
    assert got["message"].startswith("CRITICAL: The hub (pid ")
    ready.log(e.ThreadCanceled(at=AT, thread=ThreadId("1"), why="stopped"))
    with ready.start("up") as hub:
        try:
            wait_until(
                lambda: ready.beats() == hub.pid or hub.poll() is not None, PATIENCE, "the hub's heart"
            )
            check(ready, "--notify", code=0)
        finally:
            hub.terminate()
            hub.communicate()
    assert hook.taken[1]["message"].startswith("Over: The hub (pid ")
    assert hook.address not in (ready.place.state / "told.json").read_text()


def test_what_was_not_delivered_is_a_finding_and_is_sent_again(ready: Shell, hook: Webhook) -> None:
    ready.configure(alerts={"targets": [hook.address.replace("//", "//me:s3cret-word@")]})
    kill_a_hub(ready)
    hook.refusals = 99
    said = check(ready, "--notify", code=2)
    assert "WARNING alert-undelivered: A message was not delivered: target 1 (`json://" in said
    assert "s3cret" not in said, "a target's URL may hold a secret"
    hook.refusals = 0
    check(ready, "--notify", code=2)
    assert len(hook.taken) == 1


def test_without_targets_it_says_that_nobody_is_told(ready: Shell) -> None:
    assert "Nobody is told" in check(ready, "--notify", code=0)


# --- mending ------------------------------------------------------------------------------------------------------


def down(shell: Shell) -> None:
    shell.told("down")


def test_fix_starts_a_dead_hub_once(ready: Shell) -> None:
    kill_a_hub(ready)
    try:
        said = check(ready, "--fix", code=1)
        pid = ready.beats()
        assert f"WARNING hub-started: The hub was dead, and `--fix` has started it again (pid {pid})" in said
        again = ready.hubctl("check", "--fix")
        assert "hub-started" not in again.stdout
        assert ready.beats() == pid
    finally:
        down(ready)


def test_fix_starts_no_hub_that_nothing_needs(ready: Shell) -> None:
    kill_a_hub(ready)
    ready.log(e.ThreadCanceled(at=AT, thread=ThreadId("1"), why="stopped"))
    assert "nothing needs it now" in check(ready, "--fix", code=1)
    assert not ready.json("status")["hub"]["running"]


def test_fix_that_cannot_says_why(ready: Shell) -> None:
    kill_a_hub(ready)
    ready.write("hubctl.yaml", "{}")
    said = check(ready, "--fix", code=2)
    assert "`--fix` could not start it: Not trusted on this machine: `hubctl.yaml`" in said


def test_two_checks_do_not_mend_and_tell_at_once(ready: Shell) -> None:
    kill_a_hub(ready)
    with (ready.place.state / "check.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        said = check(ready, "--fix", "--notify", code=2)
        assert "Another check" not in check(ready, code=2), "who only looks is in nobody's way"
    assert "Another check is at work" in said
    assert not ready.json("status")["hub"]["running"]


def test_a_worker_may_look_and_not_mend(ready: Shell, pane: dict[str, str]) -> None:
    for words in (["--fix"], ["--notify"]):
        ended: Ended = ready.hubctl("check", *words, env=pane)
        assert ended.returncode == 3
        assert "is for people" in ended.stdout
    assert ready.hubctl("check", env=pane).returncode == 0


# --- cron ---------------------------------------------------------------------------------------------------------

CRONTAB = """#!/bin/sh
tab='{tab}'
case $1 in
-l) [ -f "$tab" ] || {{ echo 'no crontab for tester' >&2; exit 1; }}; exec cat "$tab" ;;
-) exec cat >"$tab" ;;
esac
"""


@pytest.fixture
def tab(ready: Shell) -> Path:
    """What a `crontab` program of the test keeps."""
    tab = ready.root / "tab"
    ready.program("crontab", CRONTAB.format(tab=tab))
    return tab


def as_cron_runs_it(shell: Shell, line: str) -> Ended:
    """The command of a crontab's line, as cron's manual has it: five fields cut off, `\\%` is `%`, nothing inherited."""
    command = line.split(" ", 5)[5].replace("\\%", "%")
    words = ["env", "-i", "/bin/sh", "-c", command]
    return subprocess.run(words, cwd="/", capture_output=True, text=True, check=False)


def test_the_very_line_finds_a_killed_hub_and_delivers_it(ready: Shell, hook: Webhook, tab: Path) -> None:
    ready.configure(alerts={"targets": [hook.address]})
    tab.write_text("# mine\n0 5 * * * other\n")
    ready.told("cron", "install")
    pid = kill_a_hub(ready)
    mine, other, line = tab.read_text().splitlines()
    assert (mine, other) == ("# mine", "0 5 * * * other")
    ended = as_cron_runs_it(ready, line)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "")
    output = (ready.place.state / "check.log").read_text()
    assert f"CRITICAL hub-dead: The hub (pid {pid}) was killed" in output
    assert "Told 1 of 1 targets." in output
    assert f"The hub (pid {pid}) was killed" in hook.taken[0]["message"]


def test_the_line_is_written_once_shown_changed_and_removed(ready: Shell, tab: Path) -> None:
    assert "No line" in ready.told("cron", "show")
    assert "Written to your crontab" in ready.told("cron", "install")
    once = tab.read_text()
    assert "Already in your crontab" in ready.told("cron", "install")
    assert tab.read_text() == once
    assert ready.told("cron", "show") == once
    (line,) = ready.json("cron", "show")["lines"]
    assert line.startswith(f"*/5 * * * * HOME={ready.env['HOME']} LANG=C.UTF-8 PATH=")
    assert (
        f"TMUX_TMPDIR={ready.env['TMUX_TMPDIR']} {sys.executable} -I -m hubctl check --repo {ready.checkout}"
        in line
    )
    assert line.endswith(f"--notify >{ready.place.state}/check.log 2>&1 # hubctl check {ready.place.id}")
    ready.told("cron", "install", "--every", "1h", "--fix", "--no-notify")
    (changed,) = tab.read_text().splitlines()
    assert changed.startswith("@hourly HOME=")
    assert " --fix >" in changed
    assert "Removed" in ready.told("cron", "remove")
    assert tab.read_text() == ""
    assert "There was no line" in ready.told("cron", "remove")


def test_a_path_that_is_too_long_is_cut_to_what_is_needed(ready: Shell, tab: Path) -> None:
    many = [ready.root / ("x" * 50) / str(number) for number in range(30)]
    for folder in many:
        folder.mkdir(parents=True)
    ready.told("cron", "install", env={"PATH": os.pathsep.join([ready.env["PATH"], *map(str, many)])})
    path = tab.read_text().partition(" PATH=")[2].split(" ")[0].split(os.pathsep)
    assert str(ready.root / "bin") in path, "claude stands there"
    assert not set(map(str, many)) & set(path)


def test_no_crontab_is_said(ready: Shell) -> None:
    message, cure = ready.refused("cron", "install", env={"PATH": str(ready.root / "bin")})
    assert message.startswith("`crontab` is not installed")
    assert "apt-get install cron" in cure


def test_a_crontab_that_refuses_is_heard(ready: Shell) -> None:
    ready.program("crontab", "#!/bin/sh\necho 'you are not allowed to use this program' >&2\nexit 1\n")
    message, _ = ready.refused("cron", "show")
    assert "you are not allowed" in message


def test_a_time_that_cron_does_not_know(ready: Shell, tab: Path) -> None:
    message, _ = ready.refused("cron", "install", "--every", "7m")
    assert "every `7m`" in message
    assert not tab.exists()


def test_a_worker_writes_no_crontab(ready: Shell, pane: dict[str, str], tab: Path) -> None:
    message, _ = ready.refused("cron", "install", env=pane)
    assert "is for people" in message
    assert not tab.exists()
