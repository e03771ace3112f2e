"""What a role's cell has besides, by name: a person has read and trusted the role's file.

Rule: nothing that is named opens what no cell may write, the repository and the hub's state, nor what holds them or a home.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from hubctl.cells.profile import DOORS, Cell
from hubctl.core.documents.roles import Loosened
from hubctl.core.vocabulary.values import replace
from hubctl.errors import HubError

SYSTEM = (Path("/proc"), Path("/sys"), Path("/dev"), Path(DOORS))


def loosened(cell: Cell, more: Loosened, *, home: Path, kept: Iterable[Path]) -> Cell:
    """The cell with these files shown and these paths writable. `kept` are folders that it must not write.

    Raises HubError for a path that is missing, a link, or leads to what is kept.
    """
    shown = {cell.work / name for name in more.show}
    refused = (*SYSTEM, *(Path(os.path.realpath(path)) for path in kept), Path(os.path.realpath(home)))
    added = tuple(_place(path, home, refused) for path in more.rw)
    masked = tuple(path for path in cell.masked if path not in shown)
    return replace(cell, masked=masked, writable=(*cell.writable, *added))


def _place(text: str, home: Path, refused: tuple[Path, ...]) -> Path:
    path = home / text.removeprefix("~/") if text.startswith("~/") else Path(text)
    *folders, own_home = refused
    if not path.exists():
        raise HubError(
            f"`rw: {text}` of a role is not there.", f"Make it, or take it out: `ls -ld '{path}'`."
        )
    if os.path.realpath(path) != str(path):
        raise HubError(
            f"`rw: {text}` of a role is a link, or lies behind one.", f"Name `{os.path.realpath(path)}`."
        )
    for folder in folders:
        if folder.is_relative_to(path) or path.is_relative_to(folder):
            raise HubError(
                f"`rw: {text}` of a role would let a cell write `{folder}`, which none may.",
                "Name another path.",
            )
    if own_home.is_relative_to(path):
        raise HubError(f"`rw: {text}` of a role holds the whole home.", "Name a folder in it.")
    return path
