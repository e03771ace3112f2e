"""Many workers ask many things at once: what comes of it, and how soon each ask was seen."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hubctl import clock
from support.live.desk import asker, begin, place, rests, waiting
from support.live.project import Project, issue

LOOK_SECONDS = 0.02


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
                delays.setdefault(ask.id, (clock.now() - ask.at).total_seconds())

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield delays
    finally:
        ended.set()
        looker.join()
