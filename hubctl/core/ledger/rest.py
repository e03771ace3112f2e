"""An issue to which nothing more happens by itself, and all that hangs on it: it leaves the working state.

Rules (docs/facts/values.md#fold-and-snapshots): what is at rest stays so until an event names it, so `evaluate` need
not look at it. Facts of the log alone decide: no policy and no clock. A thread that failed is a person's, and never at
rest.
"""

from collections.abc import Mapping
from typing import TypeVar

from hubctl.core.ledger import events as e
from hubctl.core.ledger.alerts import RESOLVED, Alerts
from hubctl.core.ledger.asks import Asks, open_asks, waiting_asks
from hubctl.core.ledger.board import BoardState, IssueText, Planning, Shown
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.core.vocabulary.words import ThreadId, ThreadState

K = TypeVar("K")
V = TypeVar("V")
ENDED = "closed"
"""Why the hub ends the worker of a thread that is over."""


class Settled(Struct, frozen=True, kw_only=True):
    """What is known of one issue; `taken`: its worker has taken no other thread since."""

    thread: Thread | None = None
    taken: bool = False
    planning: Planning | None = None
    shown: Shown | None = None
    text: IssueText | None = None
    lost: str | None = None
    pull: e.PullOpened | None = None
    order: e.OrderHeard | None = None
    heard: Mapping[str, str] = field(default_factory=dict)


def end_episode(thread: Thread) -> str:
    """The occasion on which the worker of a thread that is over is ended."""
    return f"end-{thread.start}"


def face_mark(thread: Thread, alerts: Alerts, asks: Asks, board: BoardState) -> str:
    """What in the face of a closed thread may still change, in a word."""
    raised = sum(alert.thread == thread.id and alert.state != RESOLVED for alert in alerts.values())
    asked = sum(ask.thread == thread.id for ask in open_asks(asks))
    order = board.order_of(thread.issue)
    return f"{thread.state.value}.{thread.attempt}.{raised}.{asked}.{order.act if order else ''}"


def is_over(thread: Thread, alerts: Alerts, asks: Asks, board: BoardState) -> bool:
    """The thread is closed, and nothing is left to be done or said of it; a standing worker is looked at elsewhere."""
    if not thread.state.closed or (thread.state is ThreadState.DONE and thread.messages):
        return False
    lost = thread.id in board.lost
    if not (_has_left(thread) and (thread.issue_closed or lost)):
        return False
    raised = any(alert.thread == thread.id and alert.state != RESOLVED for alert in alerts.values())
    if raised or _is_refused(board, thread.id) or any(True for _ in waiting_asks(asks, thread.id)):
        return False
    return lost or not board.read or _is_shown(thread, alerts, asks, board)


def _has_left(thread: Thread) -> bool:
    """Its worker's process has ended; one of its own was also swept up after."""
    worker, ended = thread.worker, thread.acted.get(ENDED)
    if worker is None or worker.alive:
        return worker is None
    return worker.standing or (ended is not None and ended.episode == end_episode(thread))


def _is_refused(board: BoardState, name: ThreadId) -> bool:
    return any(key.endswith(f"/{name}") for key in board.refused)


def _is_shown(thread: Thread, alerts: Alerts, asks: Asks, board: BoardState) -> bool:
    """Its issue shows how it ended. Older logs do not say what of it was shown."""
    shown = board.shown_of(thread.id)
    return bool(shown.face) and not shown.label and shown.mark in ("", face_mark(thread, alerts, asks, board))


def is_planned(planning: Planning, name: ThreadId, board: BoardState) -> bool:
    """What was planned of the issue is accepted, and the issue shows it."""
    shown = not board.read or bool(board.shown_of(name).face)
    return bool(planning.accepted) and shown and not _is_refused(board, name)


def gathered(board: BoardState, name: ThreadId, thread: Thread | None, *, taken: bool) -> Settled:
    """All that hangs on an issue."""
    return Settled(
        thread=thread,
        taken=taken,
        planning=board.plannings.get(name),
        shown=board.shown.get(name),
        text=board.texts.get(name),
        lost=board.lost.get(name),
        pull=board.pulls.get(name),
        order=board.orders.get(name),
        heard={source: act for source, act in board.heard.items() if source.startswith(f"{name}:")},
    )


def without(board: BoardState, name: ThreadId) -> BoardState:
    """What is known of the board but for an issue."""
    return replace(
        board,
        plannings=_less(board.plannings, name),
        shown=_less(board.shown, name),
        texts=_less(board.texts, name),
        lost=_less(board.lost, name),
        pulls=_less(board.pulls, name),
        orders=_less(board.orders, name),
        heard={source: act for source, act in board.heard.items() if not source.startswith(f"{name}:")},
    )


def joined(board: BoardState, name: ThreadId, one: Settled) -> BoardState:
    """What is known of the board, and of an issue that had left it."""
    return replace(
        board,
        plannings=_more(board.plannings, name, one.planning),
        shown=_more(board.shown, name, one.shown),
        texts=_more(board.texts, name, one.text),
        lost=_more(board.lost, name, one.lost),
        pulls=_more(board.pulls, name, one.pull),
        orders=_more(board.orders, name, one.order),
        heard={**one.heard, **board.heard},
    )


def _less(known: Mapping[K, V], name: K) -> Mapping[K, V]:
    return {key: value for key, value in known.items() if key != name} if name in known else known


def _more(known: Mapping[K, V], name: K, value: V | None) -> Mapping[K, V]:
    return known if value is None else {**known, name: value}
