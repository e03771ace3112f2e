"""What Claude Code leaves on disk, read and never written: session files, transcripts, hook payloads, its own settings.

All parsers are total: a torn, foreign or strange text is None or nothing, never an exception, for the worker may be
killed in the middle of a line and may write what it likes.
"""

import errno
import hmac
import json
import os
import re
import stat
from datetime import datetime
from io import FileIO
from pathlib import Path

from hubctl.agents.claude.elicitation import form_of
from hubctl.agents.claude.json import Json, inner, milliseconds, number_of, object_of, objects_of, text_of
from hubctl.core.intake.observations import HookSeen, SessionSeen
from hubctl.core.ledger.asks import ELICITATION
from hubctl.core.vocabulary.values import Struct

SESSION_FILE = re.compile(r"\d+\.json")
"""Newer versions lay a `<pid>.<hash>.key` beside it."""
ENDED_TASKS = frozenset({"completed", "failed", "killed", "stopped"})
DEEPEST = 64
"""Processes between a pane's own and the CLI: more are no wrapper."""
MOST_BELOW = 256
LARGEST = 16 * 1024 * 1024
"""A file above this many bytes is none that the worker CLI writes here; a transcript is read in steps of it."""
NOWHERE = "/nonexistent"


def process_start(pid: int) -> str | None:
    """Field 22 of `/proc/<pid>/stat`, which tells two processes of one pid apart; None: no such process, or a zombie.

    Empty where there is no `/proc` (macOS): nothing is compared then.
    """
    try:
        after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return "" if not Path("/proc/self/stat").exists() and _signalled(pid) else None
    if len(after_name) < 20 or after_name[0] in (b"Z", b"X"):
        return None
    return after_name[19].decode()


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


class SessionFile(Struct, frozen=True, kw_only=True):
    """`sessions/<pid>.json` of a living process. `status` is None where the version writes none (before 2.1.197)."""

    start: str
    session: str
    status: str | None
    waiting_for: str | None
    updated_at: datetime | None


def session_path(home: Path, pid: int) -> Path:
    """The file of one process; it is missing while a start dialog is up, and after a clean exit."""
    return home / ".claude" / "sessions" / f"{pid}.json"


def read_session_file(path: Path, *, known: str = "") -> SessionFile | None:
    """None: missing, empty or half written (read again), or left behind by a process that is no more.

    `known`: the start time of a process whose end others watch; its file is not asked whether it still runs.
    """
    if not SESSION_FILE.fullmatch(path.name):
        return None
    found = object_of(_read(path))
    pid, session, start = number_of(found, "pid"), text_of(found, "sessionId"), text_of(found, "procStart")
    if str(pid) != path.stem or not session:
        return None
    if not (known and start == known) and not process_alive(pid, start):
        return None
    return SessionFile(
        start=start,
        session=session,
        status=text_of(found, "status") or None,
        waiting_for=text_of(found, "waitingFor") or None,
        updated_at=milliseconds(number_of(found, "statusUpdatedAt")),
    )


def session_of(home: Path, pid: int) -> SessionFile | None:
    """The session file of this process, or of the CLI below it; `home` may be a cell's own."""
    found = cli_below(session_path(home, pid).parent, pid)
    return read_session_file(found[0], known=process_start(found[1]) or "") if found else None


def cli_below(folder: Path, pid: int) -> tuple[Path, int] | None:
    """The session file of this process, or of the nearest one below it that has one, and that process's pid here.

    The CLI may have a shell around it, or a cell: its file is named by its pid in the cell. A worker may run the CLI again
    in a tool: that one is farther off. None without `/proc`.
    """
    try:
        names = {name for name in os.listdir(folder) if SESSION_FILE.fullmatch(name)}  # noqa: PTH208 - names are wanted
    except OSError:
        return None
    level = [pid]
    for _ in range(DEEPEST if names else 0):
        for each in level:
            if (name := f"{_inner_pid(each)}.json") in names and _is_of(folder / name, each):
                return folder / name, each
        level = [child for each in level for child in _children(each)][:MOST_BELOW]
    return None


