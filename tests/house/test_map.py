"""The map of the house is true: every path that AGENTS.md names is there, and every room has its row."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = re.compile(r"`([\w.-]+\.py|\.?[\w-]+/[\w./-]*)`")
ROW = re.compile(r"^\| `([\w/]+)/` \|", re.M)


def unmet(text: str) -> Iterator[str]:
    """The paths in backticks that lead nowhere, from the top or from `hubctl/`; a name alone may stand in any room."""
    for name in PATH.findall(text):
        places = (
            (ROOT, ROOT / "hubctl") if "/" in name else [ROOT / "hubctl" / room for room in ("", *rooms())]
        )
        if not any((folder / name).exists() for folder in places):
            yield name


def rooms() -> set[str]:
    """The packages that hold modules beside their `__init__`."""
    found = {path.parent for path in (ROOT / "hubctl").rglob("*.py") if path.name != "__init__.py"}
    return {str(path.relative_to(ROOT / "hubctl")) for path in found} - {"."}


def test_every_path_of_the_map_is_there() -> None:
    assert list(unmet((ROOT / "AGENTS.md").read_text(encoding="utf-8"))) == []


def test_every_room_has_a_row() -> None:
    rows = set(ROW.findall((ROOT / "AGENTS.md").read_text(encoding="utf-8")))
    assert rooms() - rows - {"boards/github"} == set()  # named in the row of `boards`


def test_a_path_to_nowhere_is_seen() -> None:
    assert list(unmet("`core/attic.py`, `attic/`, `cli/__init__.py`, `docs/design.md`")) == [
        "core/attic.py",
        "attic/",
    ]
