"""What an event that fits does to a thread: the fields it fills, and who must act next.

Rule 1: only `transitions.advance` calls these; whether an event fits, and which state it leads to, stands there.
Rule 2: the dead stay dead. What a worker did last may be heard after its death; only a new start ends `View.GONE`.
Rule 3: an attempt ends once, when the worker has heard what its claim lacked, or claims again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hubctl.core import events as e
from hubctl.core.heard import anywhere, mark_of
from hubctl.core.thread import Rejection, Thread, Worker
from hubctl.core.words import HUB, HUMAN, NOBODY, WORKER, ThreadState, View

S = ThreadState


# --- which fields an event fills ----------------------------------------------------------------------------------


def _assigned(t: Thread, ev: e.WorkerAssigned) -> Thread:
    start, resume = ev.start, ev.resume
    return replace(
        t, start=start, resume=resume, view=View.STARTING, idle_since=None, dialog="", undelivered=""
    )


def _started(t: Thread, ev: e.WorkerStarted) -> Thread:
    worker = Worker(
        id=ev.worker,
        session=ev.session,
        pane=ev.pane,
        window=ev.window,
        pid=ev.pid,
        worktree=ev.worktree,
        branch=ev.branch,
        start_commit=ev.start_commit,
        role_version=ev.role_version,
    )
    view = View.STARTING if t.view in (View.GONE, View.UNKNOWN) else t.view
    return replace(t, worker=worker, start=ev.start, view=view)


def _start_failed(t: Thread, ev: e.StartFailed) -> Thread:
    return replace(t, failed_by="start-failed", cure=ev.cure, view=View.GONE, idle_since=None)


def _viewed(t: Thread, ev: e.ViewChanged) -> Thread:
    if t.view is View.GONE:
        return t
    idle = (t.idle_since or ev.at) if ev.view is View.IDLE else None
    error = "" if ev.view is View.BUSY else t.turn_error
    return replace(t, view=ev.view, view_why=ev.why, idle_since=idle, turn_error=error)


def _died(t: Thread, ev: e.WorkerDied) -> Thread:
    return replace(_gone(t), deaths=(*t.deaths[-19:], ev.at))


def _gone(t: Thread) -> Thread:
    worker = replace(t.worker, alive=False, pane="") if t.worker else None
    return replace(t, worker=worker, view=View.GONE, idle_since=None, dialog="")


def _busy(t: Thread) -> Thread:
    return replace(t, view=t.view if t.view is View.GONE else View.BUSY, idle_since=None)


def _heard(t: Thread, ev: e.PromptTaken | e.PromptProven | e.FeedbackProven) -> Thread:
    queued = t.queued | {mark_of(name) for name in ev.heard} if ev.queued else t.queued
    return replace(t, heard=t.heard | set(ev.heard), queued=queued)


def _taken(t: Thread, ev: e.PromptTaken) -> Thread:
    """What the worker CLI sends to itself says nothing of a prompt of ours that is still in the composer."""
    taken = replace(_busy(_heard(t, ev)), turn_error="")
    return replace(taken, episode=t.episode + 1, undelivered="") if ev.by_person else taken


def _fed_back(t: Thread, ev: e.FeedbackProven) -> Thread:
    return _told(replace(_busy(_heard(t, ev)), turn_error="", undelivered="", prompts=t.prompts + 1))


def _told(t: Thread) -> Thread:
    """Rule 3."""
    return replace(t, attempt=t.attempt + (t.rejection is not None), rejection=None)


def _proven(t: Thread, ev: e.PromptProven) -> Thread:
    """A worker's first prompt holds what the last claim lacked (`prompts.resume`), and no dialog of its start is left."""
    proven = replace(_busy(_heard(t, ev)), turn_error="", undelivered="", proven=True, prompts=t.prompts + 1)
    return _told(replace(proven, dialog="")) if t.state is S.STARTING else proven


def _progressed(t: Thread, ev: e.ProgressReported) -> Thread:
    """A word of its own proves that the worker was reached; one that rests is late from this word on."""
    idle = ev.at if t.idle_since else None
    return replace(t, note=ev.text, episode=t.episode + 1, proven=True, undelivered="", idle_since=idle)


