"""What a worker said just before it asked: the newest words of its main agent, from the end of its transcript.

Total as all readers of its files are. The transcript is written some 0.1 s after the words: what is not there yet is not told.
"""

import os
from pathlib import Path

from hubctl.agents.claude_json import inner, object_of, objects_of, text_of

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
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            return file.read(TAIL).decode(errors="replace").split("\n")
    except OSError:
        return []
