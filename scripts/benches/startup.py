"""What a verb costs from its start to its end, as a multiple of `python -c pass`, each with its goal.

CPU time of the process and of the programs that it ran, the least of several runs: a busy machine can only add to it.
The runs are interleaved, so that a busy moment of the machine meets all of them.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from hubctl import clock
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.values import Struct, field
from hubctl.core.vocabulary.words import Proof, ThreadId
from hubctl.project.place import find_place
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
from scripts.benches._history import written
from scripts.sample import Sample, sample

LEAST_RUNS, MOST_RUNS = 4, 15
HUBCTL = str(Path(sys.prefix) / "bin" / "hubctl")
NOTHING = "python -c pass"
GOALS: Mapping[str, float] = {
    "hubctl --help": 6.0,
    "hubctl status": 6.5,
    "hubctl status, a worker works": 7.5,
    "hubctl progress text": 7.0,
    "hubctl done --summary text": 9.0,
    "hubctl check": 10.5,
}
"""The words of each call, in which no word holds a blank, what is said of it, and what it may cost."""
LONG_LOG = "hubctl status, a long log"
THREADS = 20_000
MOST_MORE = 2.0
"""What a million events may add to the `status` of a short log that has open threads too.

Made only where it is asked for: it takes a minute.
"""
KEEPS = """
import os
from pathlib import Path
from hubctl.project import rules, trust
from hubctl.project.place import find_place
place = find_place(os.environ, Path().absolute())
rules.keep_rules(place, trust.trusted(place), rules.load_rules(place))
"""
"""What the hub did that started the worker, in the HOME of its verbs."""
WHERE_A_WORKER_WORKS = ("hubctl progress", "hubctl done", "hubctl status,")


class Call(Struct, frozen=True, kw_only=True):
    """Something that is run, and where; `seconds` of all its runs so far."""

    words: tuple[str, ...]
    place: Sample
    seconds: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Raises CalledProcessError where it fails."""
        process = subprocess.Popen(
            self.words, cwd=self.place.repository, env=self.place.env, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, self.words)
        self.seconds.append(usage.ru_utime + usage.ru_stime)


def main() -> int:
    """0 where all are within their goals."""
    ratios = measure(long_log=True)
    goals = {**GOALS, LONG_LOG: ratios["hubctl status, a worker works"] + MOST_MORE}
    print(f"{'':32}{'ratio':>6}{'goal':>6}")
    for name, ratio in ratios.items():
        print(f"{name:32}{ratio:6.1f}{goals[name]:6.1f}")
    return int(any(ratio > goals[name] for name, ratio in ratios.items()))


def measure(*, slack: float = 1.0, long_log: bool = False) -> dict[str, float]:
    """What each call of `GOALS` costs. What is over its goal by more than `slack` is looked at again, up to a limit."""
    with ExitStack() as stack:
        calls = _calls(stack.enter_context(sample()), stack.enter_context(sample()))
        if long_log:
            place = _with_a_long_log(stack.enter_context(sample()))
            calls[LONG_LOG] = Call(words=(HUBCTL, "status"), place=place)
        for number in range(1, MOST_RUNS + 1):
            for call in calls.values():
                call.run()
            least = min(calls[NOTHING].seconds)
            found = {name: min(call.seconds) / least for name, call in calls.items() if name != NOTHING}
            if number >= LEAST_RUNS and all(found[name] <= goal * slack for name, goal in GOALS.items()):
                break
    return found


def _calls(persons: Sample, workers: Sample) -> dict[str, Call]:
    """In a repository where nothing has happened yet, and in one where a worker works."""
    persons.run(HUBCTL, "init")
    workers.run(HUBCTL, "init")
    pane = _start_worker(workers)
    calls = {NOTHING: Call(words=(sys.executable, "-c", "pass"), place=persons)}
    for name in GOALS:
        _, *words = name.partition(",")[0].split()
        calls[name] = Call(
            words=(HUBCTL, *words), place=pane if name.startswith(WHERE_A_WORKER_WORKS) else persons
        )
    return calls


def _with_a_long_log(place: Sample) -> Sample:
    """As a hub leaves it that has ended in good order."""
    place.run(HUBCTL, "init")
    database = find_place(place.env, place.repository).db
    written(database, THREADS)
    with closing(SqliteEventLog(database)) as log:
        SqliteHistory(log).catch_up()
    return place


def _start_worker(place: Sample) -> Sample:
    """The log says that a worker works in the repository, and it has a commit of its own. Returns its pane."""
    found = find_place(place.env, place.repository)
    git = ("git", "rev-parse", "HEAD")
    begun = subprocess.run(
        git, cwd=place.repository, env=place.env, check=True, capture_output=True, text=True
    )
    place.run("git", "add", ".")
    place.run("git", "commit", "-q", "--allow-empty", "-m", "Work")
    at, thread = clock.now(), ThreadId("1")
    log = SqliteEventLog(found.db)
    opened = e.ThreadOpened(
        at=at, thread=thread, issue=1, title="One", body="", role="coder", plan="p", key="k", base="b"
    )
    started = e.WorkerStarted(
        at=at,
        thread=thread,
        worker="w1-1",
        start=1,
        session="s",
        pane="%1",
        window="@1",
        pid=os.getpid(),
        worktree=str(place.repository),
        branch="main",
        start_commit=begun.stdout.strip(),
        role_version="r",
    )
    proven = e.PromptProven(at=at, thread=thread, purpose="task", proof=Proof.HOOK)
    log.append((opened, e.WorkerAssigned(at=at, thread=thread, start=1), started, proven), head=0)
    log.close()
    place.run(sys.executable, "-c", KEEPS)
    env = {"HUBCTL_WORKER": "w1-1", "HUBCTL_TOKEN": "t", "HUBCTL_STATE": str(found.state)}
    return Sample(repository=place.repository, env={**place.env, **env})


if __name__ == "__main__":
    sys.exit(main())
