"""The time of the line that cron runs, beside a killed hub with 50 threads, as a multiple of `python -c pass`."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

from hubctl import clock
from hubctl.check.deliver import MEMORY
from hubctl.cli.cron import command_of
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.values import Struct
from hubctl.core.vocabulary.words import ThreadId
from hubctl.ports.log import Heartbeat
from hubctl.project import trust
from hubctl.project.place import Place, find_place
from hubctl.store.eventlog import SqliteEventLog
from scripts.sample import Sample, sample

RUNS, THREADS, GOAL = 15, 50, 30.0
"""The goal is for a check that has nothing new to tell, as nearly all have."""
CRITICAL = 2


class Cost(Struct, frozen=True, kw_only=True):
    """Seconds of one run: CPU is user and system together."""

    wall: float
    cpu: float


def main() -> int:
    """0 where one that tells nothing new is under the goal in CPU time, and exits as it must."""
    with sample() as made:
        made.run(sys.executable, "-m", "hubctl", "init")
        place = find_place(made.env, made.repository)
        _kill_a_hub(place)
        with _target() as url:
            (made.repository / "hubctl.yaml").write_text(
                f"alerts: {{targets: ['{url}']}}\n", encoding="utf-8"
            )
            trust.accept(place)
            costs = _costs(made, place)
    return _print(costs)


def _costs(made: Sample, place: Place) -> Mapping[str, Sequence[Cost]]:
    line = ["/bin/sh", "-c", command_of(place, fix=False, notify=True)]
    commands: Mapping[str, tuple[Sequence[str], int]] = {
        "python -c pass": ((sys.executable, "-c", "pass"), 0),
        "the line, telling": (line, CRITICAL),
        "the line, told": (line, CRITICAL),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(RUNS):  # interleaved: a busy moment of the machine meets all of them
        (place.state / MEMORY).unlink(missing_ok=True)
        for name, (words, code) in commands.items():
            costs[name].append(_measure(made, words, code))
    return costs


@contextmanager
def _target() -> Iterator[str]:
    """A webhook on loopback that takes everything."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """A bench prints its numbers only."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def _kill_a_hub(place: Place) -> None:
    """What a hub leaves that was killed: its heartbeat, and threads that need it."""
    log, now = SqliteEventLog(place.db), clock.now()
    opened = [
        e.ThreadOpened(
            at=now,
            thread=ThreadId(str(number)),
            issue=number,
            title=f"Issue {number}",
            body="",
            role="coder",
            plan="p",
            key=f"k{number}",
            base="b",
        )
        for number in range(1, THREADS + 1)
    ]
    log.append(opened, head=0)
    log.beat(Heartbeat(pid=1, started="", at=now))
    log.close()


def _measure(made: Sample, words: Sequence[str], code: int) -> Cost:
    begun = time.perf_counter()
    process = subprocess.Popen(words, cwd=made.repository, env={}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != code:
        raise subprocess.CalledProcessError(process.returncode, words)
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime)


def _print(costs: Mapping[str, Sequence[Cost]]) -> int:
    middle = {
        name: Cost(wall=median(c.wall for c in each), cpu=median(c.cpu for c in each))
        for name, each in costs.items()
    }
    base = middle["python -c pass"]
    print(f"{'':18}{'wall ms':>9}{'ratio':>7}{'CPU ms':>9}{'ratio':>7}   median of {RUNS}")
    for name, cost in middle.items():
        ratios = cost.wall / base.wall, cost.cpu / base.cpu
        print(f"{name:18}{cost.wall * 1000:9.1f}{ratios[0]:7.1f}{cost.cpu * 1000:9.1f}{ratios[1]:7.1f}")
    return int(middle["the line, told"].cpu / base.cpu >= GOAL)


if __name__ == "__main__":
    sys.exit(main())
