"""An issue to which nothing more happens by itself, and all that hangs on it: it leaves the working state.

Rules (docs/facts/values.md#fold-and-snapshots): what is at rest stays so until an event names it, so `evaluate` need
not look at it. Facts of the log alone decide: no policy and no clock. A thread that failed is a person's, and never at
rest.
"""

from hubctl.core.ledger.alerts import RESOLVED, Alerts
from hubctl.core.ledger.asks import Asks, open_asks, waiting_asks
from hubctl.core.ledger.board import NOTHING, BoardState, OnBoard, Planning
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import Struct
from hubctl.core.vocabulary.words import ThreadId, ThreadState

ENDED = "closed"
"""Why the hub ends the worker of a thread that is over."""


class Settled(Struct, frozen=True, kw_only=True):
    """What is known of one issue; `taken`: its worker has taken no other thread since."""

    thread: Thread | None = None
    taken: bool = False
    issue: OnBoard = NOTHING


def end_episode(thread: Thread) -> str:
    """The occasion on which the worker of a thread that is over is ended."""
    return f"end-{thread.start}"


def face_mark(thread: Thread, alerts: Alerts, asks: Asks, board: BoardState) -> str:
    """What in the face of a closed thread may still change, in a word."""
    raised = sum(alert.thread == thread.id and alert.state != RESOLVED for alert in alerts.values())
    asked = len(open_asks(asks, thread.id))
    order = board.of(thread.issue).order
    return f"{thread.state.value}.{thread.attempt}.{raised}.{asked}.{order.act if order else ''}"


def is_over(thread: Thread, alerts: Alerts, asks: Asks, board: BoardState) -> bool:
    """The thread is closed, and nothing is left to be done or said of it; a standing worker is looked at elsewhere."""
    if not thread.state.closed or (thread.state is ThreadState.DONE and thread.messages):
        return False
    lost = board.is_lost(thread.id)
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
