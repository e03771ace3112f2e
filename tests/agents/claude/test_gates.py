"""A gate takes one answer for one hook that waits, and never holds anybody up."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from hubctl.agents.claude.gates import release_gate, release_gates, write_gate

NAME = "1795290135466149786-19413.gate"
SHORT = 0.1


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    made = tmp_path / NAME
    os.mkfifo(made)
    return made


def reader(gate: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["cat", str(gate)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_a_hook_that_waits_takes_all_of_it(gate: Path) -> None:
    text = "ä" * 300_000
    hook, taken = reader(gate), list[bool]()
    writer = threading.Thread(target=lambda: taken.append(write_gate(gate, text)))
    writer.start()
    assert hook.communicate()[0].decode() == text
    writer.join()
    assert taken == [True]
    assert not gate.exists()


def test_a_hook_that_is_gone_takes_nothing(gate: Path) -> None:
    assert not write_gate(gate, "yes", ready_seconds=SHORT)
    assert not write_gate(gate.with_name("2-2.gate"), "yes")


def test_a_hook_may_be_slower_than_its_report(gate: Path) -> None:
    taken = list[bool]()
    writer = threading.Thread(target=lambda: taken.append(write_gate(gate, "yes", ready_seconds=30)))
    writer.start()
    assert reader(gate).communicate()[0] == b"yes"
    writer.join()
    assert taken == [True]


def test_a_hook_is_let_go_without_a_word(gate: Path) -> None:
    hook = reader(gate)
    assert not write_gate(gate.with_name("3-3.gate"), "no")
    release_gates(gate.parent)
    assert hook.communicate()[0] == b""
    assert not gate.exists()
    release_gate(gate)


@pytest.mark.parametrize("name", ["token", "1-1.json", "a.gate", "1-1.gate.gate"])
def test_only_gates_are_touched(tmp_path: Path, name: str) -> None:
    other = tmp_path / name
    other.write_text("mine")
    assert not write_gate(other, "yes", ready_seconds=SHORT)
    release_gate(other)
    release_gates(tmp_path)
    assert other.read_text() == "mine"


def test_a_file_with_a_gates_name_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / NAME).symlink_to(target)
    assert not write_gate(tmp_path / NAME, "yes", ready_seconds=SHORT)
    assert target.read_text() == "mine"
