"""What the board should show and does not yet, and what is not to be tried on it now.

Rules: level-triggered, so that an issue shows the newest state however long the board was away; one order to a board
that people look at at a time, in their order, so that a board that hangs holds up no worker.
"""

from collections.abc import Iterator
from datetime import datetime

from hubctl.core.decisions.drops import LABEL
from hubctl.core.decisions.ladder import AT_ONCE
from hubctl.core.documents.policy import Policy, Pulls, RuleId
from hubctl.core.ledger.actions import Action, OpenPull, PlanIssue, RaiseAlert, ShowIssue
from hubctl.core.ledger.board import BOARD_ORDERS, Outage, order_key
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.issue_face import face_digest, face_of, is_open_book, planning_face
from hubctl.core.vocabulary.board import LABELS
from hubctl.core.vocabulary.words import ThreadId, ThreadState


def showing(policy: Policy, state: HubState) -> Iterator[Action]:
    """Pull requests first, then faces: an issue is closed after both."""
    if not state.board.read:
        return
    threads = [thread for thread in state.threads.values() if not state.board.is_lost(thread.id)]
    for thread in threads:
        yield from _pull(policy, state, thread)
    for thread in threads:
        shown = state.board.shown_of(thread.id)
        if face_digest(face_of(policy, state, thread)) != shown.face:
            yield ShowIssue(because="face", episode=f"face-{shown.times + 1}", thread=thread.id)
    yield from _plannings(policy, state)


def _plannings(policy: Policy, state: HubState) -> Iterator[Action]:
    """A plan that a person wants of an issue is made, and shown on it."""
    for name, planning in state.board.plannings.items():
        if planning.content is None:
            issue = planning.asked.issue
            yield PlanIssue(because="label", episode=planning.episode, issue=issue)
        shown, thread = state.board.shown_of(ThreadId(name)), ThreadId(name)
        face = planning_face(state, planning, full=is_open_book(policy, state))
        if thread not in state.threads and face_digest(face) != shown.face:
            yield ShowIssue(because="face", episode=f"face-{shown.times + 1}", thread=thread)


def _pull(policy: Policy, state: HubState, thread: Thread) -> Iterator[Action]:
    offered = thread.state is ThreadState.DONE and thread.commit and thread.worker and thread.worker.branch
    pulled = state.board.of(thread.id).pull
    if not offered or policy.board.pulls is Pulls.OFF or (pulled and pulled.commit == thread.commit):
        return
    episode = f"pull-{thread.reopened}-{thread.claims}"
    yield OpenPull(because="pull", episode=episode, thread=thread.id, commit=thread.commit)


def is_unshown(state: HubState, thread: Thread) -> bool:
    """The issue does not show yet how the thread ended, and it is worth waiting for."""
    board = state.board
    if not board.read or board.outage or board.is_lost(thread.id):
        return False
    refused = f"show-issue/{thread.id}" in board.refused
    return not refused and board.shown_of(thread.id).label != LABELS[thread.state]


# --- what is not tried now ----------------------------------------------------------------------------------------


def is_put_off(state: HubState, action: Action) -> bool:
    """It failed, and is tried again later."""
    return bool(_outages(state, action))


def must_wait(state: HubState, action: Action, now: datetime) -> bool:
    """It goes to the board, and not now."""
    if action.name not in BOARD_ORDERS:
        return False
    under_way = any(pending.name in BOARD_ORDERS for pending in state.pending.values())
    if under_way and state.board.read:
        return True
    return any(outage.again > now for outage in _outages(state, action))


def _outages(state: HubState, action: Action) -> list[Outage]:
    if action.name not in BOARD_ORDERS:
        return []
    key = order_key(action.name, action.thread, action.id)
    return [outage for outage in (state.board.outage, state.board.refused.get(key)) if outage]


def next_try(policy: Policy, state: HubState, now: datetime) -> datetime | None:
    """When something is tried again, or said, although nothing happens; None: never."""
    board = state.board
    outages = [outage for outage in (board.outage, *board.refused.values()) if outage]
    said = [_late(policy, outage) for outage in outages]
    dues = (*(outage.again for outage in outages), *(at for at in said if at))
    return min((at for at in dues if at > now), default=None)


# --- what is said -------------------------------------------------------------------------------------------------


def _late(policy: Policy, outage: Outage) -> datetime | None:
    rule = policy.rule(RuleId.BOARD_UNREACHABLE)
    if rule.off:
        return None
    return outage.since + rule.after if rule.after else outage.since


def board_alerts(policy: Policy, state: HubState) -> Iterator[tuple[datetime, RaiseAlert]]:
    """A board that does not answer, or refuses one thing, and when that has lasted longer than the policy allows."""
    found = [("", state.board.outage), *state.board.refused.items()]
    for key, outage in found:
        due = _late(policy, outage) if outage else None
        if outage and due:
            episode = f"{'refused-' + key if key else 'outage'}-{round(outage.since.timestamp() * 1000)}"
            alert = RaiseAlert(
                because=RuleId.BOARD_UNREACHABLE,
                episode=episode,
                kind=RuleId.BOARD_UNREACHABLE,
                severity=policy.rule(RuleId.BOARD_UNREACHABLE).severity.value,
                text=_said(key, outage),
            )
            yield AT_ONCE if key.startswith("plan/") else due, alert
    for alert in _refused_orders(policy, state):
        yield AT_ONCE, alert


def _said(key: str, outage: Outage) -> str:
    if not key:
        return (
            f"The board has not answered since {outage.since:%H:%M:%S} UTC: {outage.why} Nothing is lost: the workers go"
            " on, and it is tried again. `hubctl doctor`"
        )
    if key.startswith("plan/"):
        name = key.rpartition(":")[2]
        return (
            f"The issue `{name}` could not be filed, so no thread of its plan starts: {outage.why} It is tried again."
            " `hubctl doctor`"
        )
    name, _, thread = key.partition("/")
    return f"The board refuses `{name}` for thread {thread}: {outage.why} It is tried again. `hubctl doctor`"


def _refused_orders(policy: Policy, state: HubState) -> Iterator[RaiseAlert]:
    """An issue that a person wanted started has no thread whose face could tell why it is not."""
    rule = policy.rule(RuleId.UNDISPATCHED)
    for order in (one.order for one in state.board.issues.values() if one.order):
        if rule.off or str(order.issue) in state.threads:
            continue
        yield RaiseAlert(
            because=LABEL,
            episode=f"label-{order.issue}-{order.act}",
            kind=RuleId.UNDISPATCHED,
            severity=rule.severity.value,
            text=f"Issue {order.issue} was not started for {order.by}: {order.refusal}. Mend it, then set the label again",
        )
