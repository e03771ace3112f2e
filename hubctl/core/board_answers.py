"""Asks on a board: how an issue shows them, and what `/hub approve`, `/hub deny` and `/hub answer` mean there.

Rules: an approval names the digest of what was seen, so that nothing else is approved. Answers count only where the hub has
a login of its own: a worker could otherwise speak as its owner. What is asked is a worker's text, and told only where all is.
"""

import hashlib
import json
from collections.abc import Iterator

from hubctl.core import events as e
from hubctl.core.ask_events import AskKind, AskVia
from hubctl.core.ask_requests import answer_refusal, answered
from hubctl.core.ask_text import in_a_line
from hubctl.core.asks import Ask
from hubctl.core.board import Act
from hubctl.core.observations import RequestSeen
from hubctl.core.questions import answers_to, chosen, questions_of
from hubctl.core.state import HubState
from hubctl.core.thread import Thread
from hubctl.core.wording import in_line
from hubctl.errors import HubError

ANSWERS = ("approve", "deny", "answer")
OWN_LOGIN = "the hub runs with your login: give it one of its own, or answer by `hubctl inbox`"


def ask_digest(ask: Ask) -> str:
    """Of all that is asked: another input is another digest."""
    said = json.dumps([ask.id, ask.kind, ask.tool, ask.input, ask.text, list(ask.options)])
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:8]


def open_asks(state: HubState, thread: Thread) -> list[Ask]:
    return [ask for ask in state.asks.values() if ask.thread == thread.id and ask.is_open]


def ask_lines(state: HubState, thread: Thread, *, full: bool) -> Iterator[str]:
    """What the issue says of each open ask. The text itself stands in a code span, where it is no Markdown."""
    for ask in open_asks(state, thread):
        tool = f" ({ask.tool})" if ask.tool else ""
        text = f": `{in_line(in_a_line(ask)).replace('`', chr(39))}`" if full else ""
        yield f"Waits for you: {ask.kind.value}{tool}, ask `{ask.id}`, digest `{ask_digest(ask)}`{text}. {_cure(ask)}"


def _cure(ask: Ask) -> str:
    if ask.via is AskVia.SCREEN and not ask.options:
        return "It is answered in its pane."
    if ask.kind in (AskKind.QUESTION, AskKind.DIALOG):
        return f"`/hub answer {ask.id} TEXT`"
    return f"`/hub approve {ask.id} {ask_digest(ask)}` or `/hub deny {ask.id} WHY`"


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
