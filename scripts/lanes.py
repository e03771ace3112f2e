"""Runs scripts/check, then the tests in two lanes side by side, and adds up what they say.

The lane `live` waits for workers most of the time, so it gets two processes of its own; the lane `fast` holds all the
rest. With --all the live tests run once more, with their workers in cells. A lane without a test is a failure, unless words of the caller chose the tests.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree

from hubctl.core.vocabulary.values import Struct
from support import leftovers
from support.leftovers import Run

ROOT = Path(__file__).resolve().parent.parent
LANES = {"fast": ("-m", "not live"), "live": ("-m", "live", "-n", "2", "--dist", "loadgroup")}
NO_TESTS = 5  # pytest's exit code
INTERRUPTED = 130
FAREWELL_SECONDS = 20.0  # fixtures end their workers and tmux servers


class Lane(Struct, frozen=True, kw_only=True):
    """A pytest at work; `log` is all it says, `results` its JUnit file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    results: Path


class Counts(Struct, frozen=True, kw_only=True):
    """Tests by how they ended; an error in a fixture is a failure."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    @property
    def ran(self) -> int:
        return self.passed + self.failed


def main(words: Sequence[str], checkout: Path = ROOT) -> int:
    """The exit code: 0 all is well, 1 not, 130 interrupted."""
    whole = "--all" in words
    chosen = [word for word in words if word != "--all"]
    checked = subprocess.run([checkout / "scripts" / "check"], check=False).returncode == 0
    run = leftovers.begin(checkout)
    try:
        with _terminable():
            lanes = _start(run, chosen if whole else ["--commit-set", *chosen])
            try:
                for lane in lanes:
                    _follow(lane)
                if whole:  # once more, the workers in cells; beside the others it would only be slower
                    lanes.append(_start_lane(run, "cells", [*LANES["live"], "--cells", *chosen]))
                    _follow(lanes[-1])
            finally:
                _stop(lanes)
        return _close(run, lanes, checked=checked, chosen=bool(chosen))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        return INTERRUPTED
    finally:
        leftovers.clear(run)


# --- the lanes ----------------------------------------------------------------------------------------------------


def _start(run: Run, words: Sequence[str]) -> list[Lane]:
    return [_start_lane(run, name, [*choice, *words]) for name, choice in LANES.items()]


def _start_lane(run: Run, name: str, words: Sequence[str]) -> Lane:
    log, results = run.folder / f"{name}.log", run.folder / f"{name}.xml"
    own = [
        f"--basetemp={run.folder / name}",
        f"--junitxml={results}",
        "-o",
        f"cache_dir=.pytest_cache/{name}",
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *own, *_joined_choice(words)],
            cwd=run.checkout,
            env={**os.environ, **leftovers.environment(run)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this process, which passes it on once
        )
    return Lane(name=name, process=process, log=log, results=results)


def _joined_choice(words: Sequence[str]) -> list[str]:
    """pytest takes the last `-m` alone: the lane's and the caller's become one."""
    rest, marks = list(words), []
    while "-m" in rest:
        place = rest.index("-m")
        marks.append(f"({' '.join(rest[place + 1 : place + 2])})")
        del rest[place : place + 2]
    return ["-m", " and ".join(marks), *rest]


def _follow(lane: Lane) -> None:
    """Prints what the lane says as it says it, until it has ended."""
    print(f"--- {lane.name} tests", flush=True)
    ended = False
    with lane.log.open("rb") as log:
        while not ended:
            with suppress(subprocess.TimeoutExpired):
                lane.process.wait(0.2)
            ended = lane.process.returncode is not None  # asked before the read, which so misses nothing
            sys.stdout.buffer.write(log.read())
            sys.stdout.buffer.flush()


def _stop(lanes: Sequence[Lane]) -> None:
    """Ends what still runs as Ctrl-C would, so that its fixtures clean up; later without asking."""
    running = [lane for lane in lanes if lane.process.poll() is None]
    for lane in running:
        os.killpg(lane.process.pid, signal.SIGINT)
    for lane in running:
        with suppress(subprocess.TimeoutExpired):
            lane.process.wait(FAREWELL_SECONDS)
    for lane in lanes:
        with suppress(ProcessLookupError):
            os.killpg(lane.process.pid, signal.SIGKILL)
        lane.process.wait()


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP end the run as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- the sum ------------------------------------------------------------------------------------------------------


def _close(run: Run, lanes: Sequence[Lane], *, checked: bool, chosen: bool) -> int:
    counts = {lane.name: _counts(lane.results) for lane in lanes}
    total = sum(counts.values(), Counts())
    problems = [f"left behind: {what}" for what in leftovers.find(run)]
    problems += [problem for lane in lanes if (problem := _problem(lane, counts[lane.name], chosen=chosen))]
    if not total.ran:
        problems.append("no test ran")
    if not checked:
        problems.append("scripts/check found something, see above")
    print("---")
    print(*(f"failed: {problem}\n" for problem in problems), sep="", end="")
    print(f"left out: {sum(map(_left_out, lanes))} (scripts/test --all runs them)")
    print(total, flush=True)
    return 1 if problems or total.failed else 0


def _counts(results: Path) -> Counts:
    """None of a lane that broke before its results; its exit code tells."""
    if not results.exists():
        return Counts()
    suite = next(ElementTree.parse(results).getroot().iter("testsuite"))
    tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return Counts(passed=tests - failed - skipped, failed=failed, skipped=skipped)


def _problem(lane: Lane, counts: Counts, *, chosen: bool) -> str:
    code = lane.process.returncode
    if code == NO_TESTS or (code == 0 and not counts.ran):
        return "" if chosen else f"no {lane.name} test ran"
    return f"the {lane.name} tests ended with exit code {code}" if code else ""


def _left_out(lane: Lane) -> int:
    found = re.search(r"^left out (\d+) tests", lane.log.read_text(errors="replace"), re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
