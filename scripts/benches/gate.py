"""Fails where a figure is a quarter over its goal, so that nothing falls back unseen: what `.ci/run` asks for.

Ratios of one run, and sizes. One figure a row: what is measured, what it may be, what it is.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from hubctl.core.vocabulary.values import Struct
from scripts.benches import log, startup

ROOT = Path(__file__).resolve().parents[2]
SLACK = 1.25
LINES, LONGEST, SHORTEST, SHORT = 30_600, 400, 40, 24
"""Of the product's code: all, a module's most and fewest, and how many may have fewer (most are verbs)."""


class Figure(Struct, frozen=True, kw_only=True):
    """The less the better."""

    name: str
    goal: float
    value: float

    @property
    def over(self) -> bool:
        return self.value > self.goal * SLACK


def main() -> int:
    """0 where nothing is a quarter over its goal."""
    figures = [*sizes(ROOT / "hubctl"), folded(), *starts()]
    print(f"{'':40}{'goal':>8}{'is':>9}   fails from {SLACK} times the goal on")
    for figure in figures:
        mark = "   TOO MUCH" if figure.over else ""
        print(f"{figure.name:40}{round(figure.goal, 2):8g}{round(figure.value, 2):9g}{mark}")
    return int(any(figure.over for figure in figures))


def folded() -> Figure:
    """What the fold of an event costs where a thousand threads are known, as a multiple of what it costs with ten."""
    with TemporaryDirectory() as folder:
        few, many = (log.rate(threads, Path(folder)) for threads in log.KNOWN[:2])
    return Figure(name="fold, 1,000 threads known, by 10", goal=1 / log.GOAL, value=few / many)


def starts() -> Iterator[Figure]:
    """Verbs, as multiples of `python -c pass`."""
    for name, ratio in startup.measure(slack=SLACK).items():
        yield Figure(name=name, goal=startup.GOALS[name], value=ratio)


def sizes(package: Path) -> Iterator[Figure]:
    """How large the product's code is, and its modules."""
    modules = [path for path in package.rglob("*.py") if path.name != "__init__.py"]
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in modules]
    yield Figure(name="lines of hubctl/", goal=LINES, value=sum(lines))
    yield Figure(name="lines of its longest module", goal=LONGEST, value=max(lines))
    short = sum(count < SHORTEST for count in lines)
    yield Figure(name=f"modules under {SHORTEST} lines", goal=SHORT, value=short)


if __name__ == "__main__":
    sys.exit(main())
