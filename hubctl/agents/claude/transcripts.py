"""What Claude Code writes down of a session: its prompts, its tokens, the calls without a result, the last words.

Total as all readers of its files are: a line may be torn, of another version, or of a kind that nobody knows. A message
is written some 0.1 s after it was said: what is not there yet is not told.
"""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from hubctl.agents.claude.files import LARGEST, opened
from hubctl.agents.claude.json import Json, inner, number_of, object_of, objects_of, text_of
from hubctl.core.intake.observations import PromptSeen
from hubctl.core.vocabulary.values import Struct, replace

REMARKS = (
    "[Request interrupted by user",
    "<command-name>",
    "<local-command-",
    "<bash-input>",
    "<bash-stdout>",
)
"""How user lines begin that nobody prompted with: Esc, and commands of the CLI with what they print."""


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens as the API counts them: four numbers that have four prices."""

    input: int = 0
    cache_creation: int = 0
    cache_read: int = 0
    output: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            cache_creation=self.cache_creation + other.cache_creation,
            cache_read=self.cache_read + other.cache_read,
            output=self.output + other.output,
        )


def transcript_path(home: Path, cwd: Path, session: str) -> Path:
    """Where the session writes, from its first prompt on. Two folders may share a slug, no two sessions an id."""
    return home / ".claude" / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(cwd)) / f"{session}.jsonl"


def is_session_id(text: str) -> bool:
    """The text can be a part of a path: payloads are the worker's words."""
    return bool(re.fullmatch(r"[0-9A-Za-z-]{1,64}", text))


def _subagents(transcript: Path) -> Path:
    return transcript.with_suffix("") / "subagents"


def _agents_in(folder: Path) -> tuple[Path, ...]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - asked each round for each worker, and mostly in vain
    except OSError:
        return ()
    found = (name for name in names if name.startswith("agent-") and name.endswith(".jsonl"))
    return tuple(folder / name for name in sorted(found))


def read_transcript_lines(path: Path, offset: int = 0) -> tuple[tuple[str, ...], int]:
    """The whole lines behind the byte `offset`, and the offset to go on from; a torn last line is left for later.

    A file shorter than `offset` is a new one and is read from its start. At most `LARGEST` bytes a call.
    """
    try:
        if path.stat().st_size == offset:  # as mostly: nothing is opened for it
            return (), offset
        with opened(path) as file:
            size = file.seek(0, os.SEEK_END)
            begin = offset if 0 <= offset <= size else 0
            file.seek(begin)
            data = file.read(min(size - begin, LARGEST))
    except OSError:
        return (), max(offset, 0)
    whole = data.rfind(b"\n") + 1
    if not whole and len(data) == LARGEST:
        return (), begin + LARGEST
    return tuple(data[:whole].decode(errors="replace").split("\n")[:-1]), begin + whole


def usage_by_message(lines: Iterable[str]) -> dict[str, Usage]:
    """Usage by message id: a message has one line for each content block, and each carries the whole usage."""
    found: dict[str, Usage] = {}
    for line in _of_type(lines, "assistant"):
        message = inner(line, "message")
        counted = inner(message, "usage")
        if counted and text_of(message, "id"):
            found[text_of(message, "id")] = Usage(
                input=number_of(counted, "input_tokens"),
                cache_creation=number_of(counted, "cache_creation_input_tokens"),
                cache_read=number_of(counted, "cache_read_input_tokens"),
                output=number_of(counted, "output_tokens"),
            )
    return found


def user_prompts(lines: Iterable[str]) -> tuple[str, ...]:
    """What the worker was told, in order: prompts, not tool results and not the CLI's own remarks."""
    return tuple(text for line in _of_type(lines, "user") if (text := _prompt(line)))


def _prompt(line: Json) -> str:
    if any(line.get(mark) for mark in ("isMeta", "isSidechain", "isCompactSummary")):
        return ""
    message = inner(line, "message")
    blocks = list(objects_of(message, "content"))
    if any(block.get("type") == "tool_result" for block in blocks):
        return ""
    told = "\n".join(text_of(block, "text") for block in blocks if block.get("type") == "text")
    text = told or text_of(message, "content")
    return "" if text.startswith(REMARKS) else text


class Said(Struct, frozen=True, kw_only=True):
    """A prompt as the transcript has it; the fields are those of `PromptSeen`. `at` is None where the line tells none."""

    at: datetime | None
    text: str
    ids: tuple[str, ...]
    queued: bool = False


class Conversation:
    """Follows one session's prompts line by line.

    Measured (docs/facts/claude-code.md#transcripts): a typed prompt's line has the id that its hook has. A queued
    prompt is an `enqueue` without an id (the hook of 2.1.329 has the running turn's), and then either joins the running
    turn (`remove`) or begins one: a line of its own with a new id, which is also that of 2.1.197's hook.
    """

    def __init__(self) -> None:
        self._turn = ""
        self._queue: list[Said] = []

    def hear(self, lines: Iterable[str]) -> tuple[Said, ...]:
        """The prompts of the next lines. One that was queued and taken within them is told of once, with both ids."""
        found: list[Said] = []
        for line in _of_type(lines, "user", "queue-operation"):
            if line.get("type") == "user":
                self._user(line, found)
            else:
                self._queued(line, found)
        return tuple(found)

    def _queued(self, line: Json, found: list[Said]) -> None:
        text = text_of(line, "content")
        if line.get("operation") == "enqueue" and text and self._turn:
            said = Said(at=_time(line), text=text, ids=(self._turn,), queued=True)
            self._queue.append(said)
            found.append(said)
        elif line.get("operation") == "remove" and self._queue:
            # 2.1.197 does not say which: the oldest.
            gone = next((said for said in self._queue if said.text == text), self._queue[0])
            self._queue.remove(gone)

    def _user(self, line: Json, found: list[Said]) -> None:
        name, text = text_of(line, "promptId"), _prompt(line)
        if not name:
            return  # versions that write none are proven by hooks alone
        self._turn = name
        if not text:
            return
        waited = [said for said in self._queue if said.text == text]
        # `system`: what the CLI sent to itself, such as a `<task-notification>`.
        if line.get("promptSource") not in ("queued", "system") or not waited:
            found.append(Said(at=_time(line), text=text, ids=(name,)))
            return
        self._queue.remove(waited[0])
        said = replace(waited[0], ids=(*waited[0].ids, name), queued=False)
        if waited[0] in found:
            found[found.index(waited[0])] = said
        else:
            found.append(said)


