"""What people do on a board, as orders: a label starts, its removal stops, closing settles, `/hub WORD` is a verb.

Rules (law 7): an act counts by its own actor, who must have write access; what others write orders nothing and is in no
prompt. An edited comment never counts. The hub's own login counts only where the hub itself never acts so: people may
run it with theirs. Each act is taken once, and what an act means is in the log together with the news that it was taken.
"""

from collections.abc import Iterator

from hubctl.core import events as e
from hubctl.core.board import MARKER, PLAN, READY, RUNNING, STATE_LABELS, Act, ActKind, Look
from hubctl.core.board_plans import Planning
from hubctl.core.board_text import digest_of, plain_body, plain_title, read_order
from hubctl.core.faces import LABELS
from hubctl.core.observations import BoardQuietSeen, BoardSeen, BoardSilentSeen, PlanSeen
from hubctl.core.plan import LONGEST_TITLE
from hubctl.core.requests import refusal
from hubctl.core.state import HubState, fold
from hubctl.core.thread import Thread
from hubctl.core.words import ThreadId, ThreadState
from hubctl.errors import HubError

S = ThreadState
COMMAND = "/hub"
VERBS = ("stop", "retry", "send")
MESSAGES_FROM = 10**12
"""Numbers of messages that came by comments begin here: those of requests never get so far."""


def board_news(
    state: HubState, seen: BoardSeen | BoardSilentSeen | BoardQuietSeen | PlanSeen
) -> Iterator[e.Event]:
    """The events that are new in what the board told."""
    match seen:
        case BoardSilentSeen():
            yield e.BoardFailed(at=seen.at, why=seen.why, seconds=seen.seconds)
        case BoardQuietSeen():
            if state.board.outage:
                yield e.BoardAnswered(at=seen.at)
        case PlanSeen():
            planning = state.board.plannings.get(str(seen.issue))
            if planning and planning.asked.act == seen.act and planning.content is None:
                yield e.PlanProposed(at=seen.at, issue=seen.issue, act=seen.act, content=seen.content)
        case BoardSeen():
            yield from _told(state, seen)


def _told(state: HubState, seen: BoardSeen) -> Iterator[e.Event]:
    """Each act is judged by the state that those before it made."""
    heard: dict[str, str] = {}
    for look in seen.news.looks:
        for act in look.acts:
            source = f"{look.number}:{act.source}"
            if act.number <= int(heard.get(source, state.board.heard.get(source, "0"))):
                continue
            heard[source] = str(act.number)
            made = tuple(_meant(state, seen, look, act))
            yield from made
            state = fold(made, state)
        made = tuple(_stands(state, seen, look))
        yield from made
        state = fold(made, state)
    known = state.board
    if (
        heard
        or not known.read
        or known.outage
        or (seen.news.cursor, seen.news.private) != (known.cursor, known.private)
    ):
        yield e.BoardHeard(at=seen.at, cursor=seen.news.cursor, heard=heard, private=seen.news.private)


# --- how an issue stands ------------------------------------------------------------------------------------------


def _stands(state: HubState, seen: BoardSeen, look: Look) -> Iterator[e.Event]:
    """What is seen of a thread's issue without an act: it is gone, its text is another, its labels are."""
    thread = state.threads.get(ThreadId(str(look.number)))
    if thread is None or thread.id in state.board.lost:
        return
    if look.gone:
        yield e.IssueLost(at=seen.at, thread=thread.id, why=look.gone)
        if not thread.state.closed:
            yield e.ThreadCanceled(at=seen.at, thread=thread.id, why=f"its issue is gone: {look.gone}")
        return
    text, known = digest_of(look.title, look.body), state.board.texts.get(thread.id)
    if known is None or known.now != text:
        yield e.IssueRead(at=seen.at, thread=thread.id, text=text)
    shown = state.board.shown_of(thread.id)
    labels = {label for label in look.labels if label in (MARKER, *STATE_LABELS)}
    showing = any(p.thread == thread.id and p.name == "show-issue" for p in state.pending.values())
    if shown.face and not showing and labels != {MARKER, shown.label} - {""}:
        yield e.IssueRelabelled(at=seen.at, thread=thread.id, labels=tuple(sorted(labels)))


# --- what an act means --------------------------------------------------------------------------------------------


