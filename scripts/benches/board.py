"""What an hour of GitHub Issues as the board costs in requests, and how long a person's label takes to start a worker.

scripts/bench board [--no-workers] [--version V]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

from hubctl import clock
from hubctl.boards.github.board import GithubBoard
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.board import MARKER, READY, RUNNING, Face
from hubctl.core.vocabulary.values import Struct
from hubctl.store.eventlog import SqliteEventLog
from scripts.sample import sample
from support.github.boards import QuickClock, board_of
from support.github.site import Site, serving
from support.github.wire import Call, Exchange
from support.github.world import HUB, WRITER
from support.live.project import Project, work
from support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]

SIZES = (1, 100, 1000)
TICK_SECONDS = 10
HOUR_SECONDS = 3600
TURN_SECONDS = 60
"""Busy: as often a person comments on an issue, and the hub shows a new state of another."""
TURNS = HOUR_SECONDS // TURN_SECONDS
ROUNDS, LOOK_SECONDS = 5, 1
"""Of labels that start a worker, and how often that hub looks."""
TRIGGERS = (READY, "agent:reviewer")


class Hour(Struct, frozen=True, kw_only=True):
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


def main(words: list[str]) -> int:
    """0 where an idle hour costs the sweeps at most, and a busy one tells every turn."""
    parser = argparse.ArgumentParser(prog="scripts/bench board", description=__doc__)
    parser.add_argument("--no-workers", action="store_true", help="the requests alone")
    parser.add_argument("--version", default="2.1.329", help="of the worker CLI")
    said = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site:
        site.judge.sits = False
        hours = [_hour(site, issues=issues, busy=busy) for issues in SIZES for busy in (False, True)]
        _print(hours)
        if not said.no_workers:
            _print_delays(list(islice(_delays(site, said.version), ROUNDS)))
    return 0 if all(hour.is_fine for hour in hours) else 1


def _print(hours: list[Hour]) -> None:
    print(f"An hour, a look each {TICK_SECONDS} s; busy: one act of a person and one of the hub a minute")
    print(f"{'issues':>7} {'':6}{'requests':>9}{'counted':>9}{'writes':>8}{'allowed':>9}  turns told")
    for hour in hours:
        kind = "busy" if hour.busy else "idle"
        allowed = "-" if hour.budget is None else str(hour.budget)
        print(
            f"{hour.issues:>7} {kind:6}{hour.requests:>9}{hour.counted:>9}{hour.writes:>8}{allowed:>9}"
            f"  {hour.told}/{hour.turns}"
        )


def _print_delays(delays: list[tuple[float, float]]) -> None:
    """In looks, since the machine's speed and the interval are one's own choice."""
    looks, starts = zip(*delays, strict=True)
    print(f"From a person's label, a look each {LOOK_SECONDS} s, median of {len(delays)}:")
    print(f"  to its thread {median(looks):.1f} looks, to its worker's process {median(starts):.1f} looks")


def _delays(site: Site, version: str) -> Iterator[tuple[float, float]]:
    """Looks from the label until its thread is open, and until its worker runs."""
    claude = ROOT / ".worker-cli" / version / "node_modules" / ".bin" / "claude"
    repo = site.repository()
    person = site.person(WRITER, repo)
    with sample() as place:
        project = Project.make(place.repository, claude, place.repository.parent)
        state = place.repository.parent / "state"
        project.env.update(place.env, XDG_STATE_HOME=str(state), GITHUB_TOKEN=HUB)
        remote = place.repository.parent / "remote.git"
        subprocess.run(["git", "clone", "-q", "--bare", str(place.repository), str(remote)], check=True)
        subprocess.run(["git", "remote", "add", "origin", str(remote)], cwd=place.repository, check=True)
        board = {"kind": "github", "repo": repo, "api_url": site.url}
        project.configure(claude, board=board, poll_seconds=LOOK_SECONDS)
        try:
            project.up()
            db = Path(project.json("init")["state"]) / "hub.db"
            while True:
                number = person.open("Listen", "\n".join(work("a.txt")))
                begun = clock.now().timestamp()
                person.label(number, READY)
                opened = wait_until(partial(_at, db, e.ThreadOpened, number), 60, "its thread")
                started = wait_until(partial(_at, db, e.WorkerStarted, number), 60, "its worker")
                yield (opened - begun) / LOOK_SECONDS, (started - begun) / LOOK_SECONDS
        finally:
            project.end()


def _at(db: Path, kind: type[e.ThreadOpened | e.WorkerStarted], issue: int) -> float:
    """Seconds since 1970; 0: not yet."""
    log = SqliteEventLog(db)
    try:
        found = (one.event for one in log.read() if isinstance(one.event, kind))
        return next((ev.at.timestamp() for ev in found if str(ev.thread) == str(issue)), 0.0)
    finally:
        log.close()


def _hour(site: Site, *, issues: int, busy: bool) -> Hour:
    repo = site.repository()
    numbers = [_open(site, repo, n) for n in range(issues)]
    # The bench's hour takes seconds: what nobody touches in it must be older than that.
    site.world.stale |= {(repo, number): "2020-01-01T00:00:00Z" for number in numbers[TURNS:]}
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
    site.person(WRITER, repo).comment(numbers[turn % min(TURNS, len(numbers))], f"Turn {turn}")
    label = RUNNING if turn % 2 else READY
    board.show(numbers[turn // 2 % min(TURNS, len(numbers))], Face(label=label, comment=f"Turn {turn}"))


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
    sys.exit(main(sys.argv[1:]))
