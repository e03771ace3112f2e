"""The core, the judge of permissions, and what reads a screen are pure: each names the standard library's pure parts and itself, and asks for no time, chance, file or screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "hubctl"
PURE_ROOMS = ("core", "permissions", "agents/claude/screen", "agents/claude/belief")
LOOKS = "permissions/secret_files.py"
"""It looks for secret files where a judgement needs it: no part of the pure rooms."""
PURE = frozenset(
    {
        "__future__",
        "collections",
        "collections.abc",
        "contextlib",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "enum",
        "functools",
        "graphlib",
        "hashlib",
        "heapq",
        "itertools",
        "json",
        "pathlib.PurePosixPath",
        "posixpath.join",
        "posixpath.normpath",
        "re",
        "string",
        "textwrap",
        "types",
        "typing",
        "unicodedata",
        "urllib.parse",
    }
)
YAML_DOOR = "core/documents/yaml.py"
"""The one module of the core that may read YAML: a parser without I/O."""
SHELL_DOOR = "permissions/shell_syntax.py"
"""The same for shell text."""
VALUES_DOOR = "core/vocabulary/values.py"
"""The same for the values themselves."""
DOORS = {
    "msgspec": VALUES_DOOR,
    "msgspec.structs": VALUES_DOOR,
    "yaml": YAML_DOOR,
    "tree_sitter": SHELL_DOOR,
    "tree_sitter_bash": SHELL_DOOR,
}

IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
IMPURE_METHODS = frozenset({"now", "utcnow", "today"})


def impurities(source: str, name: str) -> Iterator[str]:
    """What a module of the core must not hold, a sentence each."""
    for node in ast.walk(ast.parse(source)):
        for module in _imported(node):
            if not _allowed(module, name):
                yield f"{name} imports {module}"
        if isinstance(node, ast.Call) and (called := _impure(node.func)):
            yield f"{name}:{node.lineno} calls {called}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.module in ("hubctl", "pathlib", "posixpath"):  # what is taken from them decides
            return [f"{node.module}.{alias.name}" for alias in node.names]
        return ["." * node.level + (node.module or "")]
    return []


def _allowed(module: str, name: str) -> bool:
    rooms = [f"hubctl.{room.replace('/', '.')}" for room in PURE_ROOMS]
    own = module == "hubctl.errors" or any(f"{module}.".startswith(f"{room}.") for room in rooms)
    return own or module in PURE or DOORS.get(module) == name


def _impure(function: ast.expr) -> str:
    if isinstance(function, ast.Name) and function.id in IMPURE_CALLS:
        return function.id
    if isinstance(function, ast.Attribute) and function.attr in IMPURE_METHODS:
        return ast.unparse(function)
    return ""


def test_the_pure_rooms_are_pure() -> None:
    paths = sorted(path for room in PURE_ROOMS for path in (HOUSE / room).rglob("*.py"))
    named = {path.relative_to(HOUSE).as_posix(): path for path in paths}
    assert named.pop(LOOKS)
    assert [
        what for name, path in named.items() for what in impurities(path.read_text(encoding="utf-8"), name)
    ] == []


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import random",
        "import yaml",
        "from msgspec import Struct",
        "from pathlib import Path",
        "from hubctl import clock",
        "from hubctl.store.eventlog import SqliteEventLog",
        "from . import errors",
        "def late():\n    import time",
        "from datetime import datetime\nat = datetime.now()",
        "import datetime as d\nat = d.date.today()",
        "open('x')",
        "print(1)",
    ],
)
def test_an_impure_module_is_seen(source: str) -> None:
    assert list(impurities(source, "example.py"))


@pytest.mark.parametrize(
    "source", ["from hubctl.core.ledger import events as e", "from hubctl.errors import HubError"]
)
def test_the_cores_own_rooms_are_pure(source: str) -> None:
    assert list(impurities(source, "example.py")) == []


def test_each_parser_has_one_door() -> None:
    assert list(impurities("from msgspec import Struct", VALUES_DOOR)) == []
    assert list(impurities("import yaml", YAML_DOOR)) == []
    assert list(impurities("import tree_sitter", SHELL_DOOR)) == []
