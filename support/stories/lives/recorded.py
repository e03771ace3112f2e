"""Hooks that real workers wrote (tests/captures), as beats of a life."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from support.stories.lives.words import FIRST, Beat

CAPTURES = Path(__file__).resolve().parents[3] / "tests" / "captures"
STATUS = {
    "UserPromptSubmit": "busy",
    "PermissionRequest": "waiting",
    "PostToolUse": "busy",
    "Stop": "idle",
    "StopFailure": "idle",
}
"""What the session file said 60 ms after these hooks of the main agent, in the same recordings."""


@cache
def versions(name: str) -> tuple[Path, ...]:
    """The recordings of this name, one for each version of the worker CLI."""
    return tuple(sorted(CAPTURES.glob(f"*/{name}/hooks.jsonl")))


def recorded(path: Path, *, until: str = "") -> tuple[Beat, ...]:
    """The life as it was recorded, up to the first hook named `until`; its end by the recorder is left out."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    beats: list[Beat] = []
    for row in rows:
        payload: dict[str, Any] = row["in"]
        name = payload["hook_event_name"]
        if name == "SessionEnd":
            break
        beats += _of_one(row["t"] - rows[0]["t"], name, payload)
        if name == until:
            break
    return tuple(beats)


def _of_one(at: float, name: str, payload: dict[str, Any]) -> list[Beat]:
    told = {**payload, "session_id": "{session}", "transcript_path": ""}
    if name == "UserPromptSubmit":
        told["prompt"] = FIRST
    beats = [Beat(at=at, what="hook", word=name, text=json.dumps(told))]
    if name == "UserPromptSubmit":
        beats.append(Beat(at=at + 0.02, what="prompt", word=str(payload.get("prompt_id", "")), text=FIRST))
    if name in STATUS and "agent_id" not in payload:
        waits = f"permission for {payload.get('tool_name')}" if name == "PermissionRequest" else ""
        beats.append(Beat(at=at + 0.04, what="session", word=STATUS[name], text=waits))
    return beats
