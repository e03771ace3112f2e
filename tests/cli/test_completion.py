"""Completion, driven by the real shells: what they offer behind the cursor, and what it costs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.cli.verbs import VERBS
from hubctl.core.ledger.event import kind_of
from hubctl.core.ledger.events import KINDS
from support.shell import Shell, opened

EVIL = "$(touch owned) `touch owned` \"; touch owned; ' * \\$(touch owned) \x1b]0;owned\x07"
HEAVY = ("anthropic", "github", "inotify_simple", "libtmux", "rich", "yaml")
OFFER = """
source <(hubctl completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=${TYPE:-9}
_hubctl_completion hubctl
printf '%s\\n' "${COMPREPLY[@]}"
"""
LOADED = """
import sys
from hubctl.__main__ import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.fixture
def typing(prepared: Shell) -> Shell:
    """Three threads, one with a title that a shell must not read; `hubctl` is in PATH."""
    prepared.log(opened("1", title=EVIL), opened("2", title="Write it"), opened("12", title="Test it"))
    program = f'#!/bin/sh\nexec {sys.executable} -m hubctl "$@"\n'
    prepared.program("hubctl", program)
    return prepared


def in_bash(shell: Shell, *words: str, type: str = "9", cwd: Path | None = None) -> list[str]:
    """What bash is offered for the last of the words."""
    done = subprocess.run(
        ["bash", "--norc", "-c", OFFER, "bash", "hubctl", *words],
        cwd=cwd or shell.checkout,
        env={**shell.env, "TYPE": type},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert not (shell.checkout / "owned").exists()
    return [line for line in done.stdout.splitlines() if line]


def test_verbs_and_options(typing: Shell) -> None:
    assert in_bash(typing, "") == list(VERBS)
    assert in_bash(typing, "at") == ["attach"]
    assert in_bash(typing, "events", "--k") == ["--kind"]
    assert in_bash(typing, "completion", "") == ["bash", "zsh", "fish"]
    assert in_bash(typing, "no-such-verb", "") == []
    assert "--help" in in_bash(typing, "-")


@pytest.mark.parametrize("verb", ["attach", "logs", "stop"])
def test_threads(typing: Shell, verb: str) -> None:
    assert in_bash(typing, verb, "") == ["1", "2", "12"]
    assert in_bash(typing, verb, "1") == ["1", "12"]
    assert in_bash(typing, verb, "2") == ["2"]
    elsewhere = ["--repo", str(typing.checkout), ""]
    assert in_bash(typing, verb, *elsewhere, cwd=typing.root) == ["1", "2", "12"]


def test_a_list_shows_the_titles_and_a_single_offer_is_bare(typing: Shell) -> None:
    first, second, third = in_bash(typing, "attach", "", type="63")
    assert first.startswith("1             -- $(touch owned) `touch owned`")
    assert "\x1b" not in first
    assert (second, third) == ("2             -- Write it", "12            -- Test it")
    assert in_bash(typing, "attach", "2", type="63") == ["2"]


def test_kinds_of_events(typing: Shell) -> None:
    assert in_bash(typing, "events", "--kind", "") == [kind_of(kind) for kind in KINDS]
    assert in_bash(typing, "events", "--kind", "worker-d") == ["worker-died"]
    assert in_bash(typing, "events", "--thread", "12") == ["12"]


def test_where_there_is_nothing_to_offer_nothing_is_said(typing: Shell, tmp_path: Path) -> None:
    assert in_bash(typing, "attach", "", cwd=tmp_path) == []
    assert in_bash(typing, "attach", "--repo", "/no/such/folder", "") == []
    typing.place.db.write_bytes(b"this is no database" * 100)
    assert in_bash(typing, "attach", "") == []


@pytest.mark.parametrize(
    "words", [[""], ["attach", ""], ["logs", "--"], ["events", "--kind", ""]], ids=" ".join
)
def test_completing_loads_nothing_heavy_and_only_the_verb_it_needs(typing: Shell, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        cwd=typing.checkout,
        env={**typing.env, "_HUBCTL_COMPLETE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stderr.split())
    assert done.stdout
    assert loaded.isdisjoint(HEAVY)
    assert {f"hubctl.cli.{verb}" for verb in VERBS} & loaded == {
        f"hubctl.cli.{word}" for word in words[:1] if word
    }


def test_the_scripts_parse_where_their_shells_are(typing: Shell) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = typing.told("completion", shell)
        assert "_HUBCTL_COMPLETE=1" in script
        if shutil.which(shell):
            subprocess.run([shell, "-n", "-c", script], check=True, env=typing.env)
    assert "_describe" in typing.told("completion", "zsh")
    assert "complete --command hubctl" in typing.told("completion", "fish")
    assert typing.hubctl("completion", "tcsh").returncode == 2
