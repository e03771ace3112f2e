"""When a file needs to be read again: whenever it may have changed, and not otherwise."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hubctl.watch.stamps import STEP_SECONDS, Stamps

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STEP = timedelta(seconds=STEP_SECONDS)


def write(file: Path, text: str, at: datetime) -> None:
    file.write_text(text)
    os.utime(file, (at.timestamp(), at.timestamp()))


@pytest.fixture
def stamps() -> Stamps:
    return Stamps(now=lambda: NOW)


def test_an_old_file_is_read_once_until_it_changes(tmp_path: Path, stamps: Stamps) -> None:
    file = tmp_path / "a"
    write(file, "idle", NOW - 3 * STEP)
    assert [stamps.changed(file), stamps.changed(file)] == [True, False]
    write(file, "busy", NOW - 2 * STEP)
    assert [stamps.changed(file), stamps.changed(file)] == [True, False]
    stamps.forget(file)
    assert stamps.changed(file)


def test_another_file_of_the_same_size_and_time_is_a_change(tmp_path: Path, stamps: Stamps) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, name, NOW - 2 * STEP)
    assert stamps.changed(tmp_path / "a")
    (tmp_path / "b").replace(tmp_path / "a")
    assert stamps.changed(tmp_path / "a")


def test_a_fresh_file_may_change_again_unseen(tmp_path: Path, stamps: Stamps) -> None:
    file = tmp_path / "a"
    write(file, "idle", NOW)
    assert stamps.changed(file)
    write(file, "busy", NOW)
    assert stamps.changed(file)


def test_a_fresh_file_that_the_kernel_told_of_is_known(tmp_path: Path, stamps: Stamps) -> None:
    file = tmp_path / "a"
    write(file, "idle", NOW)
    assert stamps.changed(file, told=True)
    assert not stamps.changed(file)
    assert stamps.changed(file, told=True)


def test_a_missing_file_is_news_once(tmp_path: Path, stamps: Stamps) -> None:
    file = tmp_path / "a"
    assert [stamps.changed(file), stamps.changed(file)] == [True, False]
    write(file, "idle", NOW - 2 * STEP)
    assert stamps.changed(file)
    file.unlink()
    assert [stamps.changed(file), stamps.changed(file)] == [True, False]
