"""Finds what hubctl ships: the default policy, the roles, the sample plan."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
DEFAULT_POLICY = "default"


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
