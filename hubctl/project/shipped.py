"""Finds what hubctl ships: the default policy, the roles, the sample plan, and which version of all that this is."""

import os
import zlib
from functools import cache
from pathlib import Path

from hubctl import __version__

_PACKAGE = Path(__file__).parents[1]
DEFAULT_POLICY = "default"
ROOMS = ("core", "project", "store")
"""What decides how a log folds and how rules are read, and how the outcomes are kept."""


@cache
def _root() -> Path:
    """The wheel's copy where there is one; else the folders of the checkout, for an editable install has no copy."""
    packed = _PACKAGE / "_data"
    return packed if packed.is_dir() else _PACKAGE.parent


def policies() -> Path:
    return _root() / "policies"


def policy_names() -> dict[str, Path]:
    """The shipped policies by the names that people give them, the default first."""
    others = sorted(path for path in policies().glob("*.md") if path.stem != "POLICY")
    return {DEFAULT_POLICY: policies() / "POLICY.md", **{path.stem: path for path in others}}


def templates() -> Path:
    return _root() / "templates"


@cache
def code_mark() -> str:
    """Another one for each version of the code: a rule that changed makes something else of the same log or file."""
    seen = [__version__]
    for root in (*(_PACKAGE / room for room in ROOMS), policies(), templates()):
        for folder, _, files in os.walk(root):
            for name in files:
                if name.endswith((".py", ".md")):
                    stat = os.stat(f"{folder}/{name}")  # noqa: PTH116 -- a Path for each file doubles the time
                    seen.append(f"{folder}/{name} {stat.st_size} {stat.st_mtime_ns}")
    return f"{__version__}-{zlib.crc32(chr(10).join(sorted(seen)).encode()):08x}"
