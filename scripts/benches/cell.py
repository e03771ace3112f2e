"""What a cell costs: a worker's start-up, its private memory, and the time to the first byte of a streamed answer.

    scripts/bench cell [--quick] [--json] [--version V]

Two hubs, one whose workers have cells and one whose workers have none, start workers in turn. A start-up is the time from the
hub's order to the worker CLI's first request of its model; until its window is open it is the hub's, and `true` in the same cell
tells what comes before the CLI. Memory is private; what stands around the CLI has a line of its own, for the CLI's differs from
start to start by more. The vault is asked in turn with the model itself, each over one connection that is kept.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from hubctl.cells.start import ENTER, forwarding, program
from hubctl.cells.use import processes_below
from hubctl.core.ledger import events as e
from hubctl.core.ledger.thread import Worker
from hubctl.core.vocabulary.values import Struct
from hubctl.doors.rules import MODEL, sockets_of
from hubctl.doors.sockets import connect
from scripts.sample import sample
from support.live.project import Project, issue, view_of
from support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
GOAL_START_MS, GOAL_MEMORY_MB, GOAL_BYTE_MS = 60.0, 12.0, 2.0
SECONDS = 60.0
MEGABYTE = 1 << 20
PARTS = ("seconds", "opened")
WAYS = {"without": "off", "in a cell": "required"}
ASKED = {
    "model": "m",
    "max_tokens": 9,
    "stream": True,
    "messages": [{"role": "user", "content": "@say Ready."}],
}


class Start(Struct, frozen=True, kw_only=True):
    """One worker: seconds until its window and its first request, bytes of private memory, of all and of all but the CLI."""

    opened: float
    seconds: float
    memory: int
    around: int


class Figure(Struct, frozen=True, kw_only=True):
    """One line of the report; `goal` is what `more` may be at most, None: it is told and not judged."""

    name: str
    without: float
    within: float
    goal: float | None = None

    @property
    def more(self) -> float:
        return self.within - self.without

    @property
    def told(self) -> dict[str, object]:
        ratio = round(self.within / self.without, 2) if self.without else None
        row = {"without": self.without, "in a cell": self.within, "more": self.more}
        return {
            "name": self.name,
            **{key: round(value, 2) for key, value in row.items()},
            "ratio": ratio,
            "goal": self.goal,
        }


class UnixConnection(HTTPConnection):
    """HTTP over the socket of a door."""

    def __init__(self, folder: Path) -> None:
        super().__init__("localhost")
        self._folder = folder

    def connect(self) -> None:
        self.sock = connect(self._folder, MODEL, seconds=SECONDS)


def main(words: list[str]) -> int:
    """0 where all that has a goal is within it."""
    parser = argparse.ArgumentParser(prog="scripts/bench cell", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="5 starts each way and 50 requests instead of 15 and 300"
    )
    parser.add_argument("--json", action="store_true", help="one document")
    parser.add_argument("--version", default="2.1.329", help="of the worker CLI")
    said = parser.parse_args(words)
    starts, requests = (5, 50) if said.quick else (15, 300)
    with ExitStack() as stack:
        projects = {way: stack.enter_context(_project(cell, said.version)) for way, cell in WAYS.items()}
        figures, doors = _measured(projects, starts, requests)
    if said.json:
        print(
            json.dumps(
                {"version": said.version, "figures": [one.told for one in figures], "doors": round(doors, 2)}
            )
        )
    else:
        _report(figures, doors, title=f"worker CLI {said.version}, {starts} starts each way")
    return int(any(one.goal is not None and one.more > one.goal for one in figures))


@contextmanager
def _project(cell: str, version: str) -> Iterator[Project]:
    claude = ROOT / ".worker-cli" / version / "node_modules" / ".bin" / "claude"
    with sample() as place:
        project = Project.make(place.repository, claude, place.repository.parent)
        project.env.update(place.env, XDG_STATE_HOME=str(place.repository.parent / "state"))
        try:
            project.configure(claude, cell=cell)
            project.policy(rules={"idle-no-handoff": {"after": "1h"}})
            project.up()
            yield project
        finally:
            project.end()


def _measured(projects: dict[str, Project], starts: int, requests: int) -> tuple[list[Figure], float]:
    """In ms and MB; and the private memory of the doors' one process."""
    found: dict[str, list[Start]] = {way: [] for way in projects}
    for number in range(starts + 1):  # in turn: a busy moment of the machine meets both
        for way, project in projects.items():
            worker = _started(project, f"Start {number}")
            if number:  # the first finds files that nobody has read yet
                found[way].append(_start(project, worker))
            if number < starts:
                _stop(project, worker)
    contained = projects["in a cell"]
    alone = [*zip(*_alone(contained, worker, requests // 3), strict=True)]
    first_bytes = _first_bytes(contained, worker.id, requests)
    figures = [*_of_starts(*found.values()), *_of_times("`true` alone", *alone), *_of_memory(*found.values())]
    figures += _of_times("first byte", *first_bytes, goal=GOAL_BYTE_MS)
    return figures, _private(_doors(_state(contained))) / MEGABYTE


def _of_starts(without: list[Start], within: list[Start]) -> Iterator[Figure]:
    """A busy machine can only add to a start-up, and by more than a cell does: the goal is for the least."""
    whole, opened = (
        [[getattr(one, name) for one in starts] for starts in (without, within)] for name in PARTS
    )
    yield from _of_times("start-up", *whole, goal=GOAL_START_MS, judged=min)
    yield Figure(name="its window, least, ms", without=min(opened[0]) * 1000, within=min(opened[1]) * 1000)


def _of_times(
    name: str,
    without: Sequence[float],
    within: Sequence[float],
    *,
    goal: float | None = None,
    judged: Callable[..., float] = median,
) -> Iterator[Figure]:
    """In ms: the median and the least, of which `judged` has the goal."""
    for word, of in (("median", median), ("least", min)):
        yield Figure(
            name=f"{name}, {word}, ms",
            without=of(without) * 1000,
            within=of(within) * 1000,
            goal=goal if of is judged else None,
        )


def _of_memory(without: list[Start], within: list[Start]) -> Iterator[Figure]:
    for name, field, goal in (("around", "around", GOAL_MEMORY_MB), ("with", "memory", None)):
        mb = [median(getattr(one, field) for one in starts) / MEGABYTE for starts in (without, within)]
        yield Figure(name=f"memory {name} the CLI, MB", without=mb[0], within=mb[1], goal=goal)


def _started(project: Project, title: str) -> Worker:
    """A new worker, which rests after its first turn."""
    project.hubctl("split", "--planner", "file", "--plan", project.plan(issue("a", title, "@say Ready.")))
    wait_until(lambda: view_of(project, title) == "idle", SECONDS, f"{title} rests")
    worker = project.peek()[title].worker
    assert worker
    return worker


def _stop(project: Project, worker: Worker) -> None:
    project.hubctl("stop", worker.thread or "")
    wait_until(lambda: not Path(f"/proc/{worker.pid}").exists(), SECONDS)


def _start(project: Project, worker: Worker) -> Start:
    name = f"dispatch/{worker.thread}/start-{worker.start}"
    events = project.logged()
    ordered = next(ev.at for ev in events if isinstance(ev, e.ActionBegan) and ev.action == name).timestamp()
    opened = next(
        ev.at for ev in events if isinstance(ev, e.WorkerStarted) and ev.worker == worker.id
    ).timestamp()
    asked = next(float(one["at"]) for one in project.requests() if one["session"] == worker.session)
    own = [_private(pid) for pid in (worker.pid, *processes_below(worker.pid))]
    return Start(
        opened=opened - ordered, seconds=asked - ordered, memory=sum(own), around=sum(own) - max(own)
    )


def _alone(project: Project, worker: Worker, count: int) -> Iterator[tuple[float, float]]:
    """Seconds that `true` takes, by itself and in this worker's cell."""
    note, found = _state(project) / "workers" / worker.id / "cell", program()
    assert found
    inside = ["/bin/sh", "-c", ENTER, "cell", str(note), found, *forwarding(()), "true"]
    for _ in range(count):
        yield _run(["/usr/bin/true"]), _run(inside)


def _run(words: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(words, check=True)
    return time.perf_counter() - begun


def _private(pid: int) -> int:
    """Bytes that are this process's alone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(
        int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))
    )


def _state(project: Project) -> Path:
    return Path(project.json("init")["state"])


def _doors(state: Path) -> int:
    """The pid of the one process that serves all cells of this hub."""
    for entry in Path("/proc").glob("[0-9]*"):
        words = (entry / "cmdline").read_bytes().split(b"\0")
        if b"hubctl.doors" in words and os.fsencode(state) in words:
            return int(entry.name)
    raise ProcessLookupError(f"no doors of {state}")


# --- the vault ----------------------------------------------------------------------------------------------------


def _first_bytes(project: Project, worker: str, count: int) -> tuple[list[float], list[float]]:
    """Seconds until the first byte of an answer's body: from the model itself, and through a worker's vault."""
    direct = HTTPConnection("127.0.0.1", project.model.server_port)
    led = UnixConnection(sockets_of(_state(project), worker))
    with closing(direct), closing(led):
        asked = [(_first_byte(direct), _first_byte(led)) for _ in range(count + 1)]
    return [one for one, _ in asked[1:]], [one for _, one in asked[1:]]


def _first_byte(way: HTTPConnection) -> float:
    begun = time.perf_counter()
    way.request("POST", "/v1/messages", json.dumps(ASKED), {"content-type": "application/json"})
    answer = way.getresponse()
    answer.read(1)
    seconds = time.perf_counter() - begun
    answer.read()
    return seconds


def _report(figures: Sequence[Figure], doors: float, *, title: str) -> None:
    print(f"{title:36}{'without':>9}{'in a cell':>11}{'ratio':>8}{'more':>8}{'goal':>7}")
    for one in figures:
        ratio = f"{one.within / one.without:.2f}" if one.without else "-"
        goal = f"{one.goal:.0f}" if one.goal is not None else "-"
        print(f"{one.name:36}{one.without:9.2f}{one.within:11.2f}{ratio:>8}{one.more:8.2f}{goal:>7}")
    print(f"The doors' one process, for all cells together: {doors:.1f} MB private.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
