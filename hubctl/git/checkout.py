"""The looks of a checkout at one moment: HEAD, and a mark of each file that differs from it, without reading any file.

Rule: it costs one `git status`, which takes no lock and writes no index, and one `lstat` a file; of a very large change
only so many files are told apart.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from hubctl.core.intake.checkout import CheckoutLook, Mark
from hubctl.git.location import Repository
from hubctl.git.program import git

STATUS = (
    *("status", "--porcelain=v2", "--branch", "-z", "--no-renames"),
    *("--untracked-files=all", "--ignore-submodules=dirty"),
)
LOOK_SECONDS = 30.0
MOST_FILES = 2000
"""Told apart, each with a mark of its own; the others have one together, by their names alone."""
REST = ""
"""Stands for those."""
OID = "# branch.oid "
FIELDS = {"1": 8, "u": 10, "?": 1}
"""How many blanks stand before the name, by the line's first letter."""


def checkout_look(repo: Repository) -> CheckoutLook:
    """Raises HubError where git cannot tell."""
    lines = git(repo, *STATUS, seconds=LOOK_SECONDS).names
    head = next((line.removeprefix(OID) for line in lines if line.startswith(OID)), "")
    changes = [line for line in lines if line[0] in FIELDS]
    files = {name: _mark(repo.path, name, line) for line in changes[:MOST_FILES] if (name := _name(line))}
    return CheckoutLook(head=head, files=files | _rest(changes[MOST_FILES:]))


def _name(line: str) -> str:
    return line.split(" ", FIELDS[line[0]])[-1]


def _mark(path: Path, name: str, line: str) -> Mark:
    try:
        found = os.lstat(path / name)
    except (OSError, ValueError):
        return Mark(text=line)
    return Mark(text=f"{line} {found.st_size} {found.st_mtime_ns}", at=found.st_mtime)


def _rest(lines: Iterable[str]) -> dict[str, Mark]:
    text = "\0".join(lines)
    return {REST: Mark(text=hashlib.sha256(os.fsencode(text)).hexdigest())} if text else {}