def _is_of(path: Path, pid: int) -> bool:
    """Not one that a process of an earlier cell left behind, which had the same number there."""
    said = text_of(read_object(path), "procStart")
    return not said or process_start(pid) in ("", said)


def _inner_pid(pid: int) -> int:
    """The process's number in the innermost pid namespace, which is its number here without a cell."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return pid
    line = next((line for line in text.splitlines() if line.startswith("NSpid:")), "")
    return int(line.split()[-1]) if line else pid


def _children(pid: int) -> list[int]:
    """Of its main thread, which is the one that starts programs in all that stands around the CLI."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def session_seen(path: Path, *, worker: str, start: str, at: datetime) -> SessionSeen | None:
    """The file as an observation; None where it is torn, gone or of another process than the one begun at `start`."""
    found = read_session_file(path, known=start)
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


TELLS_INPUT = ("PermissionRequest", "PostToolUse", "PostToolUseFailure")
"""The hooks whose tool input counts: what is asked for, and whether it was that which ran."""


def parse_hook(text: str, *, worker: str, at: datetime) -> HookSeen | None:
    """One payload. `source` is SessionStart's source, SessionEnd's reason or PreCompact's trigger.

    What a server asks for is an ask as a question of the worker is: it comes as the request of a tool.
    """
    found = object_of(text)
    name, tool, given = (
        text_of(found, "hook_event_name"),
        text_of(found, "tool_name"),
        inner(found, "tool_input"),
    )
    if not name:
        return None
    if name == ELICITATION:
        name, tool, given = "PermissionRequest", ELICITATION, form_of(found)
    return HookSeen(
        at=at,
        worker=worker,
        name=name,
        session=text_of(found, "session_id"),
        prompt=text_of(found, "prompt"),
        error=text_of(found, "error"),
        message=text_of(found, "last_assistant_message"),
        source=text_of(found, "source") or text_of(found, "reason") or text_of(found, "trigger"),
        tool=tool,
        agent=text_of(found, "agent_id"),
        prompt_id=text_of(found, "prompt_id"),
        input=json.dumps(given) if name in TELLS_INPUT else "",
        cwd=text_of(found, "cwd"),
        options=_labels(given) if name == "PermissionRequest" else (),
        background=sum(
            text_of(task, "status") not in ENDED_TASKS for task in objects_of(found, "background_tasks")
        ),
    )


def _labels(asked: Json) -> tuple[str, ...]:
    """Of the only question; several have no labels in common."""
    questions = tuple(objects_of(asked, "questions"))
    return (
        tuple(text_of(one, "label") for one in objects_of(questions[0], "options"))
        if len(questions) == 1
        else ()
    )


def read_object(path: Path) -> Json:
    """A JSON object in a file; an empty one where file or text is not that."""
    return object_of(_read(path))


def _read(path: Path) -> str:
    try:
        with opened(path) as file:
            # Not LARGEST alone: so much memory would be taken for each of these small files.
            return file.read(min(os.fstat(file.fileno()).st_size, LARGEST)).decode(errors="replace")
    except (OSError, ValueError):
        return ""


def opened(path: Path) -> FileIO:
    """A plain file for reading. What lies in a `.claude` may be a link that its worker laid: it must not lead out of the HOME.

    The person's own `.claude` may itself lie elsewhere. Raises OSError.
    """
    file = FileIO(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK))
    home = next((folder.parent for folder in path.parents if folder.name == ".claude"), None)
    root = home / ".claude" if home == Path.home() else home
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or (
        root and not _is_inside(_place_of(file, path), root)
    ):
        file.close()
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return file


def _place_of(file: FileIO, path: Path) -> str:
    """Where it lies: what was opened is asked where that can be, since a link may be laid after a look."""
    try:
        return os.readlink(f"/proc/self/fd/{file.fileno()}")  # noqa: PTH115 -- a text is wanted
    except OSError:
        return os.path.realpath(path)


def believed_folder(told: str, *roots: Path) -> str:
    """Where a payload says that its worker stands; outside of these folders it is not believed, and nothing lies there."""
    return told if told.startswith("/") and any(_is_inside(told, root) for root in roots) else NOWHERE


def _is_inside(path: str, root: Path) -> bool:
    """Wherever links lead."""
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(f"{top.rstrip('/')}/")
