"""What a long history costs: fold by threads known, decoding and encoding, the snapshot, a hub's start and its memory."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.settling import handed_in, named_by
from hubctl.core.vocabulary.values import replace
from hubctl.store.codec import decode_event, encode_data, encode_time
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
from scripts.benches._history import history, written

KNOWN = (10, 1_000, 20_000)
GOAL = 0.9
"""Of the rate at the fewest threads."""
MEMORY_MIB = 60
AT_ONCE = 500
SOME = 20_000
"""Events that are timed."""
MORE = 400
"""Threads that are folded onto those that are known."""
RUNS = 3
HUB = """
import resource, sys, time
from pathlib import Path
import hubctl.hub.hub
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
began = time.process_time()
history = SqliteHistory(SqliteEventLog(Path(sys.argv[1])))
history.catch_up()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(time.process_time() - began, peak, len(history.state.threads))
"""


class Known:
    """A hub's state with what is settled in rows, without the log's own cost."""

    def __init__(self, log: SqliteEventLog) -> None:
        history = SqliteHistory(log)
        history.catch_up()
        self.state = replace(history.state, settled={})
        self.rows = log.snapshots

    def fold(self, events: Sequence[e.Event]) -> None:
        """As `SqliteHistory` folds."""
        state, source = self.state, iter(events)
        while some := tuple(islice(source, AT_ONCE)):
            names = dict.fromkeys(name for event in some for name in named_by(event))
            state = fold(some, handed_in(state, names, self.rows.find))
            if len(state.settled) > AT_ONCE:
                state = replace(state, settled={})


def main() -> int:
    """0 where all is within its goal."""
    with TemporaryDirectory() as folder:
        rates = {threads: rate(threads, Path(folder)) for threads in KNOWN}
    for threads, found in rates.items():
        print(f"fold, {threads:6,} threads    {found:10,.0f} events/s   {found / rates[KNOWN[0]]:5.2f}")
    some = list(islice(history(KNOWN[1]), SOME))
    rows = [(e.kind_of(one), encode_time(one.at), one.thread, encode_data(one)) for one in some]
    print(
        f"encode                 {SOME / least(lambda: [encode_data(one) for one in some]):10,.0f} events/s"
    )
    decode = least(lambda: [decode_event(kind=k, at=a, thread=t, data=d) for k, a, t, d in rows])
    print(f"decode                 {SOME / decode:10,.0f} events/s")
    with TemporaryDirectory() as folder:
        within = _stored(Path(folder) / "hub.db")
    return int(not within or rates[KNOWN[-1]] < GOAL * rates[KNOWN[0]])


def rate(threads: int, folder: Path) -> float:
    """Events a second with so many threads known: the life of some more."""
    path = folder / f"{threads}.db"
    written(path, threads, open_ones=0)
    more = list(history(threads + MORE, since=threads + 1))
    with closing(SqliteEventLog(path)) as log:
        known = Known(log)
        return len(more) / least(lambda: known.fold(more))


def least(work: Callable[[], object]) -> float:
    """Seconds of CPU, the least of some runs: a busy machine can only add to it."""
    found = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def _stored(path: Path) -> bool:
    """What the file costs, and those that begin with it; whether that is within the goal."""
    events = written(path, KNOWN[-1])
    print(f"log                    {events:10,} events, {path.stat().st_size / 2**20:,.0f} MiB")
    _hub(path, "without a snapshot")
    with closing(SqliteEventLog(path)) as log:
        begun = SqliteHistory(log)
        read = least(lambda: SqliteHistory(log).read())
        begun.catch_up()
        write = least(begun.keep)
    with closing(sqlite3.connect(path)) as database:
        (size,) = database.execute("select length(state) from snapshots").fetchone()
    print(
        f"snapshot               {size / 1024:10,.0f} KiB, read {read * 1e3:.1f} ms, written {write * 1e3:.1f} ms"
    )
    return _hub(path, "from a snapshot") < MEMORY_MIB


def _hub(path: Path, how: str) -> float:
    told = subprocess.run([sys.executable, "-c", HUB, str(path)], check=True, capture_output=True, text=True)
    seconds, mib, threads = map(float, told.stdout.split())
    print(f"hub, {how:18}{seconds * 1e3:10,.0f} ms, {mib:.0f} MiB, {threads:.0f} threads open")
    return mib


if __name__ == "__main__":
    sys.exit(main())
