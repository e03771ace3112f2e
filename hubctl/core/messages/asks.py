"""How an ask is said: in a line for tables and alerts, and whole for whoever decides it.

Rule: all of it is a worker's text. What a terminal would obey, and what would hide or turn text around, is escaped, so that
it is seen and does nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from hubctl.core.ledger.asks import ANSWERED, Ask, open_asks
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.text import escaped, fingerprint, in_line
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

LONGEST_LINE = 200
FIRST = ("command", "file_path", "notebook_path", "url", "path", "pattern", "query", "question", "plan")
"""Of a tool's input what says most in a line."""


def in_a_line(ask: Ask) -> str:
    """What is asked, in as much of a line as there is."""
    said = escaped(_plainest(ask).strip().replace("\n", " ⏎ "))
    whole = (
        f"{ask.tool}: {said}"
        if ask.tool and ask.via is AskVia.HOOK and ask.kind is AskKind.PERMISSION
        else said
    )
    return whole if len(whole) <= LONGEST_LINE else f"{whole[: LONGEST_LINE - 1]}…"


def _plainest(ask: Ask) -> str:
    fields = ask.fields
    asked = " / ".join(question for question, _ in _questions(fields))
    if asked:
        return asked
    found = next((value for key in FIRST if isinstance(value := fields.get(key), str)), None)
    return found if found is not None else ask.text or json.dumps(dict(fields))


def _questions(fields: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    found = fields.get("questions")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield str(one.get("question", "")), one


def cure_of(ask: Ask) -> str:
    """The command that answers it."""
    if ask.via is AskVia.SCREEN and not ask.options:
        return f"`hubctl attach {ask.thread}`"
    if ask.via is AskVia.SCREEN and ask.kind in (AskKind.QUESTION, AskKind.DIALOG):
        return f"`hubctl answer {ask.id} -- LABEL`"
    if ask.kind is AskKind.QUESTION:
        return f"`hubctl answer {ask.id} -- TEXT`"
    return f"`hubctl approve {ask.id}`, or `hubctl deny {ask.id} --why TEXT`"


class QuestionOption(Struct, frozen=True, kw_only=True):
    """`about` is its explanation."""

    label: str
    about: str = ""


class Question(Struct, frozen=True, kw_only=True):
    """`many`: several options may be chosen."""

    text: str
    options: tuple[QuestionOption, ...] = ()
    many: bool = False


def questions_of(fields: Mapping[str, object]) -> tuple[Question, ...]:
    """Of a tool's input; what is no question is left out."""
    return tuple(
        Question(
            text=str(found.get("question", "")),
            options=tuple(
                QuestionOption(label=str(one.get("label", "")), about=str(one.get("description", "")))
                for one in _objects(found.get("options"))
            ),
            many=found.get("multiSelect") is True,
        )
        for found in _objects(fields.get("questions"))
    )


def _objects(found: object) -> Iterator[Mapping[str, object]]:
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def answers_to(questions: Sequence[Question], words: Sequence[str]) -> dict[str, str]:
    """By the texts of the questions. Raises HubError unless there is one word for each."""
    if len(words) != len(questions):
        asked = "; ".join(question.text for question in questions)
        raise HubError(
            f"There are {len(questions)} questions and {len(words)} answers: {asked}.",
            "Give one answer for each question, in their order, each in quotes.",
        )
    return {question.text: _chosen(question, word) for question, word in zip(questions, words, strict=True)}


def _chosen(question: Question, word: str) -> str:
    whole = chosen([option.label for option in question.options], word)
    if whole or not question.many:
        return whole or word
    labels = [option.label for option in question.options]
    parts = [chosen(labels, part) for part in word.split(",")]
    return ", ".join(dict.fromkeys(parts)) if all(parts) else word


def chosen(labels: Sequence[str], word: str) -> str:
    """The label that a word or a number from 1 means; empty where it is none of them."""
    word = word.strip()
    if word.isdecimal() and 1 <= int(word) <= len(labels):
        return labels[int(word) - 1]
    same = [label for label in labels if label.casefold() == word.casefold()]
    return same[0] if same else ""


def ask_digest(ask: Ask) -> str:
    """Of all that is asked: another input is another digest."""
    said = json.dumps([ask.id, ask.kind, ask.tool, ask.input, ask.text, list(ask.options)])
    return fingerprint(said, 8)


def ask_lines(state: HubState, thread: Thread, *, full: bool) -> Iterator[str]:
    """What the issue says of each open ask. The text itself stands in a code span, where it is no Markdown."""
    for ask in open_asks(state.asks, thread.id):
        tool = f" ({ask.tool})" if ask.tool else ""
        text = f": `{in_line(in_a_line(ask)).replace('`', chr(39))}`" if full else ""
        yield f"Waits for you: {ask.kind.value}{tool}, ask `{ask.id}`, digest `{ask_digest(ask)}`{text}. {_cure(ask)}"


def _cure(ask: Ask) -> str:
    if ask.via is AskVia.SCREEN and not ask.options:
        return "It is answered in its pane."
    if ask.kind in (AskKind.QUESTION, AskKind.DIALOG):
        return f"`/hub answer {ask.id} TEXT`"
    return f"`/hub approve {ask.id} {ask_digest(ask)}` or `/hub deny {ask.id} WHY`"


SAID: Mapping[Decision, str] = {
    Decision.ALLOW: "approved",
    Decision.DENY: "denied",
    Decision.ANSWER: "answered",
}


def message_of(ask: Ask) -> str:
    """What the worker is written when its ask was decided; empty where the answer itself says all."""
    answer = ask.answer
    if answer is None:
        return ""
    if ask.via is AskVia.DOOR and answer.decision is Decision.ALLOW:
        return f"{ask.text} is open now; try it again."
    if ask.via is AskVia.DOOR:
        return f"{ask.text} stays closed: {answer.reason}"
    return answer.reason if ask.via is AskVia.SCREEN and answer.decision is Decision.DENY else ""


def told(ask: Ask) -> str:
    """Who decided it, when and how, and what came of it."""
    if ask.answer is None:
        return ask.over
    answer = ask.answer
    end = f", yet {ask.over}" if ask.over and ask.over != ANSWERED else ""
    return f"{answer.by} {SAID[answer.decision]} it at {answer.at:%H:%M:%S} UTC ({answer.how}){end}"
