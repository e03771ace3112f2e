"""An ask as a person sees it before deciding: the command, the change as a coloured diff, the plan, the questions."""

import os
import sys
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.asks import in_a_line
from hubctl.core.vocabulary.text import escaped, escaped_lines
from hubctl.permissions.risk import Risk, shown_risk

MOST_LINES = 200
CONTEXT = 3
RED, GREEN, BOLD, DIM = "31", "32", "1", "2"


def lines_of(ask: Ask, thread: Thread | None) -> Iterator[str]:
    """Escaped, and coloured for a terminal."""
    whose = f"thread {ask.thread} ({escaped(thread.title)})" if thread else f"thread {ask.thread}"
    agent = ", a subagent" if ask.agent else ""
    yield _ink(
        f"{ask.id}  {ask.kind.value}{f' {escaped(ask.tool)}' if ask.tool else ''}  {whose}{agent}", BOLD
    )
    if risk := shown_risk(ask, thread):
        yield _ink(f"risk: {risk}", RED if risk == Risk.HIGH else DIM)
    if ask.cwd:
        yield _ink(f"in {escaped(ask.cwd)}", DIM)
    if ask.said:
        yield _ink(f"it said: {escaped(ask.said)}", DIM)
    body = list(_body(ask))
    yield from (f"  {line}" for line in body[:MOST_LINES])
    if len(body) > MOST_LINES:
        yield _ink(f"  … {len(body) - MOST_LINES} more lines: `hubctl inbox {ask.id} --json`", DIM)


def _body(ask: Ask) -> Iterator[str]:
    fields = ask.fields
    match ask.tool:
        case "Bash":
            yield from escaped_lines(str(fields.get("command", "")))
        case "Write":
            yield from _diff(_old(ask), str(fields.get("content", "")), fields)
        case "Edit":
            yield from _diff(str(fields.get("old_string", "")), str(fields.get("new_string", "")), fields)
        case "ExitPlanMode":
            yield from escaped_lines(str(fields.get("plan", "")))
        case "AskUserQuestion" | "Elicitation":
            yield from _questions(fields)
        case _:
            yield from _other(ask)


def _other(ask: Ask) -> Iterator[str]:
    if ask.text:
        yield from escaped_lines(ask.text)
        yield from (f"{number}. {escaped(label)}" for number, label in enumerate(ask.options, start=1))
    else:
        for key, value in ask.fields.items():
            yield from escaped_lines(f"{key}: {value}")
    if not ask.text and not ask.fields:
        yield in_a_line(ask)


def _questions(fields: Mapping[str, object]) -> Iterator[str]:
    from hubctl.core.messages.asks import questions_of

    for question in questions_of(fields):
        yield escaped(question.text) + (" (several may be chosen)" if question.many else "")
        for number, option in enumerate(question.options, start=1):
            about = f": {escaped(option.about)}" if option.about else ""
            yield f"  {number}. {escaped(option.label)}{about}"


def _old(ask: Ask) -> str:
    """What would be overwritten; nothing where there is no such file, or none that can be read."""
    path = Path(ask.cwd, str(ask.fields.get("file_path", "")))
    try:
        return path.read_text(errors="replace") if path.is_file() else ""
    except OSError:
        return ""


def _diff(old: str, new: str, fields: Mapping[str, object]) -> Iterator[str]:
    yield escaped(str(fields.get("file_path", "")))
    lines = unified_diff(escaped_lines(old) if old else [], escaped_lines(new), lineterm="", n=CONTEXT)
    for line in list(lines)[2:]:
        yield _ink(
            line, GREEN if line[0] == "+" else RED if line[0] == "-" else DIM if line[0] == "@" else ""
        )


def _ink(text: str, ink: str) -> str:
    if not ink or os.environ.get("NO_COLOR") or not sys.stderr.isatty():
        return text
    return f"\x1b[{ink}m{text}\x1b[0m"
