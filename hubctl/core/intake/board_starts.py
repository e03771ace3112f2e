"""Issues without a thread: a label has one planned, another starts it, and what is in doubt starts nothing.

Rules: only the label's own event says who set it, and only while it stands; a text that somebody without write access may
have changed after it was approved is not taken.
"""

from collections.abc import Iterator

from hubctl.core.documents.issue_text import digest_of, plain_body, plain_title, read_order
from hubctl.core.documents.plan import LONGEST_TITLE
from hubctl.core.intake.observations import BoardSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.board import Planning
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.board import PLAN, READY, Act, ActKind, Look
from hubctl.core.vocabulary.words import ThreadId
from hubctl.errors import HubError


def order_note(seen: BoardSeen, issue: int, act: Act, *, order: str, refusal: str = "") -> e.OrderHeard:
    """The note that a person ordered something, and why it had no effect (empty: it had)."""
    name = f"{act.source}-{act.number}"
    return e.OrderHeard(at=seen.at, issue=issue, act=name, by=act.actor, order=order, refusal=refusal)


def unthreaded(state: HubState, seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    """A label has it planned; while it is planned `hub:ready` accepts the plan, and starts nothing else."""
    planning = state.board.of(look.number).planning
    if (
        act.label == PLAN
        and act.kind is ActKind.UNLABELED
        and planning
        and not planning.accepted
        and not act.own
    ):
        yield order_note(seen, look.number, act, order=f"{PLAN} removed")
        yield e.PlanDropped(at=seen.at, issue=look.number)
    elif act.label == PLAN and act.kind is ActKind.LABELED and PLAN in look.labels and look.open:
        yield from _asked(seen, look, act)
    elif planning and PLAN in look.labels:
        yield from _accepted(state, seen, look, act, planning)
    else:
        yield from _started(state, seen, look, act)


def _asked(seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    order, doubt = f"{PLAN} set", _doubt(look, act)
    yield order_note(seen, look.number, act, order=order, refusal=doubt)
    if not doubt:
        title, body, name = plain_title(look.title), plain_body(look.body), f"{act.source}-{act.number}"
        yield e.PlanAsked(at=seen.at, issue=look.number, act=name, by=act.actor, title=title, body=body)


def _accepted(
    state: HubState, seen: BoardSeen, look: Look, act: Act, planning: Planning
) -> Iterator[e.Event]:
    ready = act.kind is ActKind.LABELED and act.label == READY and READY in look.labels
    if not ready or planning.accepted:
        return
    why = seen.terms.error or ("" if planning.content else "its plan is not there yet")
    yield order_note(seen, look.number, act, order=f"{READY} set", refusal=why)
    if not why and planning.content:
        base, content = seen.terms.base, planning.content
        name = f"issue-{look.number}-{planning.asked.act}"
        yield e.PlanAccepted(at=seen.at, plan=name, base=base, content=content, parent=look.number)


# --- a label starts a thread --------------------------------------------------------------------------------------


def _started(state: HubState, seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    """By the newest act that set the label, and only while it stands."""
    role = seen.terms.triggers.get(act.label)
    stands = act.kind is ActKind.LABELED and act.label in look.labels and look.open and not look.gone
    plan = look.nonce.partition(":")[0]
    if role is None or not stands or (plan and plan in state.plans):
        return
    order = f"{act.label} set"
    if why := seen.terms.error or _doubt(look, act):
        yield order_note(seen, look.number, act, order=order, refusal=why)
        return
    try:
        made = _opened(state, seen, look, role)
    except HubError as error:
        why = " ".join(error.message.split()).rstrip(".")
        yield order_note(seen, look.number, act, order=order, refusal=why)
        return
    yield order_note(seen, look.number, act, order=order)
    yield made
    yield e.IssueRead(at=seen.at, thread=made.thread, text=digest_of(look.title, look.body))


def _doubt(look: Look, act: Act) -> str:
    """An author without write access may have changed the text after it was approved by the label."""
    if look.counts or look.updated_at is None:
        return ""
    renamed = any(one.kind is ActKind.RENAMED and one.at >= act.at and not one.counts for one in look.acts)
    explained = max((one.at for one in look.acts), default=act.at)
    if renamed or look.updated_at > explained:
        return f"its text may have been changed by {look.author or 'its author'} after the label was set"
    return ""


def _opened(state: HubState, seen: BoardSeen, look: Look, role: str) -> e.ThreadOpened:
    order = read_order(look.body, seen.terms, counts=look.counts or bool(look.nonce))
    chosen = order.role or role
    if chosen not in seen.terms.roles:
        raise HubError(f"there is no role `{chosen}`")
    after = tuple(ThreadId(str(number)) for number in order.after)
    missing = [name for name in after if state.thread(name) is None or name == str(look.number)]
    if missing:
        raise HubError(f"it waits for {', '.join(missing)}, which the hub does not know")
    return e.ThreadOpened(
        at=seen.at,
        thread=ThreadId(str(look.number)),
        issue=look.number,
        title=plain_title(look.title)[:LONGEST_TITLE] or f"Issue {look.number}",
        body=order.body,
        role=chosen,
        plan="",
        key="",
        base=seen.terms.base,
        after=after,
        validate=order.validate,
        labels=look.labels,
    )
