"""What the log says of an action: that it began, what a verdict is, and which action a log's words were."""

from datetime import datetime
from typing import assert_never

from hubctl.core.ledger import actions as a
from hubctl.core.ledger import events as e
from hubctl.core.ledger.asks import decided
from hubctl.core.vocabulary.values import of_words


def begin(action: a.Effect, at: datetime) -> tuple[e.Event, ...]:
    """What is appended before the effect (law 3)."""
    began = e.ActionBegan(
        at=at,
        thread=action.thread,
        action=action.id,
        name=action.name,
        because=action.because,
        episode=action.episode,
        words=action.words,
    )
    if isinstance(action, a.StartWorker):
        return began, e.WorkerAssigned(at=at, thread=action.thread, start=action.start, resume=action.resume)
    if isinstance(action, a.AnswerDialog):
        return began, e.AnswerOrdered(at=at, thread=action.thread)
    return (began,)


def pronounce(verdict: a.Verdict, at: datetime) -> e.Event:
    """The event that a verdict is."""
    match verdict:
        case a.DecideAsk():
            said, because, why = verdict.decision, verdict.because, verdict.reason
            return decided(verdict.ask, verdict.thread, decision=said, because=because, why=why, at=at)
        case a.FailThread():
            rule, why, cure = verdict.because, verdict.why, verdict.cure
            return e.ThreadFailed(at=at, thread=verdict.thread, rule=rule, why=why, cure=cure)
        case a.ReopenThread():
            return e.ThreadReopened(at=at, thread=verdict.thread, resume=True, why=verdict.why)
        case a.RaiseAlert():
            return e.AlertRaised(
                at=at,
                thread=verdict.thread,
                alert=verdict.alert,
                kind=verdict.kind,
                severity=verdict.severity,
                because=verdict.because,
                episode=verdict.episode,
                text=verdict.text,
            )
        case a.ResolveAlert():
            return e.AlertResolved(at=at, thread=verdict.thread, alert=verdict.alert, why=verdict.why)
        case a.CallHuman():
            rule, episode, why = verdict.because, verdict.episode, verdict.why
            return e.HumanCalled(at=at, thread=verdict.thread, rule=rule, episode=episode, why=why)
        case a.TakeBallBack():
            return e.BallTakenBack(at=at, thread=verdict.thread)
    assert_never(verdict)


def revive(begun: e.ActionBegan) -> a.Effect | None:
    """The action that a log says was begun; None for one that this version does not know, or whose words are torn."""
    kind = a.EFFECTS.get(begun.name)
    envelope = {"because": begun.because, "episode": begun.episode, "thread": begun.thread}
    return of_words(kind, {**begun.words, **envelope}) if kind else None
