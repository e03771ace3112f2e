"""Plays a story to the core as `hubctl/hub/loop.py` would, for `balls`: sightings in, orders out, and what was detected when.

The hub's clock stands still between two things that happen; it moves on by `STEP_SECONDS` at most, and stops at what the
core says is due.
"""

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hubctl.agents.claude.belief.belief import SETTLE, believe, dispute, sight, told
from hubctl.agents.claude.belief.sources import Sources
from hubctl.core.decisions.evaluate import next_due
from hubctl.core.decisions.turn import Turn, decide, take
from hubctl.core.documents.policy import Lane, Policy, RuleId
from hubctl.core.intake import observations as o
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Action, Effect, StartWorker
from hubctl.core.ledger.fold import apply, fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.core.vocabulary.words import ThreadId
from support.stories.lives.words import Answer, Beat, Story
from support.stories.noise import Seeing
from support.stories.sightings import Sight, plan_request, sighting
from support.stories.stand import Answers, Moment, Played, Process, filled, made_by, texts

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
STEP_SECONDS = 15.0
RULES = frozenset(rule.value for rule in RuleId)


class _Happens(Struct, frozen=True, kw_only=True):
    """A beat of an anchor: whose it is, and which process of it."""

    beat: Beat
    issue: str
    anchor: str
    process: Process | None


class _Ends(Struct, frozen=True, kw_only=True):
    action: Effect
    answer: Answer


_Due = _Happens | Sight | _Ends


