"""What an hour of GitHub Issues as the board costs in requests, counted and not, with 1, 100 and 1,000 issues."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hubctl.boards.github.board import GithubBoard
from hubctl.core.board import MARKER, READY, RUNNING, Face
from tests.github.boards import QuickClock, board_of
from tests.github.site import Site, serving
from tests.github.wire import Call, Exchange
from tests.github.world import WRITER

SIZES = (1, 100, 1000)
TICK_SECONDS = 10
HOUR_SECONDS = 3600
TURN_SECONDS = 60
"""Busy: as often a person comments on an issue, and the hub shows a new state of another."""
TRIGGERS = (READY, "agent:reviewer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """`counted` requests use up the hour's 5,000; `writes` are among them. `budget`: what `counted` may be, if anything."""

    issues: int
    busy: bool
    requests: int
    counted: int
    writes: int
    told: int
    turns: int

    @property
    def budget(self) -> int | None:
        """Idle: the sweeps alone."""
        return None if self.busy else 4 * -(-self.issues // 100)

    @property
    def is_fine(self) -> bool:
        return self.told >= self.turns and (self.budget is None or self.counted <= self.budget)


def main() -> int:
    """0 where an idle hour costs the sweeps at most, and a busy one tells every turn."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site:
        site.judge.sits = False
        hours = [_hour(site, issues=issues, busy=busy) for issues in SIZES for busy in (False, True)]
    print(f"An hour, a look each {TICK_SECONDS} s; busy: one act of a person and one of the hub a minute")
    print(f"{'issues':>7} {'':6}{'requests':>9}{'counted':>9}{'writes':>8}{'allowed':>9}  turns told")
    for hour in hours:
        kind = "busy" if hour.busy else "idle"
        allowed = "-" if hour.budget is None else str(hour.budget)
        print(
            f"{hour.issues:>7} {kind:6}{hour.requests:>9}{hour.counted:>9}{hour.writes:>8}{allowed:>9}"
            f"  {hour.told}/{hour.turns}"
        )
    return 0 if all(hour.is_fine for hour in hours) else 1


def _hour(site: Site, *, issues: int, busy: bool) -> Hour:
    repo = site.repository()
    numbers = [_open(site, repo, n) for n in range(issues)]
    clock = QuickClock()
    board = board_of(site, repo, clock=clock)
    news = board.news(cursor="", triggers=TRIGGERS)
    cursor = news.cursor if news else ""
    board.news(cursor=cursor, triggers=TRIGGERS)
    first = len(site.world.log)
    told = turns = 0
    for second in range(0, HOUR_SECONDS, TICK_SECONDS):
        clock.now += TICK_SECONDS
        if busy and second % TURN_SECONDS == 0:
            turns += 1
            _turn(site, board, repo, numbers, turns)
        if news := board.news(cursor=cursor, triggers=TRIGGERS):
            cursor, told = news.cursor, told + 1
    return _added_up(
        site.calls(repo), site.world.log[:first], issues=issues, busy=busy, told=told, turns=turns
    )


def _turn(site: Site, board: GithubBoard, repo: str, numbers: list[int], turn: int) -> None:
    site.person(WRITER, repo).comment(numbers[turn % len(numbers)], f"Turn {turn}")
    label = RUNNING if turn % 2 else READY
    board.show(numbers[(turn // 2) % len(numbers)], Face(label=label, comment=f"Turn {turn}"))


def _added_up(
    calls: list[Exchange], before: list[Exchange], *, issues: int, busy: bool, told: int, turns: int
) -> Hour:
    known = {id(call) for call in before}
    fresh = [call for call in calls if id(call) not in known]
    return Hour(
        issues=issues,
        busy=busy,
        requests=len(fresh),
        counted=sum(call.counted for call in fresh),
        writes=sum(call.method != "GET" for call in fresh),
        told=told,
        turns=turns,
    )


def _open(site: Site, repo: str, number: int) -> int:
    """Past the layer, for speed: nobody asks who set these labels."""
    words = {"title": f"Title {number}", "body": "What to do.", "labels": [MARKER]}
    call = Call(method="POST", path=f"/repos/{repo}/issues", token=WRITER, body=json.dumps(words).encode())
    made: int = site.world.emulator.ask(call).json["number"]
    return made


if __name__ == "__main__":
    raise SystemExit(main())
