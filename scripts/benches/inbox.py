"""Eight workers ask twenty things in all, answered in random order: nothing is lost or crossed, and how long it takes.

    scripts/bench inbox [--quick] [--version V]

From the hook's own time to the ask in the log, as a reader of the log sees it (goal: under 1 s in the median), and from the
person's answer to the worker's going on.
"""

import argparse
import sys
from pathlib import Path
from statistics import median

from hubctl.core.ledger.asks import ANSWERED
from scripts.sample import sample
from support.live.many_asks import measure
from support.live.project import Project

ROOT = Path(__file__).resolve().parents[2]
GOAL_SECONDS = 1.0


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


def _report(project: Project, asks: int, right: int, delays: dict[str, float], *, version: str) -> int:
    known = project.folded().asks.values()
    taken = sum(ask.over == ANSWERED for ask in known)
    middle, most = median(delays.values()), max(delays.values())
    print(f"worker CLI {version}: {asks} asks, {len(known)} met, {taken} taken, {right} effects as decided")
    print(f"dialog to inbox: median {middle * 1000:.0f} ms, slowest {most * 1000:.0f} ms")
    return 0 if asks == len(known) == taken == right and middle < GOAL_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
