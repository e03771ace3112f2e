"""The one table that may change a thread.

Rule 1 (law 1): `TRANSITIONS` says which state an event leads to; which fields it fills and who must act next stands in
`thread_fields` and `balls`, which nobody else calls. An event that finds no cell changes nothing and is an anomaly.
Rule 2: rows are complete. An event that leaves the state as it is has a cell that says so; what a row lacks must not
happen there.

Theory. A thread is queued until the hub assigns a worker, starting until the worker's first prompt is proven, and
then works. `done` is a claim: the thread is reviewed, and either done or told what is missing, which opens the next
attempt; a person's message takes the claim back. A dialog hands the ball to a person and takes the thread to waiting, which no word of the worker ends. So does
a ball that is handed away (handoff, ask, interrupt), until a prompt brings it back, and a turn that ended while a person is
asked for a host: whatever leads to working leads to waiting as long as one of them stands. A person may take up again what has ended: it is queued anew, with its old
session or a fresh one. A worker's death changes no state: the ball goes to the hub, which resumes it (starting again) or gives up. A worker may be
faster than the news of its own start, or slower than a person who stops it: `WorkerStarted` fits wherever a start was
ordered, else its process would be nobody's. Two rules are joint: by `rewait` the ball of a queued thread lies with the
first unfinished thread it waits for; by `leave` a standing worker that takes a thread has left the one before. A human who is called, because a rule has nothing
left but what it said, holds the ball of a thread whose own facts go on below that (`Thread.own`): rows are looked up by its own
state, and whatever starts or works is waiting for the human until one is called for no more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hubctl.core.ledger import events as e
from hubctl.core.ledger.balls import BALLS
from hubctl.core.ledger.thread import Acted, Ball, Called, Thread
from hubctl.core.ledger.thread_fields import FIELDS
from hubctl.core.vocabulary.values import grown, replace
from hubctl.core.vocabulary.words import HUB, HUMAN, ThreadId, ThreadState, View, waits_for

S = ThreadState

# What may be seen of any thread, and changes no state: of its worker, and of its issue on a board that is slow.
SIGHTINGS: tuple[type[e.Event], ...] = (
    e.ViewChanged,
    e.SessionChanged,
    e.PromptTaken,
    e.TurnFailed,
    e.RetryAnnounced,
    e.HooksSilent,
    e.HooksHeard,
    e.WorkChanged,
    e.PromptUndelivered,
    e.TokensCounted,
    e.WorkerStarted,
    e.WorkerDied,
    e.WorkerEnded,
    e.RequestFailed,
    e.DoneRefused,
    e.IssueClosed,
    e.IssueReopened,
)
MOVES: tuple[type[e.Event], ...] = (
    *(e.WorkerAssigned, e.WorkerStarted, e.ViewChanged, e.TokensCounted, e.DialogClosed),
    *(e.PromptTaken, e.PromptProven, e.MessageProven, e.FeedbackProven),
    *(e.ProgressReported, e.WorkChanged, e.HandedOff, e.Asked, e.DoneClaimed, e.DoneRefused),
)
"""What shows that a worker moves. A spinner that turns is none of them."""
TAKES: tuple[type[e.Event], ...] = (
    *(e.WorkerAssigned, e.StartFailed, e.MessageProven, e.TurnInterrupted),
    *(e.HandedOff, e.Asked, e.DoneClaimed, e.ClaimAccepted),
    *(e.ThreadFailed, e.ThreadCanceled, e.ThreadReopened),
)
"""What gives the ball to somebody although a human was called. A prompt that a person types does so, too."""
HOSTS: tuple[type[e.Event], ...] = (e.HostRefused, e.HostDecided)
"""Beside the work of a thread that runs."""
# What comes late of a worker whose thread has ended, or is queued again.
LATE: tuple[type[e.Event], ...] = (
    e.DialogOpened,
    e.DialogClosed,
    e.ProgressReported,
    e.PromptProven,
    e.MessageProven,
)


def _stays(state: ThreadState, *kinds: type[e.Event]) -> dict[type[e.Event], ThreadState]:
    return dict.fromkeys(SIGHTINGS + kinds, state)


TRANSITIONS: dict[ThreadState, dict[type[e.Event], ThreadState]] = {
    S.QUEUED: {
        **_stays(S.QUEUED, *LATE, e.MessageWritten, e.HumanCalled, e.BallTakenBack),
        e.WorkerAssigned: S.STARTING,
        e.ThreadFailed: S.FAILED,
        e.ThreadCanceled: S.CANCELED,
    },
    S.STARTING: {
        **_stays(S.STARTING, e.WorkerAssigned, e.DialogOpened, e.AnswerOrdered, e.DialogClosed),
        **_stays(S.STARTING, e.MessageWritten, e.InterruptOrdered, e.BallTakenBack, *HOSTS),
        e.HumanCalled: S.WAITING,
        e.PromptProven: S.WORKING,
        e.MessageProven: S.WORKING,
        e.ProgressReported: S.WORKING,
        e.HandedOff: S.WAITING,
        e.Asked: S.WAITING,
        e.TurnInterrupted: S.WAITING,
        e.DoneClaimed: S.REVIEWING,
        e.StartFailed: S.FAILED,
        e.ThreadFailed: S.FAILED,
        e.ThreadCanceled: S.CANCELED,
    },
    S.WORKING: {
        **_stays(S.WORKING, e.PromptProven, e.ProgressReported, e.DialogClosed),
        **_stays(S.WORKING, e.MessageWritten, e.MessageProven, e.InterruptOrdered, e.BallTakenBack, *HOSTS),
        e.HumanCalled: S.WAITING,
        e.DialogOpened: S.WAITING,
        e.HandedOff: S.WAITING,
        e.Asked: S.WAITING,
        e.TurnInterrupted: S.WAITING,
        e.WorkerAssigned: S.STARTING,
        e.DoneClaimed: S.REVIEWING,
        e.StartFailed: S.FAILED,
        e.ThreadFailed: S.FAILED,
        e.ThreadCanceled: S.CANCELED,
    },
    S.WAITING: {
        **_stays(S.WAITING, e.DialogOpened, e.ProgressReported, e.HandedOff, e.Asked),
        **_stays(S.WAITING, e.MessageWritten, e.InterruptOrdered, e.TurnInterrupted, e.HumanCalled, *HOSTS),
        e.BallTakenBack: S.WORKING,
        e.DialogClosed: S.WORKING,
        e.PromptProven: S.WORKING,
        e.MessageProven: S.WORKING,
        e.PromptTaken: S.WORKING,
        e.WorkerAssigned: S.STARTING,
        e.DoneClaimed: S.REVIEWING,
        e.StartFailed: S.FAILED,
        e.ThreadFailed: S.FAILED,
        e.ThreadCanceled: S.CANCELED,
    },
    S.REVIEWING: {
        **_stays(S.REVIEWING, e.DoneClaimed, e.ProgressReported, e.PromptProven, e.ClaimRejected),
        **_stays(S.REVIEWING, e.MessageWritten, e.HumanCalled, e.BallTakenBack, *HOSTS),
        e.DialogOpened: S.REVIEWING,
        e.DialogClosed: S.REVIEWING,
        e.FeedbackProven: S.WORKING,
        e.MessageProven: S.WORKING,
        e.WorkerAssigned: S.STARTING,
        e.ClaimAccepted: S.DONE,
        e.StartFailed: S.FAILED,
        e.ThreadFailed: S.FAILED,
        e.ThreadCanceled: S.CANCELED,
    },
    S.DONE: {
        **_stays(S.DONE, *LATE),
        e.ThreadReopened: S.QUEUED,
    },
    S.FAILED: {
        **_stays(S.FAILED, *LATE),
        e.ThreadCanceled: S.CANCELED,
        e.ThreadReopened: S.QUEUED,
    },
    S.CANCELED: {
        **_stays(S.CANCELED, *LATE),
        e.ThreadReopened: S.QUEUED,
    },
}


def open_thread(event: e.ThreadOpened) -> Thread:
    """A new thread; `event.thread` is set by whoever made the event."""
    ball = Ball(holder=HUB, since=event.at, why="ready, waits for a free slot")
    return grown(Thread, event, thread=event.thread or ThreadId(str(event.issue)), state=S.QUEUED, ball=ball)


def advance(thread: Thread, event: e.Event) -> Thread | None:
    """The thread after the event; None where the table has no cell for it (nothing changes then)."""
    own = thread.own
    to = TRANSITIONS[own.state].get(type(event))
    if to is None:
        return None
    if isinstance(event, e.HumanCalled):
        return _held(_called(own, event))
    fills = FIELDS.get(type(event))
    filled = fills(own, event) if fills else own
    moved = replace(filled, state=_waits_or(to, filled))
    if isinstance(event, MOVES):
        moved = replace(moved, moved_at=event.at, retry_at=None)
    if isinstance(event, TAKES) or (isinstance(event, e.PromptTaken) and event.by_person):
        moved = replace(moved, called=None)
    ball = BALLS.get(type(event))
    return _held(_pass(moved, event, ball(moved, event)) if ball else moved)


def _called(own: Thread, event: e.HumanCalled) -> Thread:
    called = grown(Called, event, state=own.state, ball=own.ball)
    return replace(own, called=called, calls=own.calls + 1)


def _held(own: Thread) -> Thread:
    """The ball is the human's for as long as one is called for, and who starts or works waits; `own` goes on below that."""
    if own.called is None:
        return own
    called = replace(own.called, state=own.state, ball=own.ball)
    ball = Ball(holder=HUMAN, since=called.at, why=called.why)
    return replace(own, state=_shown(own.state), ball=ball, called=called)


