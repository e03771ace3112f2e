"""What a watcher cost and what it saw, for `watch`; by itself it measures nothing."""

import resource
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hubctl.core.vocabulary.values import Struct

Sighting = tuple[int, str, str]
"""CLOCK_MONOTONIC ns, worker, view."""

GRACE_NS, WRONG_NS, DRAIN_NS = 30_000_000, 60_000_000, 2_000_000_000
HEADER = (
    f"{'method':11} {'watch':>6} {'child':>6} {'side':>6} {'server':>7} {'hooks':>6} {'total':>6} |"
    f" {'RSS':>4} {'side':>5} {'srv':>4} | {'events':>6} {'missed':>6} {'wrong':>5} |"
    f" {'p50':>6} {'p99':>6} {'max':>6} ms | cpu-wait"
)


class Cost(Struct, frozen=True, kw_only=True):
    """A time of measuring (CLOCK_MONOTONIC ns), its CPU in percent of one core, and MB at its end."""

    start_ns: int
    end_ns: int
    watch: float
    child: float
    side: float
    server: float
    wait: float
    megabytes: tuple[float, float, float]


class Meter:
    """CPU of this process, its ended children, the process beside it and the server, from now to `read`."""

    def __init__(self, *, server: int, side: int = 0) -> None:
        self._server, self._side = server, side
        self._start_ns, self._before = time.monotonic_ns(), self._now()

    def _now(self) -> tuple[float, ...]:
        me, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        children = ended.ru_utime + ended.ru_stime
        beside = (_cpu_seconds(self._side), _cpu_seconds(self._server))
        return me.ru_utime + me.ru_stime, children, *beside, _pressure_seconds()

    def read(self) -> Cost:
        end_ns = time.monotonic_ns()
        percent = 1e11 / (end_ns - self._start_ns)
        watch, child, side, server, wait = (
            percent * (after - before) for before, after in zip(self._before, self._now(), strict=True)
        )
        return Cost(
            start_ns=self._start_ns,
            end_ns=end_ns,
            watch=watch,
            child=child,
            side=side,
            server=server,
            wait=wait,
            megabytes=(_megabytes("self"), _megabytes(self._side), _megabytes(self._server)),
        )


def _cpu_seconds(pid: int) -> float:
    """Of a process with one thread. `schedstat` counts ns, where the 10 ms steps of `stat` hide a cheap one."""
    path = Path(f"/proc/{pid}/schedstat")
    return int(path.read_text().split()[0]) / 1e9 if pid and path.exists() else 0.0


def _pressure_seconds() -> float:
    """How long somebody has waited for a CPU since the machine started."""
    path = Path("/proc/pressure/cpu")
    return int(path.read_text().split("total=")[1].split()[0]) / 1e6 if path.exists() else 0.0


def _megabytes(pid: int | str) -> float:
    path = Path(f"/proc/{pid}/statm")
    return int(path.read_text().split()[1]) * resource.getpagesize() / 1e6 if pid and path.exists() else 0.0


class Score(Struct, frozen=True, kw_only=True):
    """All runs of a method: means of the costs, and all delays (ms) in one."""

    cost: Cost
    server: float
    hooks: float
    delays: tuple[float, ...]
    missed: int
    wrong: int

    @classmethod
    def of(
        cls, truth: Sequence[Sighting], runs: Sequence[tuple[list[Sighting], Cost]], alone: float
    ) -> "Score":
        """`alone` is the server's share without a watcher."""
        delays: list[float] = []
        missed = wrong = 0
        for seen, cost in runs:
            late, lost = _delays(truth, seen, cost)
            delays += late
            missed += lost
            wrong += _wrong(truth, seen, cost)
        middle = _mean([cost for _, cost in runs])
        hooks = sum(_hooks(truth, cost) for _, cost in runs) / len(runs)
        return cls(
            cost=middle,
            server=middle.server - alone,
            hooks=hooks,
            delays=tuple(sorted(delays)),
            missed=missed,
            wrong=wrong,
        )

    @property
    def hubctl(self) -> float:
        """What the hub's own processes use."""
        return self.cost.watch + self.cost.child + self.cost.side

    @property
    def total(self) -> float:
        """Without the hooks, which run whoever watches; a server that used less is noise."""
        return self.hubctl + max(0.0, self.server)

    @property
    def p99(self) -> float:
        return self._part(0.99)

    def _part(self, part: float) -> float:
        return self.delays[min(len(self.delays) - 1, int(part * len(self.delays)))] if self.delays else 0.0

    def row(self, name: str) -> str:
        """A line under HEADER."""
        cost, (own, side, server) = self.cost, self.cost.megabytes
        return (
            f"{name:11} {cost.watch:6.1f} {cost.child:6.1f} {cost.side:6.1f} {self.server:+7.1f} {self.hooks:6.1f} "
            f"{self.total:6.1f} | {own:4.0f} {side:5.1f} {server:4.0f} | {len(self.delays) + self.missed:6} "
            f"{self.missed:6} {self.wrong:5} | {self._part(0.5):6.1f} {self.p99:6.1f} {self._part(1):6.1f}    | "
            f"{cost.wait:.0f}%"
        )


def _mean(costs: Sequence[Cost]) -> Cost:
    def mean(name: str) -> float:
        return sum(float(getattr(cost, name)) for cost in costs) / len(costs)

    last = costs[-1]
    return Cost(
        start_ns=costs[0].start_ns,
        end_ns=last.end_ns,
        watch=mean("watch"),
        child=mean("child"),
        side=mean("side"),
        server=mean("server"),
        wait=mean("wait"),
        megabytes=last.megabytes,
    )


def _by_worker(rows: Sequence[Sighting]) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for at, worker, view in rows:
        found.setdefault(worker, []).append((at, view))
    return found


def _delays(truth: Sequence[Sighting], seen: Sequence[Sighting], cost: Cost) -> tuple[list[float], int]:
    delays, missed, sights = [], 0, _by_worker(seen)
    for worker, events in _by_worker([row for row in truth if row[1] != "hooks"]).items():
        for (at, view), (end, _) in pairwise([*events, (cost.end_ns + DRAIN_NS, "")]):
            if cost.start_ns <= at <= cost.end_ns:
                hits = [
                    when
                    for when, what in sights.get(worker, ())
                    if at <= when < end + GRACE_NS and what == view
                ]
                delays += [(when - at) / 1e6 for when in hits[:1]]
                missed += not hits
    return delays, missed


def _wrong(truth: Sequence[Sighting], seen: Sequence[Sighting], cost: Cost) -> int:
    events = _by_worker(truth)
    return sum(
        view != "unknown" and view not in _views(events.get(worker, []), at)
        for at, worker, view in seen
        if at >= cost.start_ns
    )


def _views(events: Sequence[tuple[int, str]], when: int) -> set[str]:
    """The views of one worker in the 60 ms before `when`."""
    before = [view for at, view in events if at <= when - WRONG_NS]
    return {*(before[-1:] or ["idle"]), *(view for at, view in events if when - WRONG_NS < at <= when)}


def _hooks(truth: Sequence[Sighting], cost: Cost) -> float:
    cpu = [
        int(view) for at, worker, view in truth if worker == "hooks" and cost.start_ns <= at <= cost.end_ns
    ]
    return (cpu[-1] - cpu[0]) / (cost.end_ns - cost.start_ns) * 100 if cpu else 0.0
