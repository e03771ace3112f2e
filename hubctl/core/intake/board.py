"""What people do on a board, as orders: a label starts, its removal stops, closing settles, `/hub WORD` is a verb.

Rules (law 7): an act counts by its own actor, who must have write access; what others write orders nothing and is in no
prompt. An edited comment never counts. The hub's own login counts only where the hub itself never acts so: people may
run it with theirs. Each act is taken once, and what an act means is in the log together with the news that it was taken.
"""

import json
from collections.abc import Iterator

from hubctl.core.documents.issue_text import digest_of, plain_body
from hubctl.core.intake.asks import answer_refusal, answered
from hubctl.core.intake.board_starts import order_note, unthreaded
from hubctl.core.intake.observations import BoardQuietSeen, BoardSeen, BoardSilentSeen, PlanSeen, RequestSeen
from hubctl.core.intake.requests import refusal
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import ShowIssue
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.outside_events import AskVia
from hubctl.core.ledger.settling import recalled
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.asks import answers_to, ask_digest, chosen, questions_of
from hubctl.core.vocabulary.board import (
    LABELS,
    MARKER,
    PLAN,
    READY,
    RUNNING,
    STATE_LABELS,
    Act,
    ActKind,
    Look,
)
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId, ThreadState
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
            planning = state.board.of(seen.issue).planning
            if planning and planning.asked.act == seen.act and planning.content is None:
                yield e.PlanProposed(at=seen.at, issue=seen.issue, act=seen.act, content=seen.content)
        case BoardSeen():
            yield from _told(state, seen)


def _told(state: HubState, seen: BoardSeen) -> Iterator[e.Event]:
    """Each act is judged by the state that those before it made."""
    marks: dict[str, str] = {}
    for look in seen.news.looks:
        name = ThreadId(str(look.number))
        state = recalled(state, [name])
        for act in look.acts:
            source = f"{look.number}:{act.source}"
            if act.number <= int(marks.get(source, state.board.of(look.number).heard.get(source, "0"))):
                continue
            marks[source] = str(act.number)
            state = recalled(state, [name])
            made = tuple(_meant(state, seen, look, act))
            yield from made
            state = fold(made, state)
        state = recalled(state, [name])
        made = tuple(_stands(state, seen, look))
        yield from made
        state = fold(made, state)
    known = state.board
    if (
        marks
        or not known.read
        or known.outage
        or (seen.news.cursor, seen.news.private) != (known.cursor, known.private)
    ):
        yield e.BoardHeard(at=seen.at, cursor=seen.news.cursor, heard=marks, private=seen.news.private)


# --- how an issue stands ------------------------------------------------------------------------------------------


def _stands(state: HubState, seen: BoardSeen, look: Look) -> Iterator[e.Event]:
    """What is seen of a thread's issue without an act: it is gone, its text is another, its labels are."""
    thread = state.thread(str(look.number))
    if thread is None:
        yield from _unwanted(state, seen, look)
    if thread is None or state.board.is_lost(thread.id):
        return
    if look.gone:
        yield e.IssueLost(at=seen.at, thread=thread.id, why=look.gone)
        if not thread.state.closed:
            yield e.ThreadCanceled(at=seen.at, thread=thread.id, why=f"its issue is gone: {look.gone}")
        return
    text, known = digest_of(look.title, look.body), state.board.of(thread.id).text
    if known is None or known.now != text:
        yield e.IssueRead(at=seen.at, thread=thread.id, text=text)
    shown = state.board.shown_of(thread.id)
    labels = {label for label in look.labels if label in (MARKER, *STATE_LABELS)}
    if shown.face and not state.under_way(thread.id, ShowIssue) and labels != {MARKER, shown.label} - {""}:
        yield e.IssueRelabelled(at=seen.at, thread=thread.id, labels=tuple(sorted(labels)))


def _unwanted(state: HubState, seen: BoardSeen, look: Look) -> Iterator[e.Event]:
    """What was refused, and nobody wants any more: its label is off, or the issue is closed or gone."""
    order = state.board.of(look.number).order
    wanted = look.open and not look.gone and {*seen.terms.triggers, PLAN} & set(look.labels)
    if order and not wanted:
        yield replace(order, at=seen.at, refusal="")


# --- what an act means --------------------------------------------------------------------------------------------


def _meant(state: HubState, seen: BoardSeen, look: Look, act: Act) -> Iterator[e.Event]:
    if not act.counts:
        return
    thread = state.thread(str(look.number))
    if thread is None:
        yield from unthreaded(state, seen, look, act)
    elif act.kind is ActKind.COMMENTED:
        yield from _commanded(state, thread, seen, act)
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


