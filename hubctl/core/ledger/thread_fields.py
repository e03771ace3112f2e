"""What an event that fits does to a thread: the fields it fills. Who must act next stands in `balls`.

Rule 1: only `transitions.advance` calls these; whether an event fits, and which state it leads to, stands there.
Rule 2: the dead stay dead. What a worker did last may be heard after its death; only a new start ends `View.GONE`.
Rule 3: an attempt ends once, when the worker has heard what its claim lacked, or claims again.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from hubctl.core.ledger import events as e
from hubctl.core.ledger.prompt_marks import anywhere, mark_of
from hubctl.core.ledger.thread import Handoff, Tally, Thread, Worker
from hubctl.core.ledger.turn_errors import TURN_ERRORS
from hubctl.core.vocabulary.values import grown, replace
from hubctl.core.vocabulary.words import CLOCK, HUMAN, Door, ThreadState, View

S = ThreadState
LONGEST_TOOL = timedelta(days=1)
"""What a tool call claims beyond this puts no stall off: it is written by a worker."""


# --- which fields an event fills ----------------------------------------------------------------------------------


def _assigned(t: Thread, ev: e.WorkerAssigned) -> Thread:
    fresh = replace(t, view=View.STARTING, idle_since=None, dialog="", undelivered="")
    handoff = t.handoff if ev.resume else None
    opening = _opening(t, resume=ev.resume)
    # One that was alive is started again because it did not move: that counts as a death.
    deaths = t.deaths if t.state is S.QUEUED or t.view is View.GONE else (*t.deaths[-19:], ev.at)
    fresh = replace(fresh, handoff=handoff, opening=opening, deaths=deaths, orphaned=False)
    return replace(fresh, start=ev.start, resume=ev.resume)


def _opening(t: Thread, *, resume: bool) -> tuple[int, ...]:
    """A task holds all that people wrote before; a session that is taken up again is told one message, word for word."""
    numbers = tuple(message.number for message in t.messages)
    if not resume:
        return numbers
    called_back = t.state is S.QUEUED or t.handoff is not None
    return numbers[:1] if called_back and t.rejection is None else ()


def _started(t: Thread, ev: e.WorkerStarted) -> Thread:
    before = t.worker.before if t.worker and t.worker.session == ev.session else ()
    worker = grown(Worker, ev, before=before)
    view = View.STARTING if t.view in (View.GONE, View.UNKNOWN) else t.view
    resume = t.resume and (t.worker is None or t.worker.session == ev.session)
    return replace(t, worker=worker, start=ev.start, view=view, resume=resume, hookless=None)


def _in_session(t: Thread, ev: e.SessionChanged) -> Thread:
    if t.worker is None or t.worker.session == ev.session:
        return t
    before = (*(name for name in t.worker.before if name != ev.session), t.worker.session)
    return replace(t, worker=replace(t.worker, session=ev.session, before=before))


def _viewed(t: Thread, ev: e.ViewChanged) -> Thread:
    if t.view is View.GONE:
        return t
    idle = (t.idle_since or ev.at) if ev.view is View.IDLE else None
    error = "" if ev.view is View.BUSY else t.turn_error
    return replace(t, view=ev.view, view_why=ev.why, idle_since=idle, turn_error=error)


def _gone(t: Thread) -> Thread:
    worker = replace(t.worker, alive=False, pane="") if t.worker else None
    return replace(t, worker=worker, view=View.GONE, idle_since=None, dialog="", undelivered="")


def _busy(t: Thread) -> Thread:
    return replace(t, view=t.view if t.view is View.GONE else View.BUSY, idle_since=None)


def _marked(t: Thread, ev: e.PromptTaken | e.PromptProven | e.MessageProven | e.FeedbackProven) -> Thread:
    queued = t.queued | {mark_of(name) for name in ev.heard} if ev.queued else t.queued
    return replace(t, heard=t.heard | set(ev.heard), queued=queued)


def _taken(t: Thread, ev: e.PromptTaken) -> Thread:
    """What the worker CLI sends to itself says nothing of a prompt of ours that is still in the composer."""
    taken = replace(_busy(_marked(t, ev)), turn_error="")
    if ev.by_person:
        return replace(_afresh(taken), episode=t.episode + 1, undelivered="", handoff=None)
    return replace(taken, handoff=None) if t.handoff and t.handoff.limit else taken


def _fed_back(t: Thread, ev: e.FeedbackProven) -> Thread:
    return _told(replace(_busy(_marked(t, ev)), turn_error="", undelivered="", prompts=t.prompts + 1))


def _told(t: Thread) -> Thread:
    """Rule 3."""
    return replace(t, attempt=t.attempt + (t.rejection is not None), rejection=None)


def _proven(t: Thread, ev: e.PromptProven | e.MessageProven) -> Thread:
    """A worker's first prompt holds what the last claim lacked (`prompts.resume`), and no dialog of its start is left."""
    proven = replace(_busy(_marked(t, ev)), turn_error="", undelivered="", proven=True, prompts=t.prompts + 1)
    limited = t.handoff is not None and t.handoff.limit
    if isinstance(ev, e.MessageProven) or ev.purpose == "wake" or limited:
        proven = replace(proven, handoff=None)
    proven = replace(_without(proven, *t.opening), opening=())
    return _told(replace(proven, dialog="")) if t.state is S.STARTING else proven


