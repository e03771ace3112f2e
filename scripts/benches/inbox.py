"""Eight workers ask twenty things in all, answered in random order: nothing is lost or crossed, and how long it takes.

    scripts/bench inbox [--quick] [--version V]

From the hook's own time to the ask in the log, as a reader of the log sees it (goal: under 1 s in the median), and from the
person's answer to the worker's going on.
"""

import argparse
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from hubctl import clock
from hubctl.core.ledger.asks import ANSWERED
from scripts.sample import sample
from tests.live.desk import asker, begin, place, rests, waiting
from tests.live.project import Project, issue

ROOT = Path(__file__).resolve().parents[2]
GOAL_SECONDS = 1.0
LOOK_SECONDS = 0.02


def main(words: list[str]) -> int:
    """0 where every ask was met once, answered once and taken, in time."""
    parser = argparse.ArgumentParser(prog="scripts/bench inbox", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four workers and eight asks")
    parser.add_argument("--version", default="2.1.329", help="of the worker CLI")
    said = parser.parse_args(words)
    claude = ROOT / ".worker-cli" / said.version / "node_modules" / ".bin" / "claude"
    workers, asks = (4, 8) if said.quick else (8, 20)
    with sample() as place_:
        project = Project.make(place_.repository, claude, place_.repository.parent)
        project.env.update(place_.env, XDG_STATE_HOME=str(place_.repository.parent / "state"))
        try:
            return _report(project, *measure(project, workers, asks), version=said.version)
        finally:
            project.end()


def measure(project: Project, workers: int, asks: int) -> tuple[int, int, dict[str, float]]:
    """How many were to come, how many came to what was decided, and the delays by ask in seconds."""
    asker(project)
    names = {
        f"w{w}": [f"w{w}-{n}" for n in range(asks // workers + (w < asks % workers))] for w in range(workers)
    }
    issues = [
        issue(key, key, *(f"@bash touch {name}" for name in mine), "@say Over.", role="asker")
        for key, mine in names.items()
    ]
    begin(project, *issues)
    with _looking(project) as delays:
        denied = _answer(project, asks)
        rests(project, *names)
    every = {name: key for key, mine in names.items() for name in mine}
    right = sum((place(project, key) / name).exists() is (name not in denied) for name, key in every.items())
    return asks, right, delays


def _answer(project: Project, asks: int) -> set[str]:
    """Answers whatever is open, in random order; the files that must not be there."""
    chance, denied, met = random.Random(1), set[str](), set[str]()
    while len(met) < asks:
        if found := [ask for ask in waiting(project) if ask.id not in met]:
            ask = chance.choice(found)
            met.add(ask.id)
            allowed = chance.random() < 0.7
            denied |= set() if allowed else {str(ask.fields["command"]).removeprefix("touch ")}
            project.hubctl(*(("approve", ask.id) if allowed else ("deny", ask.id, "--why", "Not this one.")))
    return denied


@contextmanager
def _looking(project: Project) -> Iterator[dict[str, float]]:
    """Somebody who reads the log all the time: when each ask is seen first, in seconds after its hook."""
    delays, ended = dict[str, float](), threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            for ask in waiting(project):
                delays.setdefault(ask.id, (clock.now() - ask.asked_at).total_seconds())

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield delays
    finally:
        ended.set()
        looker.join()


def _report(project: Project, asks: int, right: int, delays: dict[str, float], *, version: str) -> int:
    known = project.folded().asks.values()
    taken = sum(ask.over == ANSWERED for ask in known)
    middle, most = median(delays.values()), max(delays.values())
    print(f"worker CLI {version}: {asks} asks, {len(known)} met, {taken} taken, {right} effects as decided")
    print(f"dialog to inbox: median {middle * 1000:.0f} ms, slowest {most * 1000:.0f} ms")
    return 0 if asks == len(known) == taken == right and middle < GOAL_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
