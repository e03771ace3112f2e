"""One request of the worker CLI, read: who said what, and which tools there are.

What the CLI adds by itself is no user's text: a `<system-reminder>` is taken out wherever it stands, and a text that is
nothing else is not there. Each text block is a text of its own, for the CLI puts several prompts into one message
when no answer came between them (an interrupted first prompt and the next one).
"""

import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

REMINDER: Final = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
MID_TURN: Final = re.compile(
    r"(?:<system-reminder>\s*)?The user sent a new message while you were working:\n(.*?)"
    r"\n\n(?:IMPORTANT: After completing|This is how Claude Code surfaces)[^<]*(?:</system-reminder>)?",
    re.DOTALL,
)
"""How a prompt that was queued during a turn is handed on: in a reminder inside a tool result, or else by 2.1.197 in a
message of the role `system`, by 2.1.329 in a user's text."""
PLAN_FILE: Final = re.compile(r'(/[^\s"`\\]*?/\.claude/plans/[\w.-]+\.md)')
CHARACTERS_A_TOKEN: Final = 4


class Sender(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class ApiMessage(Struct, frozen=True, kw_only=True):
    """One message; `texts` are its text blocks without reminders, `mid_turn` the prompts queued in its tool results.

    `results` are the texts of its tool results, without reminders.
    """

    role: Sender
    texts: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    mid_turn: tuple[str, ...] = ()


class Request(Struct, frozen=True, kw_only=True):
    """`shape` is the JSON object that the answer must be, each name with its JSON type; None means free text.

    `user` tells sessions apart, `tokens` is a guess at the size of the conversation.
    """

    model: str = ""
    stream: bool = False
    messages: tuple[ApiMessage, ...] = ()
    tools: tuple[str, ...] = ()
    shape: Mapping[str, str] | None = None
    asks_topic: bool = False
    plan_file: str | None = None
    user: str = ""
    tokens: int = 0

    @property
    def answers(self) -> int:
        return sum(message.role is Sender.ASSISTANT for message in self.messages)

    @property
    def prompts(self) -> tuple[str, ...]:
        """All texts of the user, oldest first."""
        return tuple(
            text for message in self.messages if message.role is Sender.USER for text in message.texts
        )

    @property
    def results(self) -> tuple[str, ...]:
        """What the tools told, oldest first."""
        return tuple(text for message in self.messages for text in message.results)

    @property
    def mid_turn(self) -> tuple[str, ...]:
        return tuple(text for message in self.messages for text in message.mid_turn)


class _Sent(Struct, frozen=True, kw_only=True):
    """A JSON value as it came: reading it never fails, what has the wrong type is not there."""

    value: object

    def at(self, key: str) -> "_Sent":
        return _Sent(value=self.value.get(key) if isinstance(self.value, dict) else None)

    def each(self) -> "tuple[_Sent, ...]":
        return tuple(_Sent(value=one) for one in self.value) if isinstance(self.value, list) else ()

    def pairs(self) -> "tuple[tuple[str, _Sent], ...]":
        if not isinstance(self.value, dict):
            return ()
        return tuple((str(key), _Sent(value=value)) for key, value in self.value.items())

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""

    @property
    def written(self) -> str:
        return json.dumps(self.value, ensure_ascii=False)


def parse_request(body: bytes) -> Request:
    """Reads the body of a `POST /v1/messages`. Raises HubError for anything but a JSON object."""
    try:
        value = json.loads(body)
    except ValueError as error:
        raise HubError(f"the body is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise HubError("the body is no JSON object")
    sent = _Sent(value=value)
    told, system = sent.at("messages").written, sent.at("system").written
    return Request(
        model=sent.at("model").text,
        stream=sent.at("stream").value is True,
        messages=tuple(made for item in sent.at("messages").each() if (made := _message(item))),
        tools=tuple(tool.at("name").text for tool in sent.at("tools").each()),
        shape=_shape(sent),
        asks_topic="isNewTopic" in system,
        plan_file=next(reversed(PLAN_FILE.findall(told + system)), None),
        user=sent.at("metadata").at("user_id").text,
        tokens=len(told) // CHARACTERS_A_TOKEN,
    )


def _message(sent: _Sent) -> ApiMessage | None:
    role = next((role for role in Sender if role == sent.at("role").text), None)
    if role is None:
        return None
    blocks = _blocks(sent.at("content"))
    results = [text for block in sent.at("content").each() for text in _blocks(block.at("content"))]
    heard = [*blocks, *results]
    return ApiMessage(
        role=role,
        texts=_without_reminders(blocks),
        results=_without_reminders(results),
        mid_turn=tuple(text for told in heard for text in MID_TURN.findall(told)),
    )


def _without_reminders(texts: Iterable[str]) -> tuple[str, ...]:
    bare = (REMINDER.sub("", MID_TURN.sub("", text)).strip("\n") for text in texts)
    return tuple(text for text in bare if text.strip())


def _blocks(content: _Sent) -> tuple[str, ...]:
    """Content is one text, or a list of blocks of which some are texts."""
    if content.text:
        return (content.text,)
    return tuple(block.at("text").text for block in content.each() if block.at("type").text == "text")


def _shape(sent: _Sent) -> Mapping[str, str] | None:
    """2.1.197 writes `output_config.format`, older ones `output_format`."""
    for wanted in (sent.at("output_config").at("format"), sent.at("output_format")):
        if wanted.at("schema").value is not None:
            return {name: spec.at("type").text for name, spec in wanted.at("schema").at("properties").pairs()}
    return None