def _message_proven(t: Thread, ev: e.MessageProven) -> Thread:
    """A person's word opens an episode, as one that is typed in the pane does."""
    return replace(_without(_proven(t, ev), ev.number), episode=t.episode + 1, unproven=None)


def _afresh(t: Thread) -> Thread:
    """A person's words begin the count of claims anew; a ball that goes to and fro needs progress."""
    return replace(t, unproven=None)


def _once_more(tally: Tally | None, t: Thread, ev: e.Event) -> Tally:
    if tally is None:
        tally = Tally(count=0, at=ev.at, episode=t.episode)
    return replace(tally, count=tally.count + 1, at=ev.at, last=t.episode)


def _without(t: Thread, *numbers: int) -> Thread:
    return replace(t, messages=tuple(one for one in t.messages if one.number not in numbers))


def _progressed(t: Thread, ev: e.ProgressReported) -> Thread:
    """A word of its own proves that the worker was reached; one that rests is late from this word on."""
    idle = ev.at if t.idle_since else None
    said = replace(t, note=ev.text, episode=t.episode + 1, proven=True, undelivered="", idle_since=idle)
    return replace(said, passes=None)


def _made(t: Thread, ev: e.WorkChanged) -> Thread:
    """Opens an episode where a ladder may be climbed: not while a claim is judged, nor where a person must mend something."""
    made = replace(t, work=ev.mark, passes=None)
    mended = not t.undelivered and t.turn_error not in TURN_ERRORS
    opens = mended and t.state in (S.WORKING, S.WAITING)
    return replace(made, episode=t.episode + 1) if opens else made


def _claimed(t: Thread, ev: e.DoneClaimed) -> Thread:
    claims, episode, summary = t.claims + 1, t.episode + 1, ev.summary
    if t.rejection:  # a claim is faster than the proof of what led to it, where only the transcript tells
        t = replace(t, heard=t.heard | {anywhere(t.rejection.feedback)})
    claimed = replace(_told(t), claims=claims, episode=episode, summary=summary)
    return replace(claimed, proven=True, undelivered="", handoff=None)


def _handed(t: Thread, ev: e.HandedOff | e.Asked | e.TurnInterrupted) -> Thread:
    """A word of the worker proves that it was reached, and as a person's does it opens an episode."""
    episode, since = t.episode + 1, ev.at
    match ev:
        case e.HandedOff():
            made = Handoff(to=ev.to, why=ev.why, since=since, episode=episode, until=ev.until)
        case e.Asked():
            made = Handoff(to=HUMAN, why=f"asks: {ev.text}", since=since, episode=episode, ask=ev.text)
        case e.TurnInterrupted():
            cut = replace(t, interrupt=0, episode=episode)
            return replace(
                cut, handoff=Handoff(to=HUMAN, why="interrupted by a person", since=since, episode=episode)
            )
    passes = _once_more(t.passes, t, ev)
    return replace(t, handoff=made, episode=episode, proven=True, undelivered="", passes=passes)


def _request_failed(t: Thread, ev: e.RequestFailed) -> Thread:
    return replace(_without(t, ev.number), interrupt=0 if t.interrupt == ev.number else t.interrupt)


def _reopened(t: Thread, ev: e.ThreadReopened) -> Thread:
    """Attempts and deaths are counted from the start again; a fresh session is told the task anew."""
    resume = ev.resume and t.proven
    again = replace(
        t, attempt=1, reopened=t.reopened + 1, episode=t.episode + 1, resume=resume, proven=resume
    )
    again = replace(again, deaths=(), rejection=None, failed_by="", cure="", commit="", turn_error="")
    again = replace(_afresh(again), orphaned=False, passes=None, moved_at=None)
    return replace(again, undelivered="", dialog="", handoff=None, interrupt=0, hosts={}, crowded=None)


