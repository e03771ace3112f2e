"""CPU of looks at workers' checkouts, by what is in them, and the share of a core that fifty busy workers take.

A look is one `git status` and one `lstat` a changed file. A worker costs two looks a turn, one a short while after it,
and one a minute while it lasts. Goal: fifty workers with turns of two minutes in a clean checkout of 2,000 files take
under a twentieth of a core.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from hubctl.git.checkout import checkout_look
from hubctl.git.location import Repository
from hubctl.watch.work import ROUND_SECONDS, SHARE

RUNS = 9
WORKERS, TURN_SECONDS, PAUSE_SECONDS, GOAL = 50, 120.0, 30.0, 5.0


def main() -> int:
    """0 where the goal is met."""
    costs: dict[str, float] = {}
    print(f"{'checkout':44}{'CPU ms':>9}{'wall ms':>9}   median of {RUNS}")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in CHECKOUTS.items():
            place = Path(folder) / str(len(costs))
            make(place)
            costs[name], wall = _measure(place)
            print(f"{name:44}{costs[name] * 1000:9.1f}{wall * 1000:9.1f}")
    print(f"\n{WORKERS} busy workers, turns of {TURN_SECONDS:.0f} s: percent of a core")
    shares = {name: _share(cost) for name, cost in costs.items()}
    for name, share in shares.items():
        print(f"{name:44}{share:9.1f}")
    return int(shares["clean, 2,000 files"] >= GOAL)


def _share(cost: float) -> float:
    """As the watcher looks: at both ends, once after it, and in between as its own share allows."""
    rounds = TURN_SECONDS // max(ROUND_SECONDS, cost / SHARE)
    return 100 * WORKERS * cost * (3 + rounds) / (TURN_SECONDS + PAUSE_SECONDS)


def _measure(place: Path) -> tuple[float, float]:
    """CPU of hubctl and git together, and wall time."""
    cpus, walls = [], []
    for _ in range(RUNS):
        before, begun = _cpu(), time.perf_counter()
        checkout_look(Repository(path=place, common=place / ".git"))
        cpus.append(_cpu() - before)
        walls.append(time.perf_counter() - begun)
    return median(cpus), median(walls)


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _checkout(place: Path, files: int) -> None:
    _files(place, files)
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run(["git", *_NAMED, *words], cwd=place, check=True)


_NAMED = ("-c", "user.name=Bench", "-c", "user.email=bench@example.invalid")


def _files(place: Path, count: int) -> None:
    for number in range(count):
        file = place / f"folder{number // 100}" / f"file{number % 100}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"print({number})\n")


def _dirty(place: Path, files: int) -> None:
    _checkout(place, files)
    for file in sorted(place.glob("folder*/*.py")):
        file.write_text("print('changed')\n")


def _littered(place: Path, files: int) -> None:
    _checkout(place, 2000)
    _files(place / "litter", files)


CHECKOUTS: dict[str, Callable[[Path], None]] = {
    "clean, 20 files": lambda place: _checkout(place, 20),
    "clean, 2,000 files": lambda place: _checkout(place, 2000),
    "clean, 20,000 files": lambda place: _checkout(place, 20_000),
    "2,000 files, all changed": lambda place: _dirty(place, 2000),
    "2,000 files and 50,000 that are not ignored": lambda place: _littered(place, 50_000),
}

if __name__ == "__main__":
    sys.exit(main())