def _commanded(state: HubState, thread: Thread, seen: BoardSeen, act: Act) -> Iterator[e.Event]:
    word, _, rest = plain_body(act.text).partition("\n")
    first, _, more = word.strip().partition(" ")
    verb, _, text = more.strip().partition(" ")
    if first != COMMAND:
        return
    order = f"{COMMAND} {verb}"
    said = "\n".join(part for part in (text.strip(), rest.strip()) if part)
    if why := _wrong(thread, act, verb, said):
        yield order_note(seen, thread.issue, act, order=order[:40], refusal=why)
    elif verb in ANSWERS:
        yield from _answered(state, thread, seen, act, verb, said)
    elif verb == "stop":
        yield from _stopped(thread, seen, act, order=order)
    elif verb == "retry":
        yield from _taken_up(thread, seen, act, resume=False, order=order)
    else:
        yield from _sent(thread, seen, act, said)


def _wrong(thread: Thread, act: Act, verb: str, said: str) -> str:
    if act.edited:
        return "the comment was edited: write it anew"
    if verb not in (*VERBS, *ANSWERS):
        return f"known are {', '.join(f'`{COMMAND} {one}`' for one in (*VERBS, *ANSWERS))}"
    if verb in ANSWERS:
        return ""
    if verb == "send" and not said:
        return "there is no text"
    return refusal(thread, verb)


def _answered(
    state: HubState, thread: Thread, seen: BoardSeen, act: Act, verb: str, said: str
) -> Iterator[e.Event]:
    number, order = MESSAGES_FROM + act.number, f"{COMMAND} {verb}"
    asked = RequestSeen(at=seen.at, number=number, verb=verb, by="human", thread=thread.id)
    try:
        request = answer_seen(state, thread, act, asked, said)
    except HubError as error:
        yield order_note(seen, thread.issue, act, order=order, refusal=error.message.rstrip("."))
        return
    yield order_note(seen, thread.issue, act, order=order)
    yield from answer_events(state, request)


def _stopped(thread: Thread, seen: BoardSeen, act: Act, *, order: str) -> Iterator[e.Event]:
    yield order_note(seen, thread.issue, act, order=order)
    if not thread.state.closed:
        why = f"stopped by {act.actor} on the board ({order})"
        yield e.ThreadCanceled(at=seen.at, thread=thread.id, why=why)


def _taken_up(thread: Thread, seen: BoardSeen, act: Act, *, resume: bool, order: str) -> Iterator[e.Event]:
    yield order_note(seen, thread.issue, act, order=order)
    if thread.state is not S.QUEUED:
        why = f"taken up again by {act.actor} on the board"
        yield e.ThreadReopened(at=seen.at, thread=thread.id, resume=resume, why=why)


def _sent(thread: Thread, seen: BoardSeen, act: Act, text: str) -> Iterator[e.Event]:
    yield order_note(seen, thread.issue, act, order=f"{COMMAND} send")
    if thread.state in (S.DONE, S.FAILED):
        why = f"taken up again by {act.actor}'s message"
        yield e.ThreadReopened(at=seen.at, thread=thread.id, resume=True, why=why)
    number = MESSAGES_FROM + act.number
    yield e.MessageWritten(at=seen.at, thread=thread.id, number=number, text=text)


ANSWERS = ("approve", "deny", "answer")
OWN_LOGIN = "the hub runs with your login: give it one of its own, or answer by `hubctl inbox`"


def answer_seen(state: HubState, thread: Thread, act: Act, request: RequestSeen, said: str) -> RequestSeen:
    """The comment as the request that a verb would have written. Raises HubError where it cannot count."""
    name, _, text = said.partition(" ")
    text = text.strip()
    if act.own:
        raise HubError(OWN_LOGIN)
    ask = state.asks.get(name)
    if ask is None or ask.thread != thread.id:
        raise HubError(f"there is no ask `{name}` on this issue")
    if why := answer_refusal(state.asks, name, request.verb):
        raise HubError(why)
    words = {"ask": name, "who": act.actor, "how": "board"}
    if request.verb == "approve":
        _demand_digest(ask, text)
        text = ""
    elif request.verb == "answer":
        text, answers = _answers(ask, text)
        words["answers"] = json.dumps(answers)
    return RequestSeen(
        at=request.at,
        number=request.number,
        verb=request.verb,
        by="human",
        thread=thread.id,
        text=text,
        words=words,
    )


def answer_events(state: HubState, request: RequestSeen) -> tuple[e.Event, ...]:
    return tuple(answered(state, request))


def _demand_digest(ask: Ask, said: str) -> None:
    if said != ask_digest(ask):
        raise HubError(
            f"an approval names the digest of what it approves: `{ask_digest(ask)}` for `{ask.id}`"
        )


def _answers(ask: Ask, text: str) -> tuple[str, dict[str, str]]:
    """Of several questions each line is the answer to one."""
    if not text:
        raise HubError("there is no text")
    if ask.via is AskVia.WORDS:
        return text, {}
    if ask.via is AskVia.HOOK:
        questions = questions_of(ask.fields)
        words = [text] if len(questions) == 1 else [line for line in text.split("\n") if line.strip()]
        return text, answers_to(questions, words)
    label = chosen(ask.options, text)
    if not label:
        raise HubError(f"that is no label of this dialog: {'; '.join(ask.options)}")
    return label, {"": label}
