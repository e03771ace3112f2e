"""A repository of its own on the site, the hub's board on it, and the people there."""

from collections.abc import Callable

import pytest

from hubctl.boards.github.board import GithubBoard
from support.github.boards import QuickClock, board_of
from support.github.person import Person
from support.github.site import Site
from support.github.world import OUTSIDER, WRITER


@pytest.fixture
def repo(github: Site) -> str:
    return github.repository()


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
def board(github: Site, repo: str, clock: QuickClock) -> GithubBoard:
    return board_of(github, repo, clock=clock)


@pytest.fixture
def again(github: Site, repo: str) -> Callable[[], GithubBoard]:
    """The board as a hub sees it that was started anew."""
    return lambda: board_of(github, repo)


@pytest.fixture
def make(github: Site) -> Callable[..., GithubBoard]:
    """A board of any repository, by any token."""
    return lambda repo, **words: board_of(github, repo, **words)


@pytest.fixture
def wim(github: Site, repo: str) -> Person:
    """May write."""
    return github.person(WRITER, repo)


@pytest.fixture
def eve(github: Site, repo: str) -> Person:
    """May not."""
    return github.person(OUTSIDER, repo)
