"""An ask from its opening to its end, folded from the log.

Rules: an ask is decided once; who comes second is told who came first. What was decided stays open for the worker until
its answer was taken there (`ANSWERED`). An ask ends with what it was about: the worker that waits, the ball that
`hubctl ask` handed away, or the thread whose worker was refused a host.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from hubctl.core.ledger import events as e
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.ledger.thread import Acted, Thread
from hubctl.core.vocabulary.values import grown, replace
from hubctl.core.vocabulary.words import ThreadId

ANSWERED = "answered"
"""Why an ask is over whose answer the worker took."""
LATE = "the answer came too late: the worker had gone on"
ENDED_KEPT = 100
POLICY = "the policy"
"""Who answers what no person must."""
LEFT = "ask"
"""The policy's decision that leaves an ask to a person."""
PERSONS = "only a person can answer it"
OWN_TOOL = "hubctl ask"
ELICITATION = "Elicitation"
"""The tool as which a server's question to a person is shown; its hook waits beside no dialog."""
ESCAPE = "Esc"
"""The `no` of a dialog that has no label for it, and is refused by that key."""
Asks = Mapping[str, "Ask"]


class Ask(e.AskOpened, frozen=True, kw_only=True):
    """One thing that a worker waits on: what opened it, `at` moved by the clock's jumps, and what came of it since.

    `handoff` is the episode in which `hubctl ask` gave the ball away. `judged` is why the policy leaves it to a person, once
    it was asked; `over` why nobody waits for an answer any more.
    """

    thread: ThreadId
    handoff: int = 0
    judged: str = ""
    answer: e.AskAnswered | None = None
    over: str = ""
    acted: Acted | None = None
    """how far the ladder of its deadline was climbed"""

    @property
    def id(self) -> str:
        return self.ask

    @property
    def is_open(self) -> bool:
        """Somebody should decide it."""
        return self.answer is None and not self.over

    @property
    def is_left(self) -> bool:
        """A person should decide it, for the policy does not."""
        return self.is_open and bool(self.judged)

    @property
    def holds_worker(self) -> bool:
        """The worker stands still in its pane until it is answered."""
        return self.via in (AskVia.HOOK, AskVia.SCREEN)

    @property
    def fields(self) -> Mapping[str, object]:
        """The tool's input; empty where it is no JSON object."""
        try:
            found = json.loads(self.input)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def decided(
    ask: str, thread: ThreadId | None, *, decision: str, because: str, why: str, at: datetime
) -> e.AskJudged | e.AskAnswered:
    """What the policy said of an ask, as a fact."""
    if decision == LEFT:
        return e.AskJudged(at=at, thread=thread, ask=ask, reason=why)
    return e.AskAnswered(
        at=at,
        thread=thread,
        ask=ask,
        by=POLICY,
        how=because,
        decision=Decision(decision),
        reason=why,
    )


def open_asks(asks: Asks, thread: ThreadId | None = None) -> tuple[Ask, ...]:
    """Those (of this thread) that a person must decide, oldest first; what the policy has not looked at yet is not among them."""
    return tuple(ask for ask in asks.values() if ask.is_left and thread in (None, ask.thread))


def waiting_asks(asks: Asks, thread: ThreadId) -> Iterator[Ask]:
    """Those for whose answer the thread's worker still waits, decided or not."""
    return (ask for ask in asks.values() if ask.thread == thread and not ask.over)


AskEvent = e.AskOpened | e.AskJudged | e.AskAnswered | e.AskClosed


def changed(asks: Asks, event: AskEvent) -> Asks | None:
    """The asks after the event; None where it misfits. What is over stays over, what is decided stays decided."""
    known = asks.get(event.ask)
    if isinstance(event, e.AskOpened):
        judged = PERSONS if event.via is AskVia.SCREEN else ""
        return None if known or event.thread is None else _with(asks, grown(Ask, event, judged=judged))
    if known is None:
        return None
    match event:
        case e.AskJudged():
            return {**asks, known.id: replace(known, judged=event.reason)}
        case e.AskAnswered() if known.is_open:
            return {**asks, known.id: replace(known, answer=event)}
        case e.AskClosed() if not known.over:
            return {**asks, known.id: replace(known, over=event.why)}
        case _:
            return asks