def _refused(t: Thread, ev: e.HostRefused) -> Thread:
    return replace(t, hosts={**t.hosts, ev.host: Door.ASKED}) if ev.ask else replace(t, crowded=ev)


def _decided(t: Thread, ev: e.HostDecided) -> Thread:
    """One that rested for it is late from this word on."""
    hosts = {**t.hosts, ev.host: Door.OPEN if ev.opened else Door.CLOSED}
    return replace(t, hosts=hosts, crowded=None, idle_since=ev.at if t.idle_since else None)


def _rejected(t: Thread, ev: e.ClaimRejected) -> Thread:
    lacks = replace(t, rejection=ev)
    return replace(lacks, unproven=_once_more(t.unproven, t, ev)) if ev.unproven else lacks


def _turn_failed(t: Thread, ev: e.TurnFailed) -> Thread:
    """A usage limit hands the ball to the clock: no word of anybody makes the worker go on before."""
    failed = replace(t, turn_error=ev.error)
    if ev.until is None or t.state not in (S.WORKING, S.WAITING):
        return failed
    episode, why = t.episode + 1, f"a usage limit, which resets at {ev.until:%H:%M} UTC"
    rest = Handoff(to=CLOCK, why=why, since=ev.at, episode=episode, until=ev.until, limit=True)
    return replace(failed, handoff=rest, episode=episode)


def _counted(t: Thread, ev: e.TokensCounted) -> Thread:
    limit = min(ev.seconds, LONGEST_TOOL.total_seconds())
    until = ev.at + timedelta(seconds=limit) if limit > 0 else None
    return replace(t, input_tokens=ev.input_tokens, output_tokens=ev.output_tokens, tool_until=until)


# Any: the dictionary's key is the event's own type, which a Callable's parameter cannot say.
FIELDS: Mapping[type[e.Event], Callable[[Thread, Any], Thread]] = {
    e.WorkerAssigned: _assigned,
    e.WorkerStarted: _started,
    e.StartFailed: lambda t, ev: replace(
        t, failed_by="start-failed", cure=ev.cure, view=View.GONE, idle_since=None
    ),
    e.ViewChanged: _viewed,
    e.SessionChanged: _in_session,
    e.WorkerDied: lambda t, ev: replace(_gone(t), deaths=(*t.deaths[-19:], ev.at), orphaned=ev.orphaned),
    e.WorkerEnded: lambda t, _: _gone(t),
    e.PromptTaken: _taken,
    e.PromptProven: _proven,
    e.MessageProven: _message_proven,
    e.FeedbackProven: _fed_back,
    e.DialogOpened: lambda t, ev: replace(
        t, dialog=ev.what, dialog_cure=ev.cure, dialog_answerable=ev.answerable
    ),
    e.DialogClosed: lambda t, _: replace(t, dialog=""),
    e.PromptUndelivered: lambda t, ev: replace(t, undelivered=ev.why),
    e.TurnFailed: _turn_failed,
    e.RetryAnnounced: lambda t, ev: replace(t, retry_at=ev.until),
    e.HooksSilent: lambda t, ev: replace(t, hookless=ev.since),
    e.HooksHeard: lambda t, _: replace(t, hookless=None),
    e.TokensCounted: _counted,
    e.ProgressReported: _progressed,
    e.WorkChanged: _made,
    e.DoneClaimed: _claimed,
    e.ClaimAccepted: lambda t, ev: replace(
        t, commit=ev.commit, guarded=ev.guarded, rejection=None, unproven=None
    ),
    e.ClaimRejected: _rejected,
    e.DoneRefused: lambda t, ev: replace(t, unproven=_once_more(t.unproven, t, ev)),
    e.HandedOff: _handed,
    e.Asked: _handed,
    e.TurnInterrupted: _handed,
    e.MessageWritten: lambda t, ev: replace(t, messages=(*t.messages, ev)),
    e.InterruptOrdered: lambda t, ev: replace(t, interrupt=ev.number),
    e.RequestFailed: _request_failed,
    e.HostRefused: _refused,
    e.HostDecided: _decided,
    e.BallTakenBack: lambda t, _: replace(t, called=None),
    e.ThreadFailed: lambda t, ev: replace(t, failed_by=ev.rule, cure=ev.cure),
    e.ThreadCanceled: lambda t, _: replace(t, messages=(), interrupt=0, handoff=None),
    e.ThreadReopened: _reopened,
    e.IssueClosed: lambda t, _: replace(t, issue_closed=True),
    e.IssueReopened: lambda t, _: replace(t, issue_closed=False),
}
