"""What an MCP server asks a person for in the middle of a call: questions for the inbox, and their answers as it wants them.

Measured (docs/facts/claude-code.md#elicitation): while the hook waits no dialog is drawn and the session file says
`busy`; what the hook prints goes to the server. The schema is flat: each property is text, a number, a yes or no, or a choice.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from hubctl.agents.claude.json import Json, inner, objects_of, text_of
from hubctl.core.ledger.asks import ELICITATION, Ask
from hubctl.core.ledger.outside_events import AskAnswered, Decision

ACCEPT, DECLINE = "accept", "decline"
LEFT_OUT: Final = "-"
READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "boolean": lambda text: text.casefold() in ("yes", "true"),
    "integer": int,
    "number": float,
    "array": lambda text: [part.strip() for part in text.split(",")],
}
"""By the type of a field; all others are text."""


def form_of(found: Json) -> dict[str, object]:
    """The payload as a tool's input: its questions as AskUserQuestion has them, each with the name and type of its field.

    Where nothing is to be filled in (a confirmation, an address to visit) the question is whether to agree.
    """
    head = f"{text_of(found, 'mcp_server_name')} asks: {text_of(found, 'message')}"
    if address := text_of(found, "url"):
        head += f" ({address})"
    schema = inner(found, "requested_schema")
    required = schema.get("required")
    questions = list(_fields(inner(schema, "properties"), required if isinstance(required, list) else []))
    if not questions:
        questions = [_question("", "", {}, [ACCEPT, DECLINE])]
    questions[0] = {**questions[0], "question": " ".join(filter(None, [head, str(questions[0]["question"])]))}
    return {"questions": questions}


def _fields(properties: Json, required: list[object]) -> Iterator[dict[str, object]]:
    for name in properties:
        field = inner(properties, name)
        about = text_of(field, "description") or text_of(field, "title")
        text = f"[{name}{f': {about}' if about else ''}]"
        if name not in required:
            text += f" (`{LEFT_OUT}` leaves it out)"
        yield _question(text, name, field, _choices(field))


def _question(text: str, name: str, field: Json, choices: list[str]) -> dict[str, object]:
    many = text_of(field, "type") == "array"
    options = [{"label": label, "description": ""} for label in choices]
    return {
        "question": text,
        "header": name,
        "options": options,
        "multiSelect": many,
        "type": text_of(field, "type"),
    }


def _choices(field: Json) -> list[str]:
    if text_of(field, "type") == "boolean":
        return ["yes", "no"]
    inside = inner(field, "items") or field
    listed = inside.get("enum")
    if isinstance(listed, list):
        return [str(one) for one in listed]
    return [text_of(one, "const") for key in ("oneOf", "anyOf") for one in objects_of(inside, key)]


def reply(ask: Ask, answer: AskAnswered) -> dict[str, object]:
    """What the hook prints of it: all but an answer declines."""
    questions = list(objects_of(ask.fields, "questions"))
    said = {text_of(one, "header"): answer.answers.get(text_of(one, "question"), "") for one in questions}
    if answer.decision is not Decision.ANSWER or said.get("") == DECLINE:
        return {"hookEventName": ELICITATION, "action": DECLINE}
    content = {
        name: _typed(text_of(one, "type"), said[name])
        for one in questions
        if (name := text_of(one, "header")) and said[name] != LEFT_OUT
    }
    return {"hookEventName": ELICITATION, "action": ACCEPT, "content": content}


def _typed(kind: str, text: str) -> object:
    """As the schema has it; what cannot be read as that goes on as it is, and the server says so."""
    try:
        return READERS[kind](text) if kind in READERS else text
    except ValueError:
        return text
