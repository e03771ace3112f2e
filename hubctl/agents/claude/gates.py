"""Answers for hooks that wait: each made a named pipe, its gate, in the worker's spool, and reads its answer from it.

Rules: who holds the gate open for reading is waiting; no reader: the hook is gone. What is written is the hook's output,
nothing at all is no decision. A gate is used once. Only a pipe of one's own with a gate's name is ever opened.
"""

import errno
import json
import os
import re
import select
import stat
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

from hubctl import clock
from hubctl.agents.claude.elicitation import reply
from hubctl.core.ledger.asks import ELICITATION, Ask
from hubctl.core.ledger.outside_events import AskAnswered, AskKind, Decision

GATE = re.compile(r"\d{1,19}-\d{1,10}\.gate")
READY_SECONDS = 1.0
"""A hook reports before it reads: some milliseconds, on a busy machine more."""
TAKE_SECONDS = 10.0
"""For what does not fit into the pipe: the worker CLI reads a hook's output at once."""
AGAIN_SECONDS = 0.02


def write_gate(gate: Path, text: str, *, ready_seconds: float = READY_SECONDS) -> bool:
    """Whether a hook waited, and has taken all of it."""
    descriptor = clock.wait_until(
        lambda: _open(gate, os.O_WRONLY),
        lambda opened: opened is not None or not gate.exists(),
        seconds=ready_seconds,
        every=AGAIN_SECONDS,
    )
    if descriptor is None:
        return False
    try:
        return _write(descriptor, text.encode())
    finally:
        os.close(descriptor)
        _remove(gate)


def release_gate(gate: Path) -> None:
    """Lets the hook go without a decision, one that has still to open its gate as well; no gate is no error."""
    # Open at both ends, so that it neither waits nor fails, while the name goes: a reader is either met or finds nothing.
    descriptor = _open(gate, os.O_RDWR)
    _remove(gate)
    if descriptor is not None:
        os.close(descriptor)


def release_gates(spool: Path) -> None:
    """All of a worker that has ended: its hooks outlive it."""
    try:
        names = os.listdir(spool)  # noqa: PTH208 - names are wanted
    except OSError:
        return
    for name in names:
        if GATE.fullmatch(name):
            release_gate(spool / name)


def _open(gate: Path, how: int) -> int | None:
    """None: no reader, or nothing that may be opened."""
    if not GATE.fullmatch(gate.name):
        return None
    try:
        descriptor = os.open(gate, how | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    found = os.fstat(descriptor)
    if stat.S_ISFIFO(found.st_mode) and found.st_uid == os.getuid():
        return descriptor
    os.close(descriptor)
    return None


def _write(descriptor: int, text: bytes) -> bool:
    end = monotonic() + TAKE_SECONDS
    while text:
        try:
            text = text[os.write(descriptor, text) :]
        except BlockingIOError:
            if not select.select([], [descriptor], [], max(0.0, end - monotonic()))[1]:
                return False
        except OSError as error:
            if error.errno != errno.EPIPE:
                raise
            return False
    return True


def _remove(gate: Path) -> None:
    if GATE.fullmatch(gate.name):
        gate.unlink(missing_ok=True)


def decision_text(ask: Ask, answer: AskAnswered) -> str:
    """The hook's output, one JSON document."""
    if ask.tool == ELICITATION:
        return json.dumps({"hookSpecificOutput": reply(ask, answer)})
    decision = _denial(answer) if answer.decision is Decision.DENY else _allowance(ask, answer)
    output = {"hookEventName": "PermissionRequest", "decision": decision}
    return json.dumps({"hookSpecificOutput": output})


def _denial(answer: AskAnswered) -> Mapping[str, object]:
    return {"behavior": "deny", "message": answer.reason or "Denied."}


def _allowance(ask: Ask, answer: AskAnswered) -> Mapping[str, object]:
    """2.1.329 takes a plan as accepted only with its input; a question's answers go in beside the questions."""
    shown = json.loads(answer.input) if answer.input else dict(ask.fields)
    if ask.kind is AskKind.QUESTION:
        shown = {**shown, "answers": dict(answer.answers)}
    return {"behavior": "allow", "updatedInput": shown}
