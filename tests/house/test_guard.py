"""The guard guards: no test reaches the person's HOME, login, hub or tmux."""

import os
import subprocess
from pathlib import Path

import pytest

from support.waiting import wait_until
from tests.conftest import FOREIGN, PRIVATE, REAL_HOME

OWN = {"HUBCTL_TEST_RUN", "TMUX_TMPDIR", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"}


def test_home_is_not_the_persons() -> None:
    assert Path.home() != REAL_HOME
    assert Path("~").expanduser() == Path.home()


@pytest.mark.parametrize("name", PRIVATE)
def test_touching_the_persons_files_raises(name: str) -> None:
    with pytest.raises(PermissionError, match="must not touch"):
        (REAL_HOME / name).open("ab")
    with pytest.raises(PermissionError, match="must not touch"):
        (REAL_HOME / name / "deeper").mkdir()


def test_the_environment_is_clean() -> None:
    foreign = {name for name in os.environ if name.startswith(FOREIGN) and not name.startswith("XDG_")}
    assert foreign <= OWN
    assert all(
        Path(os.environ[name]).is_relative_to(Path.home()) for name in os.environ if name.startswith("XDG_")
    )


def test_git_has_an_identity_and_a_branch(repository: Path) -> None:
    words = ["git", "log", "--format=%an <%ae> %D"]
    said = subprocess.run(words, cwd=repository, check=True, capture_output=True, text=True).stdout
    assert said == "A Tester <tester@example.invalid> HEAD -> main\n"


def test_waiting_gives_the_first_true_answer() -> None:
    answers = iter([0, "", "here"])
    assert wait_until(lambda: next(answers), what="the third answer") == "here"


def test_waiting_in_vain_fails_by_name() -> None:
    with pytest.raises(pytest.fail.Exception, match="the second coming: not within"):
        wait_until(lambda: False, seconds=0, what="the second coming")