def _shown(own: ThreadState) -> ThreadState:
    return TRANSITIONS[own].get(e.HumanCalled, own)


def _waits_or(to: ThreadState, thread: Thread) -> ThreadState:
    """Working is waiting as long as a dialog is open, the ball handed away or a host waited for, and not longer."""
    if to not in (S.WORKING, S.WAITING):
        return to
    return S.WAITING if thread.dialog or thread.handoff or thread.awaited_host else S.WORKING


def _pass(thread: Thread, event: e.Event, to: tuple[str, str] | None) -> Thread:
    if to is None or to == (thread.ball.holder, thread.ball.why):
        return thread
    return replace(thread, ball=Ball(holder=to[0], since=event.at, why=to[1]))


def rewait(thread: Thread, threads: Mapping[ThreadId, Thread], at: datetime) -> Thread:
    """A joint rule: a queued thread's ball lies with the first unfinished thread that it waits for."""
    if thread.state is not S.QUEUED:
        return thread
    own = thread.own
    blocker = next((name for name in thread.after if not _is_done(threads.get(name))), None)
    holder, why = HUB, "ready, waits for a free slot"
    if blocker is not None:
        other = threads.get(blocker)
        holder = waits_for(blocker)
        why = (
            f"waits for {blocker}"
            if other and other.state not in BROKEN
            else f"waits for {blocker}, {_fate(other)}"
        )
    if (holder, why) == (own.ball.holder, own.ball.why):
        return thread
    return _held(replace(own, ball=Ball(holder=holder, since=at, why=why)))


