"""`hubctl doctor`: each thing that can be wrong is named with its cure, and the rest is still looked at."""

import json
from contextlib import closing
from typing import Any

import pytest

from hubctl.cells.cgroups import ground
from hubctl.core.vocabulary.values import replace
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
from support.core.builders import WORKING
from support.shell import Shell

NAMES = [
    "hubctl",
    "git",
    "tmux",
    "state",
    "disk",
    "files",
    "trust",
    "worker CLI",
    "cells",
    "login",
    "board",
    "hub",
    "terminals",
    "alerts",
    "log",
    "snapshot",
]


def bad(shell: Shell, **more: Any) -> dict[str, tuple[str, str]]:
    """(detail, cure) of what is wrong, by name; the exit code says whether anything is."""
    ended = shell.hubctl("doctor", "--json", **more)
    checks = json.loads(ended.stdout)
    assert all(set(check) == {"name", "ok", "detail", "cure"} for check in checks)
    found = {check["name"]: (check["detail"], check["cure"]) for check in checks if not check["ok"]}
    assert all(detail and cure for detail, cure in found.values())
    assert ended.returncode == bool(found)
    return found


def test_all_is_well(ready: Shell) -> None:
    said = ready.told("doctor").splitlines()
    assert [line.partition(":")[0] for line in said] == [f"ok  {name}" for name in NAMES]


def test_what_the_hub_answers_by_itself_is_a_note(ready: Shell) -> None:
    ready.log_in(key="another-key-that-was-approved-once", folder=ready.root / "elsewhere")
    assert bad(ready) == {}
    (login,) = [line for line in ready.told("doctor").splitlines() if "login:" in line]
    assert "`ANTHROPIC_API_KEY` is not approved" in login
    assert f"does not trust `{ready.checkout}` yet" in login
    assert login.count("The hub answers that.") == 2


def test_it_says_who_holds_the_limits_of_cells(ready: Shell) -> None:
    ready.write("hubctl.yaml", "worker: {cell: wanted}\n")
    ready.told("trust")
    (cells,) = [line for line in ready.hubctl("doctor").stdout.splitlines() if " cells:" in line]
    assert "`worker.limits`" in cells
    assert ("the kernel holds" in cells) == (ground() is not None)


def test_what_is_wrong_is_named_and_the_rest_is_looked_at(ready: Shell) -> None:
    state = ready.place.state
    state.chmod(0o755)
    ready.write("POLICY.md", "```yaml hubctl\nrulez: {}\n```\n")
    ready.program("claude", "#!/bin/sh\necho '1.0.3 (Claude Code)'\n")
    ready.program("tmux", "#!/bin/sh\necho tmux 2.9\n")
    (ready.root / "home" / ".claude.json").unlink()
    found = bad(ready)
    assert {"tmux", "state", "files", "trust", "worker CLI", "login"} <= set(found)
    assert not {"git", "disk", "hub", "log"} & set(found)
    assert found["state"] == (f"Others can read `{state}`, which holds tokens.", f"chmod 700 '{state}'")
    assert "`POLICY.md` line 2: `rulez`" in found["files"][0]
    assert "1.0.3" in found["worker CLI"][0]


def test_without_a_repository_or_an_init(shell: Shell) -> None:
    assert "is not prepared" in bad(shell)["repository"][0]
    assert "no git repository" in bad(shell, cwd=shell.root)["repository"][0]


@pytest.mark.parametrize("place", [0, 4096], ids=["head", "pages"])
def test_a_damaged_log_is_named_by_every_verb(prepared: Shell, place: int) -> None:
    db = prepared.place.db
    for passing in ("-wal", "-shm"):
        db.with_name(db.name + passing).unlink(missing_ok=True)
    content = bytearray(db.read_bytes())
    content[place:] = b"\x5a" * (len(content) - place)
    db.write_bytes(bytes(content))
    for verb in ("status", "up"):
        message, cure = prepared.refused(verb)
        assert message.startswith(f"`{db}` cannot be used: ")
        assert "restore" in cure
    assert f"`{db}`" in bad(prepared)["log"][0]
    assert db.read_bytes() == bytes(content)


def test_a_snapshot_that_does_not_say_what_the_log_says_is_a_bug(ready: Shell) -> None:
    ready.log(*WORKING)
    with closing(SqliteEventLog(ready.place.db)) as log:
        hub = SqliteHistory(log)
        hub.catch_up()
        assert bad(ready) == {}
        log.snapshots.write(hub.head, replace(hub.state, requests=99), anew=False)
    assert "bug" in bad(ready)["snapshot"][1]