def _claimed(t: Thread, ev: e.DoneClaimed) -> Thread:
    claims, episode, summary = t.claims + 1, t.episode + 1, ev.summary
    if t.rejection:  # a claim is faster than the proof of what led to it, where only the transcript tells
        t = replace(t, heard=t.heard | {anywhere(t.rejection.feedback)})
    return replace(_told(t), claims=claims, episode=episode, summary=summary, proven=True, undelivered="")


# Any: the dictionary's key is the event's own type, which a Callable's parameter cannot say.
FACTS: Mapping[type[e.Event], Callable[[Thread, Any], Thread]] = {
    e.WorkerAssigned: _assigned,
    e.WorkerStarted: _started,
    e.StartFailed: _start_failed,
    e.ViewChanged: _viewed,
    e.WorkerDied: _died,
    e.WorkerEnded: lambda t, _: _gone(t),
    e.PromptTaken: _taken,
    e.PromptProven: _proven,
    e.FeedbackProven: _fed_back,
    e.DialogOpened: lambda t, ev: replace(t, dialog=ev.what),
    e.DialogClosed: lambda t, _: replace(t, dialog=""),
    e.PromptUndelivered: lambda t, ev: replace(t, undelivered=ev.why),
    e.TurnFailed: lambda t, ev: replace(t, turn_error=ev.error),
    e.TokensCounted: lambda t, ev: replace(t, input_tokens=ev.input_tokens, output_tokens=ev.output_tokens),
    e.ProgressReported: _progressed,
    e.DoneClaimed: _claimed,
    e.ClaimAccepted: lambda t, ev: replace(t, commit=ev.commit, guarded=ev.guarded, rejection=None),
    e.ClaimRejected: lambda t, ev: replace(
        t, rejection=Rejection(why=ev.why, feedback=ev.feedback, output=ev.output)
    ),
    e.ThreadFailed: lambda t, ev: replace(t, failed_by=ev.rule, cure=ev.cure),
    e.IssueClosed: lambda t, _: replace(t, issue_closed=True),
}


# --- who must act next --------------------------------------------------------------------------------------------

Pass = tuple[str, str]
"""The new holder, and why."""


def _next(t: Thread, _: e.Event) -> Pass | None:
    """Who must act when nothing but the thread's own facts decides; None: whoever has the ball keeps it."""
    if not t.state.running or t.view is View.GONE:
        return None
    if t.dialog:
        return HUMAN, f"{t.dialog}: answer it in the pane"
    if t.undelivered:
        return HUMAN, f"a prompt was not accepted: {t.undelivered}"
    match t.state:
        case S.REVIEWING:
            return _reviews(t)
        case S.STARTING:
            return WORKER, "takes its first prompt"
        case _:
            return WORKER, f"works, attempt {t.attempt}"


def _reviews(t: Thread) -> Pass:
    if t.rejection:
        return HUB, f"tells the worker: {t.rejection.why}"
    return HUB, "judges the claim when the turn has ended"


def _after_death(t: Thread, ev: e.WorkerDied) -> Pass | None:
    if t.state is S.REVIEWING and t.rejection is None:
        return _reviews(t)
    return (HUB, f"the worker died ({ev.how})") if t.state.running else None


BALLS: Mapping[type[e.Event], Callable[[Thread, Any], Pass | None]] = {
    e.WorkerAssigned: lambda _, ev: (HUB, "resumes the worker" if ev.resume else "starts the worker"),
    e.WorkerStarted: _next,
    e.PromptProven: _next,
    e.FeedbackProven: _next,
    e.PromptTaken: lambda t, ev: _next(t, ev) if ev.by_person and t.state is not S.STARTING else None,
    e.PromptUndelivered: _next,
    e.ProgressReported: _next,
    e.DialogOpened: _next,
    e.DialogClosed: _next,
    e.WorkerDied: _after_death,
    e.DoneClaimed: lambda t, ev: _next(t, ev) if t.dialog else _reviews(t),
    e.ClaimRejected: lambda t, ev: _next(t, ev) or _reviews(t),
    e.ClaimAccepted: lambda *_: (NOBODY, "done"),
    e.StartFailed: lambda _, ev: (HUMAN, ev.why),
    e.ThreadFailed: lambda _, ev: (HUMAN, ev.why),
    e.ThreadCanceled: lambda _, ev: (NOBODY, ev.why),
}
