"""What verbs share: texts for a terminal, columns, times, threads by their numbers."""

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.cli.follow import Follower
from hubctl.cli.shared import columns, find_thread, people_only, print_json, printable, standing, table
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.text import escaped
from hubctl.core.vocabulary.words import ThreadId
from hubctl.errors import HubError, UsageError
from support.shell import opened, working


@given(st.text(alphabet=st.characters()))
def test_nothing_that_is_shown_drives_a_terminal(text: str) -> None:
    assert escaped(text).isprintable()
    assert printable(text).count("\n") == text.count("\n")
    assert all(line.isprintable() for line in printable(text).split("\n"))


@given(st.text().filter(str.isprintable))
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text


def test_json_holds_everything_in_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "Größe \x9b\ud800"})
    assert capsys.readouterr().out == '{\n  "title": "Gr\\u00f6\\u00dfe \\u009b\\ud800"\n}\n'


def test_a_table_is_as_wide_as_it_needs() -> None:
    assert table([("1", "a\x1bb"), ("22", "c")], ("ID", "WHAT")) == "ID  WHAT\n1   a\\x1bb\n22  c"


def test_a_thread_is_found_by_its_number() -> None:
    state = fold([opened("3")])
    assert find_thread(state, "#3").id == "3"
    with pytest.raises(UsageError, match="There is no thread `4`"):
        find_thread(state, "4")
    with pytest.raises(UsageError, match="none yet"):
        find_thread(HubState(), "1")


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert standing(tmp_path) == tmp_path
    with pytest.raises(HubError, match="does not exist"):
        standing(tmp_path / "mistyped")


def test_people_speak_outside_panes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    people_only("up")
    monkeypatch.setenv("HUBCTL_WORKER", "w1-1")
    with pytest.raises(HubError, match="`hubctl up` is for people"):
        people_only("up")


# --- the lines of `run` -------------------------------------------------------------------------------------------


@contextmanager
def terminal(width: int) -> Iterator[TextIO]:
    """A real one, so many columns wide."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    import termios

    termios.tcsetwinsize(theirs, (24, width))
    with os.fdopen(theirs, "w") as stream:
        yield stream
    os.close(ours)


def test_a_terminal_has_columns_and_a_file_has_plenty(tmp_path: Path) -> None:
    with terminal(72) as stream:
        assert columns(stream) == 72
    with (tmp_path / "file").open("w") as file:
        assert columns(file) == 1000


def follower(tmp_path: Path, title: str) -> tuple[Follower, Thread]:
    state = fold([opened(title=title), *working(pid=1, worktree=tmp_path, start_commit="c")])
    one = Follower(plan="p1", state=state)
    return one, state.threads[ThreadId("1")]


def test_a_line_is_cut_to_the_terminal_that_it_goes_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, thread = follower(tmp_path, "long " * 40)
    with terminal(60) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert len(one._line(thread)) == 59


@pytest.mark.parametrize(("value", "coloured"), [(None, True), ("", True), ("1", False)])
def test_no_color_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None, coloured: bool
) -> None:
    from hubctl.core.vocabulary.values import replace
    from hubctl.core.vocabulary.words import ThreadState

    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    one, thread = follower(tmp_path, "A title\x1b]0;owned\x07")
    line = one._line(replace(thread, state=ThreadState.FAILED))
    assert ("\x1b[31m" in line) is coloured
    assert "\x1b]" not in line
    assert "A title\\x1b]0;owned" in line
