"""A run of tests: what is chosen, what is counted, and what makes it fail."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("pyproject.toml", "tests/conftest.py", "scripts/lanes.py", "support/leftovers.py")
GOOD = """
import pytest
def test_fast(): pass
@pytest.mark.extra
def test_long(): pass
@pytest.mark.live
def test_live(claude_version): pass
@pytest.mark.live
@pytest.mark.core
def test_core(claude_version): pass
"""
HANGING = """
import os, pathlib, pytest, threading
@pytest.fixture
def cleaned():
    yield
    pathlib.Path(os.environ["ENDS"], os.environ.get("PYTEST_XDIST_WORKER", "fast")).touch()
def hang():
    pathlib.Path(os.environ["BEGINS"], os.environ.get("PYTEST_XDIST_WORKER", "fast")).touch()
    threading.Event().wait()
def test_fast(cleaned): hang()
@pytest.mark.live
def test_live(cleaned): hang()
"""


@pytest.fixture
def checkout(repository: Path) -> Path:
    """A small project with the real scripts and conftest; its scripts/check is always content."""
    for name in COPIED:
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, repository / name)
    (repository / ".gitignore").write_text(".pytest_cache/\n.hypothesis/\n__pycache__/\n", encoding="utf-8")
    set_check(repository, code=0)
    return repository


def set_check(checkout: Path, code: int) -> None:
    check = checkout / "scripts" / "check"
    check.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    check.chmod(0o755)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "scripts.lanes", *words]


def run_tests(checkout: Path, source: str, *words: str) -> tuple[int, list[str]]:
    """Exit code and the lines of what was said."""
    (checkout / "tests" / "test_it.py").write_text(source, encoding="utf-8")
    done = subprocess.run(command(*words), cwd=checkout, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_the_commit_set_is_counted_over_both_lanes(checkout: Path) -> None:
    code, lines = run_tests(checkout, GOOD)
    assert lines[-2:] == ["left out: 2 (scripts/test --all runs them)", "4 passed, 0 failed, 0 skipped"]
    assert code == 0


def test_all_leaves_nothing_out(checkout: Path) -> None:
    code, lines = run_tests(checkout, GOOD, "--all")
    assert lines[-2:] == [
        "left out: 0 (scripts/test --all runs them)",
        "10 passed, 0 failed, 0 skipped",
    ]  # the live ones twice
    assert code == 0


def test_words_choose_and_an_empty_lane_is_fine_then(checkout: Path) -> None:
    set_check(checkout, code=1)
    code, lines = run_tests(checkout, GOOD, "-k", "fast or long")
    assert lines[-1] == "1 passed, 0 failed, 0 skipped"
    assert "failed: scripts/check found something, see above" in lines
    assert not [line for line in lines if "no live test ran" in line]
    assert code == 1


def test_words_that_choose_nothing_fail(checkout: Path) -> None:
    code, lines = run_tests(checkout, GOOD, "-m", "core", "-k", "fast")
    assert (code, lines[-1]) == (1, "0 passed, 0 failed, 0 skipped")
    assert "failed: no test ran" in lines


def test_failures_an_empty_lane_and_leftovers_are_named(checkout: Path) -> None:
    source = """
import pytest, tempfile
@pytest.fixture
def broken(): raise ValueError
def test_bad(): assert 0
def test_broken(broken): pass
@pytest.mark.skip(reason="why not")
def test_skipped(): pass
def test_forgetful():
    tempfile.mkdtemp(prefix="forgotten-")
    open("dropped", "w").close()
"""
    code, lines = run_tests(checkout, source)
    assert (code, lines[-1]) == (1, "1 passed, 2 failed, 1 skipped")
    problems = [line for line in lines if line.startswith("failed: ")]
    assert "failed: no live test ran" in problems
    assert "failed: left behind: changed in the checkout: ?? dropped" in problems
    assert any("left behind: file: " in problem and "forgotten-" in problem for problem in problems)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_an_interrupt_ends_both_lanes_in_good_order(
    checkout: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    (checkout / "tests" / "test_it.py").write_text(HANGING, encoding="utf-8")
    begins, ends = tmp_path / "begins", tmp_path / "ends"
    begins.mkdir()
    ends.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env = {**own, "BEGINS": str(begins), "ENDS": str(ends)}
    with subprocess.Popen(command(), cwd=checkout, env=env, stdout=subprocess.PIPE) as process:
        try:
            wait_until(lambda: len(list(begins.iterdir())) == 2, what="the hanging tests")
        finally:
            process.send_signal(ending)
        assert process.wait(PATIENCE) == 130
    assert "fast" in [path.name for path in ends.iterdir()]