def _meant(state: HubState, seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    if not act.counts:
        return
    thread = state.threads.get(ThreadId(str(look.number)))
    if thread is None:
        yield from _unthreaded(state, seen, look, act)
    elif act.kind is ActKind.COMMENTED:
        yield from _commanded(thread, seen, look, act)
    elif not act.own or _is_a_persons(thread, act):
        yield from _handled(state, thread, seen, act)


def _is_a_persons(thread: Thread, act: Act) -> bool:
    """By the hub's own login: the hub closes issues of ended threads alone."""
    return act.kind is ActKind.CLOSED and not thread.reopened and not thread.state.closed


def _handled(state: HubState, thread: Thread, seen: BoardSeen, act: Act) -> Iterator[e.Event]:
    """Labels and the issue's own state, of an issue that has a thread."""
    shown = state.board.shown_of(thread.id).label or LABELS[thread.state]
    match act.kind:
        case ActKind.UNLABELED if act.label == shown and act.label in (READY, RUNNING):
            yield from _stopped(thread, seen, act, order=f"{act.label} removed")
        case ActKind.LABELED if (
            act.label == READY and not thread.state.running and thread.state is not S.QUEUED
        ):
            yield from _taken_up(thread, seen, act, resume=thread.state is S.DONE, order=f"{READY} set")
        case ActKind.CLOSED if not thread.state.closed:
            yield from _stopped(thread, seen, act, order="closed")
            yield e.IssueClosed(at=seen.at, thread=thread.id)
        case _:
            return


def _commanded(thread: Thread, seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    word, _, rest = plain_body(act.text).partition("\n")
    first, _, more = word.strip().partition(" ")
    verb, _, text = more.strip().partition(" ")
    if first != COMMAND:
        return
    order = f"{COMMAND} {verb}"
    said = "\n".join(part for part in (text.strip(), rest.strip()) if part)
    if why := _wrong(thread, act, verb, said):
        yield _heard(seen, look.number, act, order=order[:40], refusal=why)
    elif verb == "stop":
        yield from _stopped(thread, seen, act, order=order)
    elif verb == "retry":
        yield from _taken_up(thread, seen, act, resume=False, order=order)
    else:
        yield from _sent(thread, seen, act, said)


def _wrong(thread: Thread, act: Act, verb: str, said: str) -> str:
    if act.edited:
        return "the comment was edited: write it anew"
    if verb not in VERBS:
        return f"known are {', '.join(f'`{COMMAND} {one}`' for one in VERBS)}"
    if verb == "send" and not said:
        return "there is no text"
    return refusal(thread, verb)


def _stopped(thread: Thread, seen: BoardSeen, act: Act, *, order: str) -> Iterator[e.Event]:
    yield _heard(seen, thread.issue, act, order=order)
    if not thread.state.closed:
        why = f"stopped by {act.actor} on the board ({order})"
        yield e.ThreadCanceled(at=seen.at, thread=thread.id, why=why)


def _taken_up(thread: Thread, seen: BoardSeen, act: Act, *, resume: bool, order: str) -> Iterator[e.Event]:
    yield _heard(seen, thread.issue, act, order=order)
    if thread.state is not S.QUEUED:
        why = f"taken up again by {act.actor} on the board"
        yield e.ThreadReopened(at=seen.at, thread=thread.id, resume=resume, why=why)


def _sent(thread: Thread, seen: BoardSeen, act: Act, text: str) -> Iterator[e.Event]:
    yield _heard(seen, thread.issue, act, order=f"{COMMAND} send")
    if thread.state in (S.DONE, S.FAILED):
        why = f"taken up again by {act.actor}'s message"
        yield e.ThreadReopened(at=seen.at, thread=thread.id, resume=True, why=why)
    number = MESSAGES_FROM + act.number
    yield e.MessageWritten(at=seen.at, thread=thread.id, number=number, text=text)


def _heard(seen: BoardSeen, issue: int, act: Act, *, order: str, refusal: str = "") -> e.OrderHeard:
    name = f"{act.source}-{act.number}"
    return e.OrderHeard(at=seen.at, issue=issue, act=name, by=act.actor, order=order, refusal=refusal)


# --- an issue without a thread ------------------------------------------------------------------------------------


def _unthreaded(state: HubState, seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    """A label has it planned; while it is planned `hub:ready` accepts the plan, and starts nothing else."""
    planning = state.board.plannings.get(str(look.number))
    if (
        act.label == PLAN
        and act.kind is ActKind.UNLABELED
        and planning
        and not planning.accepted
        and not act.own
    ):
        yield _heard(seen, look.number, act, order=f"{PLAN} removed")
        yield e.PlanDropped(at=seen.at, issue=look.number)
    elif act.label == PLAN and act.kind is ActKind.LABELED and PLAN in look.labels and look.open:
        yield from _asked(seen, look, act)
    elif planning and PLAN in look.labels:
        yield from _accepted(state, seen, look, act, planning)
    else:
        yield from _started(state, seen, look, act)


def _asked(seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    order, doubt = f"{PLAN} set", _doubt(look, act)
    yield _heard(seen, look.number, act, order=order, refusal=doubt)
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
    yield _heard(seen, look.number, act, order=f"{READY} set", refusal=why)
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
        yield _heard(seen, look.number, act, order=order, refusal=why)
        return
    try:
        made = _opened(state, seen, look, role)
    except HubError as error:
        why = " ".join(error.message.split()).rstrip(".")
        yield _heard(seen, look.number, act, order=order, refusal=why)
        return
    yield _heard(seen, look.number, act, order=order)
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
    missing = [name for name in after if name not in state.threads or name == str(look.number)]
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
