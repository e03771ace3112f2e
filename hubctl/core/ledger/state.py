"""What the hub knows, as plain values: what the fold of all events has made, and nothing else."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hubctl.core.documents.plan import AcceptedPlan
from hubctl.core.ledger.alerts import RESOLVED, Target
from hubctl.core.ledger.alerts import Alert as Alert
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.board import BoardState
from hubctl.core.ledger.events import ActionBegan
from hubctl.core.ledger.guarded import Guarded
from hubctl.core.ledger.rest import Settled
from hubctl.core.ledger.thread import Thread, Worker
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.core.vocabulary.words import ActionId, ThreadId

if TYPE_CHECKING:  # `hubctl status` folds the log, and pays for every import
    from hubctl.core.ledger.actions import Action


class Anomaly(Struct, frozen=True, kw_only=True):
    """What should not be: an event that fitted nothing, sources that disagree. Shown by `hubctl doctor`."""

    at: datetime
    thread: ThreadId | None
    kind: str
    why: str


class HubState(Struct, frozen=True, kw_only=True):
    """The whole truth about threads. `requests` is the highest request number taken.

    `threads` are those to which something may still happen, and those that they lean on, in the order of their opening; the
    others are `settled`, the last one last. Whoever folds may keep those elsewhere, as long as it hands in (`lent`) what the
    next events name.
    """

    threads: Mapping[ThreadId, Thread] = field(default_factory=dict)
    settled: Mapping[ThreadId, Settled] = field(default_factory=dict)
    """by the number of the issue"""
    opened: int = 0
    """how many threads there were"""
    plans: Mapping[str, AcceptedPlan] = field(default_factory=dict)
    """those of which a thread is not settled"""
    pending: Mapping[ActionId, ActionBegan] = field(default_factory=dict)
    """the orders that began and have not ended; at a hub's start they are in doubt"""
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    """those that are open, not told everywhere, or of a thread in `threads`"""
    alerted: int = 0
    """how many alerts there were"""
    spent: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """the tokens, in and out, that settled threads took of sessions that go on"""
    asks: Mapping[str, Ask] = field(default_factory=dict)
    """what workers wait on people for, by name; of those that are over the last ones"""
    asking: frozenset[ThreadId] = frozenset()
    """the threads of those that are not over"""
    asked: int = 0
    """how many asks there were"""
    refusals: Mapping[int, str] = field(default_factory=dict)
    """of requests, by their number: the last ones"""
    failures: Mapping[ActionId, str] = field(default_factory=dict)
    """what failed, by action: not tried again before the next start of a hub. What the board did not take is in `board`."""
    workers: Mapping[str, ThreadId] = field(default_factory=dict)
    """the thread that each worker took last; the worker that took one last stands last"""
    confirmed: frozenset[str] = frozenset()
    """the workers that this hub saw alive"""
    requests: int = 0
    ended_at: datetime | None = None
    """when the last hub ended in good order; None where it did not, and while one runs"""
    untrusted: tuple[str, ...] = ()
    untrusted_since: datetime | None = None
    guarded: Guarded = field(default_factory=Guarded)
    anomalies: tuple[Anomaly, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    board: BoardState = field(default_factory=BoardState)
    zone: timedelta = timedelta(0)
    """how far the hub's wall clock is ahead of UTC"""

    def under_way(self, thread: ThreadId | None, *kinds: "type[Action]") -> tuple[ActionBegan, ...]:
        """The orders of these kinds (all, where none is named) that began for the thread, or for none, and have not ended."""
        names = {kind.name for kind in kinds}
        own = (begun for begun in self.pending.values() if begun.thread == thread)
        return tuple(begun for begun in own if not kinds or begun.name in names)

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """The alerts that are not resolved, oldest first."""
        return tuple(alert for alert in self.alerts.values() if alert.state != RESOLVED)

    @property
    def own(self) -> "HubState":
        """The same with each thread as it is by its own facts (`Thread.own`)."""
        if all(thread.called is None for thread in self.threads.values()):
            return self
        return replace(self, threads={name: thread.own for name, thread in self.threads.items()})

    def thread(self, name: str) -> Thread | None:
        """The thread of this number, whether it is settled or not."""
        settled = self.settled.get(ThreadId(name))
        return self.threads.get(ThreadId(name)) or (settled.thread if settled else None)

    @property
    def everyone(self) -> tuple[Thread, ...]:
        """All threads, settled or not, in the order of their opening."""
        settled = (one.thread for one in self.settled.values() if one.thread)
        return tuple(sorted((*self.threads.values(), *settled), key=lambda thread: thread.place))

    def worker_thread(self, worker: str) -> Thread | None:
        """The thread that a worker works on now, or worked on last, by its own facts; None where another has followed it."""
        thread = self.threads.get(self.workers.get(worker, ThreadId("")))
        if thread is None:
            left = (one.thread for one in self.settled.values() if one.taken)
            thread = next((t for t in left if t and t.worker and t.worker.id == worker), None)
        return thread.own if thread and thread.worker and thread.worker.id == worker else None

    def standing_worker(self, role: str) -> Worker | None:
        """The role's standing worker: the one that took a thread last, alive or not."""
        for name in reversed(tuple(self.workers)):
            thread = self.worker_thread(name)
            if thread and thread.role == role and thread.worker and thread.worker.standing:
                return thread.worker
        return None


def next_ask(state: HubState) -> str:
    """The name of the next ask: short, for people type it."""
    return f"a{state.asked + 1}"