def _with(asks: Asks, ask: Ask) -> Asks:
    ended = [name for name, one in asks.items() if one.over]
    gone = frozenset(ended[: max(0, len(ended) - ENDED_KEPT)])
    return {**{name: one for name, one in asks.items() if name not in gone}, ask.id: ask}


# --- what follows from the facts of its thread --------------------------------------------------------------------


def asked(asks: Asks, name: str, thread: Thread, event: e.Asked) -> Asks:
    """`hubctl ask` is an ask, too; `thread` is as it is after that word."""
    ask = Ask(
        ask=name,
        thread=thread.id,
        kind=AskKind.QUESTION,
        via=AskVia.WORDS,
        at=event.at,
        worker=thread.worker.id if thread.worker else "",
        tool=OWN_TOOL,
        input=json.dumps({"question": event.text}),
        text=event.text,
        handoff=thread.handoff.episode if thread.handoff else 0,
        judged=PERSONS,
    )
    return _with(asks, ask)


def refused(asks: Asks, thread: Thread, event: e.HostRefused) -> Asks:
    """A host that the doors refused is an ask, unless too many wait already."""
    if not event.ask:
        return asks
    ask = Ask(
        ask=event.ask,
        thread=thread.id,
        kind=AskKind.DOOR,
        via=AskVia.DOOR,
        at=event.at,
        worker=thread.worker.id if thread.worker else "",
        input=json.dumps({"host": event.host}),
        text=event.host,
        judged=PERSONS,
    )
    return _with(asks, ask)


def followed(asks: Asks, thread: Thread, event: e.Event | None = None) -> Asks:
    """The asks of a thread after something has happened to it; None: its worker has taken another thread."""
    mine = [ask for ask in asks.values() if ask.thread == thread.id and not ask.over]
    ended = {ask.id: replace(ask, over=why) for ask in mine if (why := _ended(ask, thread))}
    if isinstance(event, e.RequestFailed):  # the words did not reach the worker: it still waits for some
        undone = (ask for ask in mine if ask.answer and ask.answer.number == event.number)
        ended = {**{ask.id: replace(ask, answer=None) for ask in undone if ask.via is AskVia.WORDS}, **ended}
    return {**asks, **ended} if ended else asks


def _ended(ask: Ask, thread: Thread) -> str:
    if ask.via is AskVia.WORDS:
        same = thread.handoff and thread.handoff.ask and thread.handoff.episode == ask.handoff
        if same and thread.state.running:
            return ""
        return ANSWERED if ask.answer else "it was answered in the pane, or the thread went on without"
    if ask.via is AskVia.DOOR:
        return "" if thread.state.running else "its thread has ended"
    worker = thread.worker
    lives = worker is not None and worker.alive and worker.id == ask.worker
    return "" if lives else "its worker has ended"


def shifted(asks: Asks, by: timedelta) -> Asks:
    """Law 8: a person's deadlines move by the clock's gap."""
    return {name: _shifted(ask, by) if ask.is_open else ask for name, ask in asks.items()}


def _shifted(ask: Ask, by: timedelta) -> Ask:
    acted = replace(ask.acted, at=ask.acted.at + by) if ask.acted else None
    return replace(ask, at=ask.at + by, acted=acted)


def acted(asks: Asks, name: str, at: datetime) -> Asks:
    """One more rung of the ladder of its deadline was climbed."""
    ask = asks[name]
    rungs = ask.acted.rungs + 1 if ask.acted else 1
    return {**asks, name: replace(ask, acted=Acted(episode=name, rungs=rungs, at=at))}