def leave(thread: Thread, *, worker: str, taken: ThreadId) -> Thread:
    """A joint rule: a worker has one current thread; what it worked on before `taken` has no worker any more."""
    if thread.id == taken or thread.worker is None or thread.worker.id != worker:
        return thread
    left = replace(thread.worker, alive=False, pane="")
    return replace(thread, worker=left, view=View.GONE, idle_since=None, dialog="")


BROKEN = (S.FAILED, S.CANCELED)


def _is_done(thread: Thread | None) -> bool:
    return thread is not None and thread.state is S.DONE


def _fate(thread: Thread | None) -> str:
    return f"which is {thread.state.value}" if thread else "which does not exist"


def shift(thread: Thread, by: timedelta) -> Thread:
    """Law 8: the deadlines of worker, hub and human move by the clock's gap."""
    if thread.state.closed:
        return thread
    thread = thread.own
    idle = thread.idle_since + by if thread.idle_since else None
    handoff = thread.handoff
    if handoff and handoff.to in (HUB, HUMAN):
        handoff = replace(handoff, since=handoff.since + by)
    acted = {rule: replace(done, at=done.at + by) for rule, done in thread.acted.items()}
    deaths = tuple(at + by for at in thread.deaths)
    moved = thread.moved_at + by if thread.moved_at else None
    tool = thread.tool_until + by if thread.tool_until else None
    ball = replace(thread.ball, since=thread.ball.since + by) if thread.state is S.QUEUED else thread.ball
    retry = thread.retry_at + by if thread.retry_at else None
    thread = replace(thread, moved_at=moved, tool_until=tool, retry_at=retry, ball=ball)
    return _held(replace(thread, idle_since=idle, acted=acted, handoff=handoff, deaths=deaths))


def record(thread: Thread, *, rule: str, episode: str, at: datetime) -> Thread:
    """Law 6: remembers that a rule acted once more in this episode."""
    before = thread.acted.get(rule)
    rungs = before.rungs + 1 if before and before.episode == episode else 1
    return replace(thread, acted={**thread.acted, rule: Acted(episode=episode, rungs=rungs, at=at)})


def forget(thread: Thread, *, rule: str, episode: str) -> Thread:
    """What failed was not done: the rule may act again in this episode, once nothing else forbids it."""
    acted = thread.acted.get(rule)
    if acted is None or acted.episode != episode:
        return thread
    return replace(thread, acted={name: done for name, done in thread.acted.items() if name != rule})
