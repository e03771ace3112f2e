"""The loop: one queue of observations, one thread that decides, and sleeps until something is seen, asked or due.

A turn is: sightings become events, events are appended and folded, policy says what is due, and each order is written
down before a pool carries it out; its outcome comes back through the queue. Nothing else changes the log.
"""

import queue
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hubctl.agents.claude.belief import belief
from hubctl.agents.claude.belief.sources import Sources
from hubctl.core.decisions.evaluate import next_due
from hubctl.core.decisions.turn import decide, take
from hubctl.core.documents.policy import Rules
from hubctl.core.intake.observations import ClockSeen, HookSeen, Observation, OutcomeSeen, RequestSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.action_log import revive
from hubctl.core.ledger.actions import Effect
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread, Worker
from hubctl.core.vocabulary.words import TURN_OVER, ActionId, View
from hubctl.errors import HubError
from hubctl.perform import perform
from hubctl.perform.outside import Interrupted, Outside
from hubctl.ports.board import BoardUnreachable
from hubctl.ports.log import EventLog, Heartbeat, History
from hubctl.ports.worker import Watch

BEAT_SECONDS = 5.0
"""The longest sleep, too: so late is what nobody was woken for."""
FAILURES_ALLOWED = 5
"""Turns that may fail within a minute before the hub gives up: a bug that repeats would fill the log."""
FAILURE_SPAN = timedelta(minutes=1)
MOST_PARALLEL = 16
TURNS = (e.ViewChanged, e.PromptTaken, e.PromptProven, e.MessageProven, e.FeedbackProven)
"""With these a turn may begin or end."""