@dataclass(slots=True, kw_only=True)
class Player:
    story: Story
    policy: Policy
    seeing: Seeing
    now: float = 0.0
    state: HubState = field(default_factory=HubState)
    log: list[e.Event] = field(default_factory=list)
    _agenda: list[tuple[float, int, _Due]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _requests: int = 1
    _sources: dict[str, Sources] = field(default_factory=dict)
    _sighted: dict[str, tuple[Sources, Thread | None]] = field(default_factory=dict)
    _processes: dict[str, Process] = field(default_factory=dict)
    _prompts: dict[tuple[str, str], str] = field(default_factory=dict)
    _drops: list[Moment] = field(default_factory=list)
    _detections: list[Moment] = field(default_factory=list)
    _answers: Answers = field(init=False)

    def __post_init__(self) -> None:
        self._answers = Answers(story=self.story)
        if self.story.lane:
            self.policy = replace(self.policy, lanes={"coder": Lane(key="coder", standing=True)})

    def play(self) -> Played:
        self._anchor(self.story.beats, issue="hub", process=None)
        self._note(plan_request(self.story, now=self._time))
        self._turn()
        while self.now < self.story.seconds:
            self._step()
        return Played(
            story=self.story,
            drops=tuple(self._drops),
            detections=tuple(self._detections),
            anomalies=tuple(odd.why for odd in self.state.anomalies),
        )

    @property
    def _time(self) -> datetime:
        return self._when(self.now)

    def _when(self, at: float) -> datetime:
        return BEGIN + timedelta(seconds=at)

    # --- time -----------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        self.now = min(self._stops())
        while self._agenda and self._agenda[0][0] <= self.now:
            self._meet(heapq.heappop(self._agenda)[2])
        self._turn()

    def _stops(self) -> Iterable[float]:
        yield min(self.now + STEP_SECONDS, self.story.seconds)
        if self._agenda:
            yield max(self.now, self._agenda[0][0])
        settles = (known.touched + SETTLE for known in self._sources.values())
        due = next_due(self.policy, self.state, self._time)
        for moment in (*settles, *([due] if due else [])):
            at = (moment - BEGIN).total_seconds()
            if at > self.now:
                yield at

    def _at(self, at: float, due: _Due) -> None:
        heapq.heappush(self._agenda, (at, next(self._count), due))

    def _anchor(self, beats: Iterable[Beat], *, issue: str, process: Process | None) -> None:
        anchor = f"{issue}-{next(self._count)}"
        for beat in beats:
            happens = _Happens(beat=beat, issue=beat.issue or issue, anchor=anchor, process=process)
            self._at(self.now + beat.at, happens)

    def _meet(self, due: _Due) -> None:
        match due:
            case _Happens():
                self._happen(due)
            case Sight():
                self._see(due)
            case _Ends():
                self._end(due)

    # --- what happens ---------------------------------------------------------------------------------------------

    def _happen(self, due: _Happens) -> None:
        beat, process = due.beat, due.process or self._processes.get(due.issue)
        if (
            due.process
            and due.process.ended
            and not (beat.what == "dropped" and due.process.ended == f"{self.now}")
        ):
            return
        match beat.what:
            case "dropped":
                self._drops.append(
                    Moment(at=self.now, kind=beat.word, issue=due.issue, at_once=beat.text == "at once")
                )
            case "restart":
                self._restart()
            case "slept":
                self.now += float(beat.word)
                self._note(o.ClockSeen(at=self._time, slept=float(beat.word)))
            case "trust":
                self._note(o.TrustSeen(at=self._time, changed=tuple(beat.text.split())))
            case _:
                self._is_seen(self._worded(due, beat), due.issue, process)

    def _worded(self, due: _Happens, beat: Beat) -> Beat:
        """The beat in the hub's words: prompts as they were when the first source told of them."""
        text, word = beat.text, beat.word.replace("{life}", due.anchor)
        thread = self.state.threads.get(ThreadId(due.issue))
        if "{" in text and thread:
            known = texts(self.state, thread)
            known = {name: self._prompts.setdefault((due.anchor, name), said) for name, said in known.items()}
            session = due.process.session if due.process else ""
            known |= {"{life}": due.anchor, "{session}": session}
            text = filled(text, known, as_json=beat.what == "hook")
        return replace(beat, text=text, word=word)

    def _is_seen(self, beat: Beat, issue: str, process: Process | None) -> None:
        if process and beat.what == "process":
            process.ended = f"{self.now}"
        if process and beat.what == "session":
            process.status, process.waits_for, process.written = beat.word, beat.text, self._time
        if beat.what in ("says", "person"):
            self._requests += 1
        for at in self.seeing.times(self.now, beat.what, issue):
            seen = Sight(beat=beat, issue=issue, process=process, at=self.now, number=self._requests)
            self._at(at, seen)

    def _restart(self) -> None:
        """The hub dies and starts; its watchers look at everything anew."""
        self.state = fold(self.log)
        started = e.HubStarted(at=self._time, pid=1, version="0")
        self._append(Turn(state=apply(self.state, started), events=(started,)))
        self._sources = {worker: Sources(touched=self._time) for worker in self._sources}
        self._sighted = {}
        for issue, process in self._processes.items():
            what, word = ("process", "dead") if process.ended else ("session", process.status or "")
            if process.worker in self._sources and word:
                beat = Beat(at=0, what=what, word=word)
                self._at(self.now, Sight(beat=beat, issue=issue, process=process, at=self.now, number=0))

    # --- what is seen ---------------------------------------------------------------------------------------------

    def _see(self, due: Sight) -> None:
        seen = sighting(due, now=self._time, at=self._when(due.at))
        if seen is not None:
            self._note(seen)

    def _note(self, seen: o.Observation) -> None:
        worker = getattr(seen, "worker", None)
        if worker in self._sources:
            self._sources[worker] = believe(self._sources[worker], seen, self._time)
        self._append(take(self.state, [seen]))

    # --- the hub's turn -------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        self._sight()
        due = decide(self.policy, self.state, self._time)
        self._append(due)
        for order in due.orders:
            self._detect(order)
        for effect in due.effects:
            self._carry_out(effect)

    def _sight(self) -> None:
        threads = {thread.worker.id: thread for thread in self.state.threads.values() if thread.worker}
        for worker, sources in tuple(self._sources.items()):
            if said := dispute(worker, sources, self._time):
                self._sources[worker] = told(sources)
                self._append(take(self.state, [said]))
            looked = sources, threads.get(worker)
            if self._sighted.get(worker) != looked and (view := sight(worker, sources, self._time)):
                self._sighted[worker] = looked
                self._append(take(self.state, [view]))

    def _detect(self, action: Action) -> None:
        kind = getattr(action, "kind", action.because)
        if kind in RULES and action.name != "resolve-alert":
            alert = action.name in ("raise-alert", "fail-thread")
            self._detections.append(Moment(at=self.now, kind=kind, issue=action.thread or "hub", alert=alert))

    def _carry_out(self, action: Effect) -> None:
        thread = self.state.threads.get(action.thread) if action.thread else None
        answer = self._answers.to(action, thread)
        self._anchor(
            answer.beats, issue=action.thread or "hub", process=self._processes.get(action.thread or "")
        )
        if answer.takes is not None:
            self._at(self.now + answer.takes, _Ends(action=action, answer=answer))

    def _end(self, due: _Ends) -> None:
        action, error = due.action, due.answer.error
        if action.id not in self.state.pending:
            return
        made = None if error else made_by(action, due.answer, self.policy, self.state, self._time)
        if action.name == "end-worker" and (process := self._processes.get(action.thread or "")):
            self._is_seen(Beat(at=0, what="process", word="dead", text="exit 0"), process.issue, process)
        self._note(o.OutcomeSeen(at=self._time, action=action.id, made=made, error=error))
        if isinstance(action, StartWorker) and isinstance(made, e.WorkerStarted):
            self._run(action, made.worker, made.session)

    def _run(self, action: StartWorker, worker: str, session: str) -> None:
        issue = action.thread or ""
        process = Process(worker=worker, issue=issue, session=session)
        self._processes[issue] = process
        self._anchor(self._answers.life(action), issue=issue, process=process)

    def _append(self, made: Turn) -> None:
        self.log += made.events
        self.state = made.state
        for event in made.events:
            thread = self.state.threads.get(event.thread) if event.thread else None
            if thread is None or thread.worker is None:
                continue
            if isinstance(event, e.WorkerStarted):
                self._sources.setdefault(thread.worker.id, Sources(touched=self._time))
            elif isinstance(event, e.WorkerDied | e.WorkerEnded):
                self._sources.pop(thread.worker.id, None)
                self._sighted.pop(thread.worker.id, None)
