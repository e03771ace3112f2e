"""What a hub costs while nothing happens: its share of a core beside idle workers, and how soon a verb is heard.

    scripts/bench idle [--quick] [--version V]

Goals with three idle workers: under 0.2 % of a core for the hub and its connection to tmux, and a request taken up within
20 ms in the median, from the call that writes it down to its event in the log, as a reader meets it.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from threading import Event

from hubctl import clock
from hubctl.core.ledger import events as e
from hubctl.ports.log import Asking
from hubctl.store.eventlog import SqliteEventLog
from scripts.sample import sample
from support.live.project import Project, issue, wait_for_view

ROOT = Path(__file__).resolve().parents[2]
GOAL_PERCENT, GOAL_MS = 0.2, 20.0
CALM_SECONDS = 30.0
"""After its first turn a worker's own files and titles still move, and what was seen of it settles."""
PAUSE_SECONDS, LOOK_SECONDS = 0.7, 0.0005


def main(words: list[str]) -> int:
    """0 where both goals are met."""
    parser = argparse.ArgumentParser(prog="scripts/bench idle", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 s and 15 requests instead of 120 s and 40")
    parser.add_argument("--version", default="2.1.329", help="of the worker CLI")
    parser.add_argument("--workers", type=int, default=3, help="how many there are")
    said = parser.parse_args(words)
    claude = ROOT / ".worker-cli" / said.version / "node_modules" / ".bin" / "claude"
    seconds, requests = (20.0, 15) if said.quick else (120.0, 40)
    with sample() as place:
        project = Project.make(place.repository, claude, place.repository.parent)
        project.env.update(place.env, XDG_STATE_HOME=str(place.repository.parent / "state"))
        try:
            share, delays = measure(project, said.workers, seconds, requests)
        finally:
            project.end()
    delay = median(delays) * 1000
    print(f"worker CLI {said.version}, {said.workers} idle workers")
    print(f"share of a core: {share:.2f} % of {seconds:g} s (goal: under {GOAL_PERCENT:g})")
    print(f"a request is taken: median {delay:.1f} ms, slowest {max(delays) * 1000:.1f} (goal: {GOAL_MS:g})")
    return int(share >= GOAL_PERCENT or delay > GOAL_MS)


def measure(project: Project, workers: int, seconds: float, requests: int) -> tuple[float, list[float]]:
    """The hub's share of a core in percent, and the seconds until each request was taken."""
    project.policy(rules={"idle-no-handoff": {"after": "1h"}})
    hub = project.up()
    names = [f"Listen {number}" for number in range(workers)]
    plan = project.plan(*(issue(f"k{n}", name, "@say Ready.") for n, name in enumerate(names)))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    for name in names:
        wait_for_view(project, name, "idle")
    Event().wait(CALM_SECONDS)
    before = cpu_seconds(hub.pid)
    Event().wait(seconds)
    share = (cpu_seconds(hub.pid) - before) / seconds * 100
    db = Path(project.json("init")["state"]) / "hub.db"
    with closing(SqliteEventLog(db)) as log:
        return share, list(_delays(log, requests))


def _delays(log: SqliteEventLog, count: int) -> Iterator[float]:
    """Of requests that change nothing, in seconds."""
    seen = max((logged.seq for logged in log.read()), default=0)
    for _ in range(count):
        Event().wait(PAUSE_SECONDS)
        begun = time.perf_counter()
        number, taken = log.ask(Asking(verb="trigger", by="human"), at=clock.now()), False
        while not taken:
            Event().wait(LOOK_SECONDS)
            for logged in log.read(since=seen):
                seen, event = logged.seq, logged.event
                taken = taken or (isinstance(event, e.RequestTaken) and event.number == number)
        yield time.perf_counter() - begun


def cpu_seconds(pid: int) -> float:
    """Of all threads of the process, and of the processes that it started and that live."""
    total = 0.0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0]) / 1e9
        total += sum(map(cpu_seconds, map(int, (thread / "children").read_text().split())))
    return total


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
