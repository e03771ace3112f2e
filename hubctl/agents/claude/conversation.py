"""The conversation in a transcript of Claude Code: lines of JSON become entries for people.

Total like all parsers of its files: a torn, foreign or strange line gives nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from hubctl.core.reports.conversation import Entry, Voice, first_line, in_short

TELLING = (
    "command",
    "file_path",
    "notebook_path",
    "pattern",
    "url",
    "query",
    "skill",
    "description",
    "prompt",
)
"""The inputs that say what a tool is about to do, the best first."""
HIDDEN = ("isMeta", "isSidechain", "isCompactSummary")
"""The CLI's own remarks, a subagent's talk, and what the CLI tells itself after a compaction."""
Json = Mapping[str, object]


def conversation(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of these lines, in their order."""
    for text in lines:
        line = _object(text)
        if not any(line.get(name) for name in HIDDEN):
            yield from _entries(line)


def _entries(line: Json) -> Iterator[Entry]:
    at, message = _time(line), _mapping(line.get("message"))
    match line.get("type"):
        case "user":
            yield from _from_user(at, message)
        case "assistant":
            voice = Voice.ERROR if line.get("isApiErrorMessage") else Voice.ASSISTANT
            yield from _from_worker(at, voice, message)
        case "attachment":
            # What was typed while a turn ran, and was taken into it.
            attached = _mapping(line.get("attachment"))
            queued = _plain(attached.get("prompt")) if attached.get("type") == "queued_command" else ""
            yield from _said(at, Voice.USER, queued)
        case _:
            return


def _from_user(at: datetime | None, message: Json) -> Iterator[Entry]:
    for block in _blocks(message):
        if block.get("type") == "text":
            yield from _said(at, Voice.USER, _string(block.get("text")))
        elif block.get("type") == "tool_result" and block.get("is_error"):
            yield Entry(at=at, voice=Voice.ERROR, text=first_line(_plain(block.get("content"))))


def _from_worker(at: datetime | None, voice: Voice, message: Json) -> Iterator[Entry]:
    for block in _blocks(message):
        if block.get("type") == "text":
            yield from _said(at, voice, _string(block.get("text")))
        elif block.get("type") == "tool_use":
            text = _input(_mapping(block.get("input")))
            yield Entry(at=at, voice=Voice.TOOL, tool=in_short(_string(block.get("name"))), text=text)


def _said(at: datetime | None, voice: Voice, text: str) -> Iterator[Entry]:
    if text.strip():
        yield Entry(at=at, voice=voice, text=text.strip())


def _input(given: Json) -> str:
    told = next((text for name in TELLING if (text := _string(given.get(name)))), "")
    return in_short(told or (json.dumps(given, ensure_ascii=False) if given else ""))


def _plain(content: object) -> str:
    """A content's text: it is a string, or blocks of which some are text."""
    texts = [_string(block.get("text")) for block in _blocks({"content": content})]
    return "\n".join(text for text in texts if text)


def _blocks(message: Json) -> list[Json]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _object(text: str) -> Json:
    try:
        return _mapping(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(line: Json) -> datetime | None:
    try:
        at = datetime.fromisoformat(_string(line.get("timestamp")))
    except ValueError:
        return None
    return at if at.tzinfo else None
