"""The world of a story for `balls`: processes with their files, what comes of the hub's orders, and the record of it."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hubctl.core.documents.policy import Policy
from hubctl.core.intake.observations import Delivered, Filed, Made
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Deliver, Effect, FileIssue, JudgeClaim, ReadScreen, StartWorker
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.prompts import expected, resume_prompt, task_prompt
from hubctl.core.vocabulary.values import Struct
from hubctl.core.vocabulary.words import Proof, View
from hubctl.perform.claims import feedback_text
from support.stories.lives.life import Life
from support.stories.lives.words import Answer, Beat, Story

PURPOSES = ("task", "nudge", "message", "feedback", "wake", "resume")


class Moment(Struct, frozen=True, kw_only=True):
    """Something of a kind at an issue (`hub`: at none), `at` seconds after the story's begin."""

    at: float
    kind: str
    issue: str
    at_once: bool = False
    """of a drop: the fact itself"""
    alert: bool = False
    """of a detection: a person is told"""


class Played(Struct, frozen=True, kw_only=True):
    """The truth, and what the hub did by its rules."""

    story: Story
    drops: tuple[Moment, ...]
    detections: tuple[Moment, ...]
    anomalies: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Process:
    """A worker's process and its session file, as they are."""

    worker: str
    issue: str
    session: str
    ended: str = ""
    status: str | None = None
    waits_for: str = ""
    written: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Answers:
    """What the story says of each order, the first one first; then all goes well."""

    story: Story
    _used: dict[str, int] = field(default_factory=dict)

    def to(self, action: Effect, thread: Thread | None) -> Answer:
        name = _name(action)
        used, known = self._used.get(name, 0), self.story.answers.get(name, ())
        self._used[name] = used + 1
        return known[used] if used < len(known) else _usual(action, thread)

    def life(self, action: StartWorker) -> tuple[Beat, ...]:
        """What the process of this start does; one that no story tells of works on."""
        lives = self.story.lives.get(action.thread or "", ())
        if action.start <= len(lives):
            return lives[action.start - 1]
        return Life(random.Random(action.id)).boots().works(self.story.seconds, every=60).done()


def _name(action: Effect) -> str:
    purpose = f" {action.purpose}" if isinstance(action, Deliver) else ""
    issue = action.key.removeprefix("k") if isinstance(action, FileIssue) else action.thread
    return f"{action.name}{purpose} {issue}"


def _usual(action: Effect, thread: Thread | None) -> Answer:
    if not isinstance(action, Deliver):
        return Answer()
    life = Life(random.Random(action.id), now=0.3).takes(f"{{{action.purpose}}}")
    if thread is None or thread.view is not View.BUSY:
        life.passes(4).rests()
    return Answer(beats=life.done())


def made_by(action: Effect, answer: Answer, policy: Policy, state: HubState, at: datetime) -> Made:
    """What the effect reports, as `hubctl.perform` does."""
    thread = state.threads.get(action.thread) if action.thread else None
    match action:
        case FileIssue():
            return Filed(number=int(action.key.removeprefix("k")))
        case StartWorker() if thread:
            return _started(action, thread, policy, state, at)
        case JudgeClaim() if thread and answer.why:
            told = feedback_text(thread, answer.why, "", "")
            return e.ClaimRejected(at=at, thread=thread.id, why=answer.why, feedback=told)
        case JudgeClaim():
            return e.ClaimAccepted(at=at, thread=action.thread, commit="c1")
        case Deliver():
            return Delivered(proof=Proof.HOOK)
        case ReadScreen() if answer.why:
            until = at + timedelta(seconds=int(answer.why))
            return e.RetryAnnounced(at=at, thread=action.thread, until=until)
        case _:
            return None


def _started(
    action: StartWorker, thread: Thread, policy: Policy, state: HubState, at: datetime
) -> e.WorkerStarted:
    lane, living = policy.lanes.get(thread.role), state.standing_worker(thread.role)
    standing = bool(lane and lane.standing)
    told = living if standing and living and living.alive else None
    return e.WorkerStarted(
        at=at,
        thread=thread.id,
        worker=told.id if told else f"w{thread.id}-{action.start}",
        start=action.start,
        session=told.session if told else f"session-{thread.id}",
        pane=f"%{thread.id}{action.start}",
        window=f"@{thread.id}{action.start}",
        pid=int(f"{thread.id}00{action.start}"),
        worktree=f"trees/{thread.id}",
        branch=f"hub/{thread.id}",
        start_commit="c0",
        role_version="v1",
        standing=standing,
        untold=told is not None,
    )


def texts(state: HubState, thread: Thread) -> Mapping[str, str]:
    """The hub's prompts by the simulator's words for them."""
    known = {one.purpose: one.text for one in reversed(tuple(expected(state, thread)))}
    first = resume_prompt(state, thread) if thread.resume else task_prompt(state, thread)
    return {"{first}": first.text} | {f"{{{name}}}": known[name] for name in PURPOSES if name in known}


def filled(text: str, known: Mapping[str, str], *, as_json: bool) -> str:
    """The simulator's text with the hub's words in it."""
    for word, said in known.items():
        text = text.replace(word, json.dumps(said)[1:-1] if as_json else said)
    return text
