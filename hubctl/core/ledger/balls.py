"""Who must act next on a thread, after an event that fits.

Rule: only `transitions.advance` calls these. What a dead worker is heard to say gives it no ball back.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hubctl.core.ledger import events as e
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.turn_errors import TURN_ERRORS
from hubctl.core.vocabulary.words import HUB, HUMAN, NOBODY, WORKER, ThreadState, View

S = ThreadState
Pass = tuple[str, str]
"""The new holder, and why."""


def _next(t: Thread, _: e.Event) -> Pass | None:
    """Who must act when nothing but the thread's own facts decides; None: whoever has the ball keeps it."""
    if not t.state.running:
        return None
    if t.view is View.GONE and (not t.handoff or t.state is S.STARTING):
        return _heir(t)
    if t.dialog:
        return HUMAN, f"{t.dialog}: answer it in the pane"
    if t.undelivered:
        return HUMAN, f"a prompt was not accepted: {t.undelivered}"
    return _reviews(t) if t.state is S.REVIEWING else _works(t)


def _works(t: Thread) -> Pass:
    if t.handoff and t.state is not S.STARTING:  # one that starts is called back
        return (HUB, "brings a person's message") if t.messages else (t.handoff.to, t.handoff.why)
    if t.state is S.STARTING:
        return WORKER, "takes its first prompt"
    if t.turn_error in TURN_ERRORS:
        return HUMAN, TURN_ERRORS[t.turn_error].why
    if t.awaited_host:
        return HUMAN, f"asks for {t.awaited_host}"
    return WORKER, f"works, attempt {t.attempt}"


def _turned(t: Thread, ev: e.TurnFailed | e.ViewChanged) -> Pass | None:
    """A turn that failed may need a person, and one that ended while a host is asked for, until the worker goes on."""
    turned = isinstance(ev, e.TurnFailed) or ev.view is View.BUSY or bool(t.asked_hosts)
    return _next(t, ev) if turned and t.state in (S.WORKING, S.WAITING) else None


def _at_rest(t: Thread, ev: e.HostRefused | e.HostDecided) -> Pass | None:
    """A host is a matter beside the work, as long as a turn runs."""
    return _next(t, ev) if t.view is View.IDLE and t.state in (S.WORKING, S.WAITING) else None


def _took(t: Thread, ev: e.PromptTaken) -> Pass | None:
    """A turn that the worker CLI begins by itself goes on after an error: a person has no more to mend."""
    if ev.by_person:
        return None if _awaits_first(t) else _next(t, ev)
    return _next(t, ev) if t.state is S.WORKING and t.ball.holder == HUMAN else None


def _awaits_first(t: Thread) -> bool:
    """A process was started with its first prompt; a standing worker that lived may take a person's words before it."""
    return t.state is S.STARTING and not (t.worker and t.worker.untold)


def _heir(t: Thread) -> Pass | None:
    """A dead worker holds no ball, whatever is heard of it after its death."""
    return None if t.ball.holder == HUB else (HUB, "the worker died")


def _reviews(t: Thread) -> Pass:
    if t.rejection:
        return HUB, f"tells the worker: {t.rejection.why}"
    return HUB, "judges the claim when the turn has ended"


def _after_death(t: Thread, ev: e.WorkerDied) -> Pass | None:
    if t.state is S.REVIEWING and t.rejection is None:
        return _reviews(t)
    if t.handoff and t.state is not S.STARTING:  # it is called back when the ball is
        return _next(t, ev)
    return (HUB, f"the worker died ({ev.how})") if t.state.running else None


BALLS: Mapping[type[e.Event], Callable[[Thread, Any], Pass | None]] = {
    e.WorkerAssigned: lambda _, ev: (HUB, "resumes the worker" if ev.resume else "starts the worker"),
    e.WorkerStarted: _next,
    e.PromptProven: _next,
    e.MessageProven: _next,
    e.FeedbackProven: _next,
    e.PromptTaken: _took,
    e.PromptUndelivered: _next,
    e.ProgressReported: _next,
    e.HandedOff: _next,
    e.Asked: _next,
    e.TurnInterrupted: _next,
    e.MessageWritten: lambda t, ev: _next(t, ev) if t.handoff else None,
    e.RequestFailed: lambda t, ev: _next(t, ev) if t.handoff else None,
    e.HostRefused: _at_rest,
    e.HostDecided: _at_rest,
    e.DialogOpened: _next,
    e.AnswerOrdered: lambda t, _: (HUB, f"answers the {t.dialog}"),
    e.DialogClosed: _next,
    e.TurnFailed: _turned,
    e.ViewChanged: _turned,
    e.WorkerDied: _after_death,
    e.DoneClaimed: lambda t, ev: _next(t, ev) if t.dialog else _reviews(t),
    e.ClaimRejected: lambda t, ev: _next(t, ev) or _reviews(t),
    e.ClaimAccepted: lambda *_: (NOBODY, "done"),
    e.StartFailed: lambda _, ev: (HUMAN, ev.why),
    e.ThreadFailed: lambda _, ev: (HUMAN, ev.why),
    e.ThreadCanceled: lambda _, ev: (NOBODY, ev.why),
    e.ThreadReopened: lambda _, ev: (HUB, ev.why),
}
