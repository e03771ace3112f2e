"""The time of `hubctl --help` and `hubctl status`, as a multiple of `python -c pass` (goal: under 10)."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from hubctl.core.vocabulary.values import Struct
from scripts.sample import Sample, sample

RUNS = 15
GOAL = 10.0
HUBCTL = str(Path(sys.prefix) / "bin" / "hubctl")
COMMANDS: Mapping[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "hubctl --help": (HUBCTL, "--help"),
    "hubctl status": (HUBCTL, "status"),
}


class Cost(Struct, frozen=True, kw_only=True):
    """Seconds of one run: CPU is user and system together."""

    wall: float
    cpu: float


def main() -> int:
    """0 where both are under the goal, in CPU time, which a busy machine stretches least."""
    with sample() as place:
        place.run(HUBCTL, "init")
        costs: dict[str, list[Cost]] = {name: [] for name in COMMANDS}
        for _ in range(RUNS):  # interleaved: a busy moment of the machine meets all of them
            for name, words in COMMANDS.items():
                costs[name].append(_measure(place, words))
    middle = {
        name: Cost(wall=median(c.wall for c in each), cpu=median(c.cpu for c in each))
        for name, each in costs.items()
    }
    base = middle["python -c pass"]
    print(f"{'':16}{'wall ms':>9}{'ratio':>7}{'CPU ms':>9}{'ratio':>7}   median of {RUNS}")
    for name, cost in middle.items():
        ratios = cost.wall / base.wall, cost.cpu / base.cpu
        print(f"{name:16}{cost.wall * 1000:9.1f}{ratios[0]:7.1f}{cost.cpu * 1000:9.1f}{ratios[1]:7.1f}")
    return int(any(cost.cpu / base.cpu >= GOAL for cost in middle.values()))


def _measure(place: Sample, words: Sequence[str]) -> Cost:
    begun = time.perf_counter()
    process = subprocess.Popen(words, cwd=place.repository, env=place.env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime)


if __name__ == "__main__":
    sys.exit(main())
