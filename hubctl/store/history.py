"""The state by the log: from the newest snapshot on, with what is settled read when somebody asks for it.

Rule: a snapshot is where a fold may begin, and says nothing of its own: with all of them gone the state is the same.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from hubctl.core.ledger.event import Event
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.rest import Settled
from hubctl.core.ledger.settling import handed_in, named_by, open_issues
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId
from hubctl.store.eventlog import SqliteEventLog

if TYPE_CHECKING:
    from hubctl.core.intake.observations import Observation

AT_ONCE: Final = 500
"""Events that are folded between two looks at what they name."""
EVERY: Final = 1000
"""Events between two snapshots of a hub: a tail costs 10 microseconds an event."""
LONG: Final = 20_000
"""The same while a hub folds a whole log."""
KEPT: Final = 50
"""Of what is settled so much stays in memory: who follows a thread sees its end."""


class SqliteHistory:
    """The state as it stood at the last look. `head` is the last event in it."""

    def __init__(self, log: SqliteEventLog, *, from_the_start: bool = False) -> None:
        self.log = log
        self.state = HubState()
        self.head = 0
        self._from_the_start = from_the_start
        self._stored = False
        """the rows beside the log go with this state"""
        self._apart: dict[ThreadId, Settled] = {}
        """what is settled and in no row, as far as it is not in the state"""
        self._written = 0

    def read(self) -> HubState:
        """Catches up with the log."""
        with self.log.reading() as snapshots:
            newest = None if self._from_the_start else snapshots.newest(after=self.head)
            if newest:
                self._begin(*newest, last=KEPT if self.head else 0)
            for events in self._behind():
                self._fold(events)
        return self.state

    def _behind(self) -> Iterator[tuple[Event, ...]]:
        """What the log holds beyond the state, in pieces."""
        events = (logged.event for logged in self.log.read(since=self.head))
        while some := tuple(islice(events, AT_ONCE)):
            yield some

    def _begin(self, head: int, state: HubState, *, last: int) -> None:
        """From a snapshot; what came to rest `last` is at hand for who follows."""
        settled = dict(reversed([*self.log.snapshots.last(last)])) if last else {}
        self.state, self.head = replace(state, settled=settled), head
        self._stored, self._apart, self._written = True, {}, head

    # --- the hub's own --------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """`read` for the hub, which writes as it goes where there is no snapshot: memory stays flat at any length."""
        newest = self.log.snapshots.newest(after=0)
        if newest:
            self._begin(*newest, last=KEPT)
        for events in self._behind():
            self._fold(events)
            if self.head - self._written >= LONG:
                self.keep()
        if not self._stored or self.head - self._written >= EVERY:
            self.keep()

    def append(self, events: Sequence[Event]) -> None:
        """Into the log and the state. Raises StaleHead where another hub writes."""
        self.log.append(events, head=self.head)
        self._fold(events)
        if self.head - self._written >= EVERY:
            self.keep()

    def keep(self) -> None:
        """Writes a snapshot. What cannot be written is folded again by whoever reads."""
        settled = {**self._apart, **self.state.settled}
        state = replace(self.state, settled=settled)
        self._written = self.head
        if self.log.snapshots.write(self.head, state, anew=not self._stored):
            self._stored, self._apart = True, {}
            self.state = replace(state, settled=dict([*settled.items()][-KEPT:]))

    # --- the log --------------------------------------------------------------------------------------------------

    def _fold(self, events: Sequence[Event]) -> None:
        names = dict.fromkeys(name for event in events for name in named_by(event))
        if self._stored or self._apart:
            self.state = handed_in(self.state, names, self._find)
        self.state, self.head = fold(events, self.state), self.head + len(events)
        if len(self.state.settled) > AT_ONCE:
            self._put_apart()

    def _put_apart(self) -> None:
        """What is settled is copied at each step as long as it is in the state."""
        for name, one in self.state.settled.items():
            self._apart.pop(name, None)
            self._apart[name] = one
        self.state = replace(self.state, settled={})

    # --- what is settled ------------------------------------------------------------------------------------------

    def _find(self, name: ThreadId) -> Settled | None:
        """What is known of an issue that is at rest."""
        known = self.state.settled.get(name) or self._apart.get(name)
        return known or (self.log.snapshots.find(name) if self._stored else None)

    def shown(self, *issues: str, last: int = 0) -> HubState:
        """The state with what is known of these issues, and of the `last` threads at rest: all where it is below nought."""
        named = {
            ThreadId(name): self._find(ThreadId(name)) for name in issues if name not in self.state.threads
        }
        settled = {name: one for name, one in named.items() if one} | dict(
            reversed([*islice(self._last(last), last if last >= 0 else None)])
        )
        return replace(self.state, settled=settled)

    def _last(self, most: int) -> Iterator[tuple[ThreadId, Settled]]:
        """The newest first."""
        at_hand = (*self._apart.items(), *self.state.settled.items())
        known = {*self.state.threads}
        for name, one in (*reversed(at_hand), *(self.log.snapshots.last(most) if self._stored else ())):
            if one.thread and name not in known:
                known.add(name)
                yield name, one

    def agrees_with(self, other: "SqliteHistory") -> bool:
        """Both know the same, wherever they began."""
        same = replace(self.state, settled={}) == replace(other.state, settled={})
        return same and dict(self.everything()) == dict(other.everything())

    def everything(self) -> Iterator[tuple[ThreadId, Settled]]:
        """All that is settled, in no order."""
        known = {**self._apart, **self.state.settled}
        if self._stored:
            known = {**dict(self.log.snapshots.everything()), **known}
        opened = open_issues(self.state)
        return ((name, one) for name, one in known.items() if name not in opened)

    def of_plan(self, plan: str) -> list[Thread]:
        """A plan's threads so far, in the order of their opening."""
        settled = {**self._apart, **self.state.settled}
        if self._stored:
            settled = {**dict(self.log.snapshots.of_plan(plan)), **settled}
        threads = {name: one.thread for name, one in settled.items() if one.thread} | dict(self.state.threads)
        return sorted((t for t in threads.values() if t.plan == plan), key=lambda thread: thread.place)

    def about(self, seen: "Observation") -> HubState:
        """The state with all that an observation may be about: what it is judged by."""
        from hubctl.core.intake.sought import sought  # imported on use: readers of the log observe nothing

        wanted = sought(seen)
        state = handed_in(self.state, wanted.issues, self._find)
        worker = wanted.worker
        found: dict[ThreadId, Settled] = {}
        if self._stored and worker and worker not in state.workers:
            found |= self.log.snapshots.of_worker(worker)
        if self._stored and wanted.prompts:
            thread = state.worker_thread(worker)
            if thread and thread.worker and thread.worker.standing:
                found |= self.log.snapshots.of_prompts(wanted.prompts)
        missing = {name: one for name, one in found.items() if name not in {*state.threads, *state.settled}}
        return replace(state, settled={**missing, **state.settled}) if missing else state