class Transcript:
    """One session's files, read from their start on; `hubctl.watch.transcripts` follows them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folders = path.parent, _subagents(path)
        self._offsets: dict[Path, int] = {}
        self._usage: dict[str, Usage] = {}
        self._sum: Usage | None = Usage()
        self._conversation = Conversation()
        self._calls = OpenCalls()

    @property
    def call(self) -> tuple[str, float]:
        """The tool call without a result that may run longest, and its limit in seconds."""
        return self._calls.longest

    @property
    def folders(self) -> tuple[Path, Path]:
        """Where its files lie, or will: the session's own and its subagents'."""
        return self._folders

    @property
    def usage(self) -> Usage:
        """Of all that was read so far, each message counted once over all files."""
        if self._sum is None:
            self._sum = sum(self._usage.values(), Usage())
        return self._sum

    @property
    def tokens(self) -> tuple[int, int]:
        """Read and written by the model: what it read anew, into its cache and from it counts alike."""
        used = self.usage
        return used.input + used.cache_creation + used.cache_read, used.output

    def read(self, *, worker: str, at: datetime) -> tuple[PromptSeen, ...]:
        """The prompts that were added since the last call; the usage is counted on the way."""
        return tuple(
            PromptSeen(
                at=min(said.at or at, at),
                worker=worker,
                prompt=said.text,
                prompt_ids=said.ids,
                queued=said.queued,
            )
            for said in self._read()
        )

    def _read(self) -> tuple[Said, ...]:
        for path in _agents_in(self._folders[1]):
            for lines in self._added(path):
                self._count(lines)
        found: list[Said] = []
        for lines in self._added(self._path):
            self._count(lines)
            found += self._conversation.hear(lines)
            self._calls.hear(lines)
        return tuple(found)

    def _count(self, lines: Iterable[str]) -> None:
        if counted := usage_by_message(lines):
            self._usage |= counted
            self._sum = None

    def _added(self, path: Path) -> Iterator[tuple[str, ...]]:
        while True:
            offset = self._offsets.get(path, 0)
            lines, self._offsets[path] = read_transcript_lines(path, offset)
            if self._offsets[path] <= offset:
                return
            yield lines


def _time(line: Json) -> datetime | None:
    try:
        at = datetime.fromisoformat(text_of(line, "timestamp"))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _of_type(lines: Iterable[str], *kinds: str) -> Iterator[Json]:
    # Cheap first: most of a long transcript is tool results that need no parsing.
    marks = [f'"{kind}"' for kind in kinds]
    likely = (object_of(text) for text in lines if any(mark in text for mark in marks))
    return (line for line in likely if line.get("type") in kinds)


BASH_SECONDS: Final = 120.0
"""Claude Code's own limit for a command that names none."""
MARKS: Final = ('"tool_use"', '"tool_result"')


class OpenCalls:
    """Fed with a transcript's lines in their order."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, float]] = {}

    @property
    def longest(self) -> tuple[str, float]:
        """The open call that may run longest: its tool, and its limit in seconds (0: none is known)."""
        return max(self._open.values(), key=lambda call: call[1], default=("", 0.0))

    def hear(self, lines: Iterable[str]) -> None:
        """The next lines."""
        for text in lines:
            if any(mark in text for mark in MARKS):
                for block in objects_of(inner(object_of(text), "message"), "content"):
                    self._take(block)

    def _take(self, block: Json) -> None:
        kind = text_of(block, "type")
        if kind == "tool_use":
            self._open[text_of(block, "id")] = (text_of(block, "name"), _seconds(block))
        elif kind == "tool_result":
            self._open.pop(text_of(block, "tool_use_id"), None)


def _seconds(block: Json) -> float:
    given = inner(block, "input")
    if text_of(block, "name") != "Bash" or given.get("run_in_background"):
        return 0.0
    return number_of(given, "timeout") / 1000 or BASH_SECONDS


TAIL = 64 * 1024
"""Bytes: a message is a few hundred, the result of a tool before it may be many."""
LONGEST = 400


def last_words(transcript: Path) -> str:
    """Empty where the last turn has said nothing yet."""
    for line in reversed(_tail(transcript)):
        found = object_of(line)
        kind, message = text_of(found, "type"), inner(found, "message")
        if kind == "user" and isinstance(message.get("content"), str):
            return ""  # the prompt: what was said before it is of another turn
        blocks = objects_of(message, "content") if kind == "assistant" else ()
        said = " ".join(text_of(block, "text") for block in blocks if block.get("type") == "text").strip()
        if said:
            return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
    return ""


def _tail(path: Path) -> list[str]:
    try:
        with opened(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            return file.read(TAIL).decode(errors="replace").split("\n")
    except OSError:
        return []