@dataclass(slots=True, kw_only=True)
class Loop:
    """One hub at work. `seen` is the queue that every watcher puts its observations on."""

    log: EventLog
    history: History
    rules: Callable[[], Rules]
    """the rules in force; `checks` alone changes them"""
    watch: Watch
    clock: Callable[[], datetime]
    jump: Callable[[], float]
    """seconds that the wall clock ran away since it was asked last"""
    checks: Callable[[datetime], Iterable[Observation]]
    """what the hub looks at itself, at each beat and when it is `stirred`: trust, the rules, git's own files"""
    stirred: Callable[[], bool]
    """whether a person has just trusted something"""
    authenticate: Callable[[RequestSeen, HubState], RequestSeen]
    heartbeat: Callable[[datetime], Heartbeat]
    version: str
    hooked: Callable[[str], bool] = lambda _: True  # whether this worker was started with hooks
    poke: Callable[[], None] = lambda: None
    """a person says that there is news on the board"""
    crashed: Callable[[str], str]
    """writes a bug's traceback down and returns where"""
    follow: Callable[[HubState], None] = lambda _: None
    """told of the state as the hub finds it, and after each turn that changed it; must return at once"""
    stop: threading.Event = field(default_factory=threading.Event)
    seen: "queue.SimpleQueue[Observation | None]" = field(default_factory=queue.SimpleQueue)
    """None: look at what verbs ask, at what is trusted, and at `stop`"""
    sources: dict[str, Sources] = field(default_factory=dict)
    _sighted: dict[str, tuple[Sources, Thread | None]] = field(default_factory=dict)
    """by worker: what its last sighting was made of"""
    _failures: list[datetime] = field(default_factory=list)
    _told: HubState | None = None
    _next_beat: datetime | None = None
    _started: datetime | None = None
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=MOST_PARALLEL, thread_name_prefix="effect")
    )

    @property
    def state(self) -> HubState:
        return self.history.state

    def wake(self) -> None:
        """From any thread."""
        self.seen.put(None)

    def run(self, outside: Outside) -> None:
        """Until `stop` is set or a person says `down`. Raises HubError where the hub cannot go on."""
        self.history.catch_up()
        self._tell()
        self._started = self.clock()
        beat = self.heartbeat(self._started)
        self.log.beat(beat)
        self._append((e.HubStarted(at=self._started, pid=beat.pid, version=self.version),))
        self.watch.start()
        try:
            for thread in self.state.threads.values():
                if thread.worker and thread.worker.alive:
                    self._follow(thread.worker)
            self._settle_doubts(outside)
            while not self.stop.is_set():
                self._guarded_turn(outside)
        finally:
            self._end()

    # --- start and end --------------------------------------------------------------------------------------------

    def _settle_doubts(self, outside: Outside) -> None:
        """Begun and not ended: the hub died in the middle. Every effect looks first, so it is performed again."""
        for pending in tuple(self.state.pending.values()):
            action = revive(pending)
            if action is None:
                unknown = f"this version does not know `{pending.name}`"
                self.seen.put(OutcomeSeen(at=self.clock(), action=pending.action, error=unknown))
            else:
                self._pool.submit(self._perform, action, pending.action, outside, in_doubt=True)

    def _end(self) -> None:
        self.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.watch.close()
        self._drain()
        self._append((e.HubStopped(at=self.clock(), why="ended in good order"),))
        self._tell()
        self.history.keep()
        self.log.beat(None)

    # --- a turn ---------------------------------------------------------------------------------------------------

    def _guarded_turn(self, outside: Outside) -> None:
        try:
            self.turn(outside)
        except HubError:
            raise
        except Exception as error:
            now = self.clock()
            where = self.crashed(traceback.format_exc())
            self._failures = [at for at in self._failures if now - at < FAILURE_SPAN] + [now]
            if len(self._failures) > FAILURES_ALLOWED:
                raise HubError(
                    f"The hub failed {len(self._failures)} times within a minute: {error}.",
                    f"This is a bug; `{where}` tells more. The workers live on.",
                ) from error

    def turn(self, outside: Outside) -> None:
        """Waits for something to be seen, asked or due, and does all that follows from it."""
        self._wait()
        self._drain()
        self._take_requests()
        self._beat()
        self._sight()
        self._act(outside)
        self._tell()

    def _tell(self) -> None:
        if self.state is not self._told:
            self._told = self.state
            self.follow(self.state)

    def _wait(self) -> None:
        now = self.clock()
        dues = (
            self._next_beat or now,
            next_due(self.rules().policy, self.state, now),
            *(belief.next_sight(sources, now) for sources in self.sources.values()),
        )
        pause = (min(due for due in dues if due is not None) - now).total_seconds()
        with suppress(queue.Empty):
            self._note(self.seen.get(timeout=min(max(0.001, pause), BEAT_SECONDS)))

    def _drain(self) -> None:
        while not self.seen.empty():
            self._note(self.seen.get())

    def _note(self, seen: Observation | None) -> None:
        if seen is None:
            return
        worker = getattr(seen, "worker", None)
        if worker in self.sources:
            self.sources[worker] = belief.believe(self.sources[worker], seen, self.clock())
        self._take(seen)
        if isinstance(seen, HookSeen):
            self.watch.settle(seen)

    def _take_requests(self) -> None:
        for request in self.log.requests(after=self.state.requests):
            self._take(self.authenticate(request, self.history.about(request)))
            if request.verb == "trigger":
                self.poke()
            if request.verb == "down" and self._is_mine(request):
                self.stop.set()

    def _is_mine(self, request: RequestSeen) -> bool:
        """Not refused, and asked of this hub: an older one was meant for a hub that ended before it read it."""
        asked_of_me = self._started is not None and request.at >= self._started
        return asked_of_me and request.number not in self.state.refusals

    def _beat(self) -> None:
        now = self.clock()
        rests = self._next_beat is not None and now < self._next_beat
        if rests and self._next_beat is not None and self._next_beat - now < timedelta(minutes=1):
            if self.stirred():
                self._check(now)
            return
        self._next_beat = now + timedelta(seconds=BEAT_SECONDS)
        self.log.beat(self.heartbeat(now))
        self._take(ClockSeen(at=now, slept=self.jump()))
        self._check(now)

    def _check(self, now: datetime) -> None:
        for seen in self.checks(now):
            self._take(seen)

    def _sight(self) -> None:
        """Once for each settled word of the sources, and once more whenever the thread has changed since."""
        threads = {thread.worker.id: thread for thread in self.state.threads.values() if thread.worker}
        for worker, sources in tuple(self.sources.items()):
            now = self.clock()
            if seen := belief.dispute(worker, sources, now):
                self.sources[worker] = belief.told(sources)
                self._take(seen)
            if hush := belief.hushed(worker, sources, now):
                self._take(hush)
            looked = sources, threads.get(worker)
            if self._sighted.get(worker) == looked:
                continue
            view = belief.sight(worker, sources, now)
            if view:
                self._sighted[worker] = looked
                self._take(view)

    def _act(self, outside: Outside) -> None:
        """All that is due is in the log before any of it begins (law 3)."""
        due = decide(self.rules().policy, self.state, self.clock())
        self._append(due.events)
        for effect in due.effects:
            self._pool.submit(self._perform, effect, effect.id, outside, in_doubt=False)

    def _perform(self, action: Effect, name: ActionId, outside: Outside, *, in_doubt: bool) -> None:
        """In a thread of the pool. An effect that the end of the hub cut short stays in doubt, and says nothing."""
        try:
            made = perform(action, outside, in_doubt=in_doubt)
            outcome = OutcomeSeen(at=self.clock(), action=name, made=made)
        except Interrupted:
            return
        except BoardUnreachable as error:
            why = f"{error.message} {error.cure}".strip()
            outcome = OutcomeSeen(
                at=self.clock(), action=name, error=why, unreached=True, seconds=error.seconds
            )
        except HubError as error:
            outcome = OutcomeSeen(at=self.clock(), action=name, error=error.message, cure=error.cure)
        except Exception as error:  # noqa: BLE001 -- a bug in an effect must not leave its thread without an outcome
            where = self.crashed(traceback.format_exc())
            why = f"a bug of hubctl in `{action.name}`: {error!r}"
            outcome = OutcomeSeen(at=self.clock(), action=name, error=why, cure=f"`{where}` tells more.")
        self.seen.put(outcome)

    # --- the log ---------------------------------------------------------------------------------------------------

    def _take(self, seen: Observation) -> None:
        self._append(take(self.history.about(seen), [seen]).events)

    def _append(self, events: Sequence[e.Event]) -> None:
        if not events:
            return
        self.history.append(events)
        for event in events:
            self._react(event)

    def _react(self, event: e.Event) -> None:
        """What follows from a fact outside the state: who is watched."""
        if isinstance(event, e.WorkerStarted):
            thread = self.state.thread(event.thread or "")
            if thread and thread.worker and thread.worker.id not in self.sources:
                self._follow(thread.worker)
        elif isinstance(event, e.WorkerDied | e.WorkerEnded):
            thread = self.state.thread(event.thread or "")
            if thread and thread.worker:
                self.sources.pop(thread.worker.id, None)
                self._sighted.pop(thread.worker.id, None)
                self.watch.forget(thread.worker.id)
        elif isinstance(event, TURNS):
            self._turned(event)
        elif isinstance(event, e.AskClosed):
            self._let_go(event.ask)

    def _turned(self, event: e.Event) -> None:
        thread = self.state.thread(event.thread or "")
        if thread and thread.worker and thread.view in (View.BUSY, *TURN_OVER):
            self.watch.turned(thread.worker.id, busy=thread.view is View.BUSY, at=event.at)

    def _let_go(self, name: str) -> None:
        """Nobody waits for this ask's answer: its hook has it, or ends without one."""
        ask = self.state.asks[name]
        if ask.worker in self.sources:
            self.sources[ask.worker] = belief.answered(self.sources[ask.worker], ask.gate, self.clock())
        if ask.gate:
            self.watch.release(ask.worker, ask.gate)

    def _follow(self, worker: Worker) -> None:
        asks, hooked = self.state.asks.values(), self.hooked(worker.id)
        self.sources[worker.id] = belief.first_look(worker.id, asks, self.clock(), hooked=hooked)
        self.watch.watch(worker)

    def needs_screen(self, worker: str) -> bool:
        """For the watcher of panes: nothing better than the screen tells what this worker does."""
        return belief.needs_screen(self.sources.get(worker))
