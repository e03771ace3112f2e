"""The recorded screens of `tests/captures`, with what people read off them (its README says how)."""

import json
from pathlib import Path
from typing import Any

from hubctl.core.vocabulary.values import Struct

CAPTURES = Path(__file__).resolve().parents[1] / "tests" / "captures"


class Captured(Struct, frozen=True, kw_only=True):
    """`truth` is the whole `truth.json`; `doubt` its `view_note`, empty where a reader would not hesitate."""

    name: str
    ansi: str
    truth: dict[str, Any]

    @property
    def view(self) -> str:
        return str(self.truth["view"])

    @property
    def doubt(self) -> str:
        return str(self.truth.get("view_note") or "")

    @property
    def title(self) -> str | None:
        return self.truth.get("title")

    def __str__(self) -> str:
        return self.name


def captured_screens() -> list[Captured]:
    """All recordings with a screen; the others hold only hooks."""
    folders = sorted(path.parent for path in CAPTURES.rglob("screen.ansi"))
    return [
        Captured(
            name=str(folder.relative_to(CAPTURES)),
            ansi=(folder / "screen.ansi").read_text(encoding="utf-8"),
            truth=json.loads((folder / "truth.json").read_text(encoding="utf-8")),
        )
        for folder in folders
    ]
