"""What Claude Code leaves on disk, read and never written: session files, transcripts, hook payloads, its own settings.

All parsers are total: a torn, foreign or strange text is None or nothing, never an exception, for the worker may be
killed in the middle of a line and may write what it likes.
"""

import hmac
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hubctl.core.observations import HookSeen, SessionSeen

SESSION_FILE = re.compile(r"\d+\.json")
"""Newer versions lay a `<pid>.<hash>.key` beside it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENDED_TASKS = frozenset({"completed", "failed", "killed", "stopped"})
LARGEST = 16 * 1024 * 1024
"""A file above this many bytes is none that the worker CLI writes here; a transcript is read in steps of it."""

Json = Mapping[str, object]
_NOTHING: Json = {}


def process_start(pid: int) -> str | None:
    """Field 22 of `/proc/<pid>/stat`, which tells two processes of one pid apart; None: no such process, or a zombie.

    Empty where there is no `/proc` (macOS): nothing is compared then.
    """
    if not Path("/proc/self/stat").exists():
        return "" if _signalled(pid) else None
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    if len(after_name) < 20 or after_name[0] in ("Z", "X"):
        return None
    return after_name[19]


def process_alive(pid: int, start: str = "") -> bool:
    """The process that began at `start` (field 22 as text; empty: any) still runs. A zombie is dead."""
    found = process_start(pid)
    return found is not None and (not start or not found or found == start)


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFile:
    """`sessions/<pid>.json` of a living process. `status` is None where the version writes none (before 2.1.197)."""

    pid: int
    start: str
    session: str
    cwd: str
    version: str
    status: str | None
    waiting_for: str | None
    updated_at: datetime | None


def session_path(home: Path, pid: int) -> Path:
    """The file of one process; it is missing while a start dialog is up, and after a clean exit."""
    return home / ".claude" / "sessions" / f"{pid}.json"


def read_session_file(path: Path) -> SessionFile | None:
    """None: missing, empty or half written (read again), or left behind by a process that is no more."""
    if not SESSION_FILE.fullmatch(path.name):
        return None
    found = _object(_read(path))
    pid, session = _number(found, "pid"), _text(found, "sessionId")
    if str(pid) != path.stem or not session or not process_alive(pid, _text(found, "procStart")):
        return None
    return SessionFile(
        pid=pid,
        start=_text(found, "procStart"),
        session=session,
        cwd=_text(found, "cwd"),
        version=_text(found, "version"),
        status=_text(found, "status") or None,
        waiting_for=_text(found, "waitingFor") or None,
        updated_at=_milliseconds(_number(found, "statusUpdatedAt")),
    )


def session_of(home: Path, pid: int) -> SessionFile | None:
    """The session file of this process, where it has one."""
    return read_session_file(session_path(home, pid))


def session_seen(path: Path, *, worker: str, start: str, at: datetime) -> SessionSeen | None:
    """The file as an observation; None where it is torn, gone or of another process than the one begun at `start`."""
    found = read_session_file(path)
    if found is None or (start and found.start and found.start != start):
        return None
    return SessionSeen(
        at=at,
        worker=worker,
        session=found.session,
        status=found.status,
        waiting_for=found.waiting_for,
        updated_at=found.updated_at,
    )


def parse_spooled(text: str, *, token: str, worker: str, at: datetime) -> HookSeen | None:
    """A file of the spool: the worker's token in the first line, the payload behind it. None: not this worker's."""
    said, _, payload = text.partition("\n")
    if not hmac.compare_digest(said.encode(errors="replace"), token.encode()):
        return None
    return parse_hook(payload, worker=worker, at=at)


def parse_hook(text: str, *, worker: str, at: datetime) -> HookSeen | None:
    """One payload. `source` is SessionStart's source, SessionEnd's reason or PreCompact's trigger."""
    found = _object(text)
    name = _text(found, "hook_event_name")
    if not name:
        return None
    return HookSeen(
        at=at,
        worker=worker,
        name=name,
        session=_text(found, "session_id"),
        prompt=_text(found, "prompt"),
        error=_text(found, "error"),
        message=_text(found, "last_assistant_message"),
        source=_text(found, "source") or _text(found, "reason") or _text(found, "trigger"),
        tool=_text(found, "tool_name"),
        agent=_text(found, "agent_id"),
        background=sum(
            _text(task, "status") not in ENDED_TASKS for task in _objects(found, "background_tasks")
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
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


def subagent_paths(transcript: Path) -> tuple[Path, ...]:
    """The transcripts of the session's subagents, whose usage is not in the session's own."""
    return tuple(sorted((transcript.with_suffix("") / "subagents").glob("agent-*.jsonl")))


def read_transcript_lines(path: Path, offset: int = 0) -> tuple[tuple[str, ...], int]:
    """The whole lines behind the byte `offset`, and the offset to go on from; a torn last line is left for later.

    A file shorter than `offset` is a new one and is read from its start. At most `LARGEST` bytes a call.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            begin = offset if 0 <= offset <= size else 0
            file.seek(begin)
            data = file.read(LARGEST)
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
        message = _inner(line, "message")
        counted = _inner(message, "usage")
        if counted and _text(message, "id"):
            found[_text(message, "id")] = Usage(
                input=_number(counted, "input_tokens"),
                cache_creation=_number(counted, "cache_creation_input_tokens"),
                cache_read=_number(counted, "cache_read_input_tokens"),
                output=_number(counted, "output_tokens"),
            )
    return found


def usage_of(lines: Iterable[str]) -> Usage:
    """The sum over all messages of these lines, each counted once."""
    return sum(usage_by_message(lines).values(), Usage())


def user_prompts(lines: Iterable[str]) -> tuple[str, ...]:
    """What the worker was told, in order: prompts, not tool results and not the CLI's own remarks."""
    found = (
        _prompt(line)
        for line in _of_type(lines, "user")
        if not line.get("isMeta") and not line.get("isSidechain")
    )
    return tuple(text for text in found if text)


def queued_prompts(lines: Iterable[str]) -> tuple[str, ...]:
    """What was typed while a turn ran: 2.1.197 proves such text in no other way."""
    queued = (line for line in _of_type(lines, "queue-operation") if line.get("operation") == "enqueue")
    return tuple(text for line in queued if (text := _text(line, "content")))


def _prompt(line: Json) -> str:
    message = _inner(line, "message")
    if isinstance(message.get("content"), str):
        return _text(message, "content")
    blocks = list(_objects(message, "content"))
    if any(block.get("type") == "tool_result" for block in blocks):
        return ""
    return "\n".join(_text(block, "text") for block in blocks if block.get("type") == "text")


def _of_type(lines: Iterable[str], kind: str) -> Iterator[Json]:
    # Cheap first: most of a long transcript is tool results that need no parsing.
    return (
        line for line in (_object(text) for text in lines if f'"{kind}"' in text) if line.get("type") == kind
    )


def read_object(path: Path) -> Json:
    """A JSON object in a file; an empty one where file or text is not that."""
    return _object(_read(path))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode(errors="replace")
    except (OSError, ValueError):
        return ""


def _object(text: str) -> Json:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING
    return found if isinstance(found, dict) else _NOTHING


def _inner(found: Json, key: str) -> Json:
    value = found.get(key)
    return value if isinstance(value, dict) else _NOTHING


def _objects(found: Json, key: str) -> Iterator[Json]:
    value = found.get(key)
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def _text(found: Json, key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _number(found: Json, key: str) -> int:
    value = found.get(key)
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < sys.maxsize
    return int(value) if usable and isinstance(value, int) else 0


def _milliseconds(number: int) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=number) if number else None
    except OverflowError:
        return None
