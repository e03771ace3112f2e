"""The hub's board on the site, with a clock that waits no time."""

import threading

from hubctl.boards.github.board import GithubBoard
from support.github.site import Site
from support.github.world import HUB


class QuickClock:
    """Each wait is over at once and moves the time; `waits` holds them. Safe to use from any thread."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.stopped = False
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def steady(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        with self._lock:
            self.waits.append(seconds)
            self.now += seconds
        return self.stopped


def board_of(site: Site, repo: str, *, token: str = HUB, clock: QuickClock | None = None) -> GithubBoard:
    return GithubBoard(
        repo,
        api_url=site.url,
        token=lambda: token,
        clock=clock or QuickClock(),
        stop=threading.Event(),
    )
