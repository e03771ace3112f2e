"""How an ask is said: in a line for tables and alerts, and whole for whoever decides it.

Rule: all of it is a worker's text. What a terminal would obey, and what would hide or turn text around, is escaped, so that
it is seen and does nothing.
"""

import json
from collections.abc import Iterator, Mapping

from hubctl.core.ask_events import AskKind, AskVia
from hubctl.core.asks import Ask

LONGEST_LINE = 200
FIRST = ("command", "file_path", "notebook_path", "url", "path", "pattern", "query", "question", "plan")
"""Of a tool's input what says most in a line."""


def escaped(text: str) -> str:
    """On one line; control characters, zero-width and bidirectional ones as they are written in Python."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def escaped_lines(text: str) -> list[str]:
    """The lines of a text, each escaped. Only a line feed parts them."""
    return [escaped(line) for line in text.replace("\t", "    ").split("\n")]


def in_a_line(ask: Ask, longest: int = LONGEST_LINE) -> str:
    """What is asked, in as much of a line as there is."""
    said = escaped(_plainest(ask).strip().replace("\n", " ⏎ "))
    whole = (
        f"{ask.tool}: {said}"
        if ask.tool and ask.via is AskVia.HOOK and ask.kind is AskKind.PERMISSION
        else said
    )
    return whole if len(whole) <= longest else f"{whole[: longest - 1]}…"


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
