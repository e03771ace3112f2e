"""Follows a plan by the hub's states: a line a thread where a terminal can redraw it, plain lines elsewhere."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from hubctl import clock
from hubctl.cli.shared import columns
from hubctl.core.decisions.evaluate import has_ended
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.reports.status import doing, news, threads_of
from hubctl.core.vocabulary.durations import span
from hubctl.core.vocabulary.text import escaped
from hubctl.core.vocabulary.words import ThreadState
from hubctl.errors import HubError
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory

LOOK_SECONDS = 0.25
AGES_SECONDS = 1.0
"""How often a terminal is drawn anew although nothing happens: the ages of things grow."""
COLOURS = {
    ThreadState.DONE: "32",
    ThreadState.FAILED: "31",
    ThreadState.WAITING: "33",
    ThreadState.REVIEWING: "36",
}


def states_logged(log: SqliteEventLog, alive: Callable[[], bool]) -> Iterator[HubState]:
    """The states by the log, as long as the hub that writes it is `alive`, and the last one."""
    reader, running = SqliteHistory(log), True
    while running:
        running = alive()
        yield reader.read()
        clock.pause(LOOK_SECONDS)


def states_told(told: "SimpleQueue[HubState | None]") -> Iterator[HubState]:
    """The states that a hub in this process tells, until it tells None."""
    state = told.get()
    while state is not None:
        yield state
        with suppress(Empty):
            state = told.get(timeout=AGES_SECONDS)


@dataclass(slots=True, kw_only=True)
class Follower:
    """Shows what becomes of a plan."""

    plan: str
    state: HubState = field(default_factory=HubState)
    _drawn: int = 0
    _taken: bool = False

    def follow(self, states: Iterator[HubState]) -> HubState:
        """Until every thread of the plan has ended. Raises HubError where the states end before: so did the hub."""
        self.state = next(states, self.state)
        for state in states:
            before, self.state = self.state, state
            self._show(before)
            if self._ended():
                return state
        return self._gone()

    def _ended(self) -> bool:
        accepted = self.state.plans.get(self.plan)
        if accepted is None:  # not taken yet, or all of it is settled
            return self._taken
        self._taken = True
        stuck = any(f"plan/hub/{self.plan}:{key}" in self.state.board.refused for key in accepted.unfiled)
        filed = not accepted.unfiled and all(
            has_ended(self.state, t) for t in threads_of(self.state, self.plan)
        )
        return stuck or filed

    def _gone(self) -> HubState:
        refused = [text for text in self.state.refusals.values() if text]
        if self.plan not in self.state.plans and refused:
            raise HubError(f"The hub did not take the plan: {refused[-1]}.")
        raise HubError(
            "The hub ended before the plan did; the workers live on.",
            "Go on with `hubctl up`, look with `hubctl status`.",
        )

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _show(self, before: HubState) -> None:
        lines = list(news(before, self.state)) if before is not self.state else []
        if not sys.stderr.isatty():
            for line in lines:
                print(f"{clock.now():%H:%M:%S} {escaped(line)}", file=sys.stderr, flush=True)  # noqa: T201 -- to people, beside the result
            return
        alerts = [line for line in lines if line.startswith("ALERT")]
        self._redraw(alerts, threads_of(self.state, self.plan))

    def _redraw(self, above: list[str], threads: list[Thread]) -> None:
        """Lines `above` stay in the scrollback; the block of threads below is drawn anew."""
        up = f"\x1b[{self._drawn}A\r\x1b[J" if self._drawn else ""
        block = [self._line(thread) for thread in threads]
        sys.stderr.write(up + "".join(f"{line}\n" for line in [*map(escaped, above), *block]))
        sys.stderr.flush()
        self._drawn = len(block)

    def _line(self, thread: Thread) -> str:
        state = thread.state.value.ljust(9)
        rest = f" {thread.ball.holder:<9} {span(clock.now() - thread.ball.since):>4}  {thread.title}: {doing(thread)}"
        text = escaped(f"{thread.id:>3} {state}{rest}")[: columns(sys.stderr) - 1]
        colour = COLOURS.get(thread.state)
        if colour is None or os.environ.get("NO_COLOR"):
            return text
        return text.replace(state, f"\x1b[{colour}m{state}\x1b[0m", 1)
