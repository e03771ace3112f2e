"""The request log: one JSON line a request, written whole, so that a test can read what the workers asked."""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hubctl.errors import HubError
from hubctl.scripted.request import Request

LAST_CHARACTERS: Final = 300
PROMPT_CHARACTERS: Final = 400


def epoch_seconds() -> float:
    return time.time()  # noqa: TID251 - it stands in for a program outside, which has a clock of its own


class RequestLog:
    """Appends to `path`; None writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        if path is not None:
            self._check(path)

    def write(self, *, at: float, method: str, path: str, **facts: object) -> None:
        """`at` in seconds since the epoch, `path` of the address."""
        if self._path is None:
            return
        line = json.dumps({"at": round(at, 3), "method": method, "path": path, **facts})
        with self._lock, self._path.open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    @staticmethod
    def _check(path: Path) -> None:
        try:
            path.open("a", encoding="utf-8").close()
        except OSError as error:
            raise HubError(
                f"The request log `{path}` cannot be written: {error}.",
                "Give `--log` a file in a folder that exists.",
            ) from error


def facts_of(request: Request) -> Mapping[str, object]:
    """What the log tells of a request: `mid_turn` are the prompts queued during a turn, `results` what tools told."""
    prompts = request.prompts
    return {
        "model": request.model,
        "stream": request.stream,
        "tools": len(request.tools),
        "messages": len(request.messages),
        "last": prompts[-1][-LAST_CHARACTERS:] if prompts else "",
        "prompts": [text[:PROMPT_CHARACTERS] for text in prompts],
        "results": [text[:PROMPT_CHARACTERS] for text in request.results],
        "mid_turn": [text[:PROMPT_CHARACTERS] for text in request.mid_turn],
    }
