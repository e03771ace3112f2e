"""A person's answer to an ask: refused with the reason, or decided, once.

Rule: who comes second is told who came first, and nothing more happens.
"""

import json
from collections.abc import Iterator, Mapping

from hubctl.core import events as e
from hubctl.core.ask_events import AskKind, AskVia, Decision
from hubctl.core.ask_labels import is_escaped, plain_label
from hubctl.core.asks import ANSWERED, Ask, Asks
from hubctl.core.observations import RequestSeen
from hubctl.core.state import HubState

VERBS: Mapping[str, Decision] = {
    "approve": Decision.ALLOW,
    "deny": Decision.DENY,
    "answer": Decision.ANSWER,
}
SAID: Mapping[Decision, str] = {
    Decision.ALLOW: "approved",
    Decision.DENY: "denied",
    Decision.ANSWER: "answered",
}


def answer_refusal(asks: Asks, name: str, verb: str) -> str:
    """Why this ask cannot be answered so; empty when it can."""
    ask = asks.get(name)
    if ask is None:
        return f"there is no ask `{name}`, or it is over since long"
    if ask.answer:
        return f"the ask `{name}` is decided: {told(ask)}"
    if ask.over:
        return f"the ask `{name}` is over: {ask.over}"
    return _misfit(ask, verb)


def told(ask: Ask) -> str:
    """Who decided it, when and how, and what came of it."""
    if ask.answer is None:
        return ask.over
    answer = ask.answer
    end = f", yet {ask.over}" if ask.over and ask.over != ANSWERED else ""
    return f"{answer.by} {SAID[answer.decision]} it at {answer.at:%H:%M:%S} UTC ({answer.how}){end}"


def _misfit(ask: Ask, verb: str) -> str:
    if ask.via is AskVia.SCREEN:
        return _unlabelled(ask, VERBS[verb])
    question = ask.kind is AskKind.QUESTION
    if verb == "approve" and question:
        return f"the ask `{ask.id}` is a question: `hubctl answer {ask.id} -- TEXT`"
    if verb == "deny" and ask.via is AskVia.WORDS:
        return f"the ask `{ask.id}` waits for words: `hubctl answer {ask.id} -- TEXT`"
    if verb == "answer" and not question and ask.via is AskVia.HOOK:
        return f"the ask `{ask.id}` is no question: `hubctl approve {ask.id}` or `hubctl deny {ask.id} --why TEXT`"
    return ""


def _unlabelled(ask: Ask, decision: Decision) -> str:
    if not ask.options:
        return f"the ask `{ask.id}` can be answered in its pane alone: `hubctl attach {ask.thread}`"
    says = plain_label(ask.kind, ask.options, decision) or is_escaped(ask.kind, decision)
    if decision is Decision.ANSWER or says:
        return ""
    return f"the ask `{ask.id}` is answered by a label: `hubctl answer {ask.id} -- LABEL`, one of: {'; '.join(ask.options)}"


def answered(state: HubState, seen: RequestSeen) -> Iterator[e.Event]:
    """The decision; the answer to `hubctl ask` is a message."""
    ask = state.asks[seen.words["ask"]]
    answers = _texts(seen.words.get("answers", ""))
    if ask.via is AskVia.WORDS:
        yield e.MessageWritten(at=seen.at, thread=ask.thread, number=seen.number, text=seen.text)
    yield e.AskAnswered(
        at=seen.at,
        thread=ask.thread,
        ask=ask.id,
        by=seen.words.get("who") or seen.by,
        how=seen.words.get("how", "command line"),
        decision=VERBS[seen.verb],
        reason=seen.text,
        input=seen.words.get("input", ""),
        answers=answers,
        number=seen.number,
    )


def _texts(text: str) -> dict[str, str]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
