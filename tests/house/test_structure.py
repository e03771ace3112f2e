"""The order of the house: no circle of files, no use of a higher room, one class name for one thing, files of a subject's size.

A use is an import, wherever it stands: at the top, inside a function, for types alone.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from hubctl.cli.verbs import VERBS

ROOT = Path(__file__).resolve().parents[2]
LEAST, MOST = 40, 400
FLOORS = (
    "errors clock",
    "core.vocabulary",
    "core.documents",
    "core.ledger",
    "core.messages",
    "core.intake",
    "core.decisions",
    "core.reports",
    "disk",
    "permissions",
    "ports",
    "commands",
    "git",
    "project",
    "doors",
    "cells",
    "agents.claude.screen",
    "agents.claude.belief",
    "agents",
    "planners scripted",
    "store",
    "boards",
    "tmux",
    "notify",
    "check",
    "perform",
    "watch",
    "hub",
    "cli",
    "__main__",
)
"""The rooms, lowest first; those of one line do not know each other. A longer name is a room inside another one."""
RANK = {room: rank for rank, floor in enumerate(FLOORS) for room in floor.split()}
REASONS = {
    "errors": "the one error of the house: every room raises it, and none may be below it",
    "core.ledger.prompt_marks": "how a prompt is known again, which the log, the fold and the transcripts must agree on",
    "core.ledger.turn_errors": "a table of facts, to be mended when the worker CLI learns a new error",
    "ports.notifier": "a port is a file",
    "scripted.directives": "the syntax of a directive, which prompts and scripts share",
}
"""Why a module may be smaller or larger than others, by its name without `hubctl.`."""

Modules = Mapping[str, str]
"""Sources by dotted name without `hubctl.`; a package is its `__init__`, and the root's is empty."""
Uses = Mapping[str, set[str]]


def house() -> dict[str, str]:
    found = (path for path in (ROOT / "hubctl").rglob("*.py") if "_data" not in path.parts)
    return {dotted(path): path.read_text(encoding="utf-8") for path in found}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT / "hubctl").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def uses(modules: Modules) -> Uses:
    """Which module uses which; a package is used where a name is taken that is none of its modules."""
    found: dict[str, set[str]] = {name: set() for name in modules}
    for name, source in modules.items():
        for node in ast.walk(ast.parse(source)):
            found[name] |= {used for used in _used(node, modules) if used != name}
    return found


def _used(node: ast.AST, modules: Modules) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return
    for name in names:
        head, _, rest = name.partition(".")
        if head == "hubctl":
            yield rest if rest in modules else rest.rpartition(".")[0]


def circles(graph: Uses) -> Iterator[str]:
    """The first circle of files, in words."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield " -> ".join(reversed(error.args[1]))


def room_of(module: str) -> str:
    """The innermost room that is named in FLOORS; empty where there is none."""
    parts = module.split(".")
    names = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((name for name in names if name in RANK), "")


def upward(graph: Uses) -> Iterator[str]:
    """Uses of a higher room, or of one on the same floor; and modules without a room."""
    for module, used in sorted(graph.items()):
        if module in ("", "core"):  # the package's own word of welcome
            continue
        if not room_of(module):
            yield f"{module} has no room"
            continue
        for other in sorted(used - {"", "core"}):
            if _is_upward(room_of(module), room_of(other)):
                yield f"{module} uses {other}"


def _is_upward(room: str, other: str) -> bool:
    return bool(other) and room != other and RANK[other] >= RANK[room]


def doubles(modules: Modules) -> Iterator[str]:
    """Class names that stand for two things; one with an underscore is its module's own."""
    homes = defaultdict(list)
    for name, source in sorted(modules.items()):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(name)
    return (f"{name}: {', '.join(found)}" for name, found in sorted(homes.items()) if len(found) > 1)


def odd_sizes(modules: Modules, reasons: Mapping[str, str]) -> Iterator[str]:
    """Modules that are no subject's size without a reason, and reasons that nobody needs."""
    sizes = {name: len(source.splitlines()) for name, source in modules.items()}
    odd = {name: lines for name, lines in sizes.items() if not _is_fine(name, lines, modules)}
    yield from (f"{name} has {lines} lines" for name, lines in sorted(odd.items()) if name not in reasons)
    yield from (f"{name} needs no reason" for name in sorted(reasons) if name not in odd)


def _is_fine(name: str, lines: int, modules: Modules) -> bool:
    """A package's `__init__`, `__main__` and a verb may be small: their borders are drawn by others."""
    packages = {"", *(other.rpartition(".")[0] for other in modules)}
    verbs = {f"cli.{name}" for name in VERBS}
    small = name in packages or name in verbs or name.rpartition(".")[2] == "__main__"
    return lines <= MOST and (small or lines >= LEAST)


def test_no_files_use_each_other_in_a_circle() -> None:
    assert list(circles(uses(house()))) == []


def test_no_room_uses_a_higher_one() -> None:
    assert list(upward(uses(house()))) == []


def test_no_class_name_stands_for_two_things() -> None:
    assert list(doubles(house())) == []


def test_every_module_is_a_subject_or_has_a_reason() -> None:
    assert list(odd_sizes(house(), REASONS)) == []


# --- each check sees a planted fault ------------------------------------------------------------------------------

LOW, HIGH, INNER = "core.ledger.state", "core.decisions.drops", "core.vocabulary.words"


@pytest.mark.parametrize(
    "line",
    [
        "from hubctl.core.ledger import state",
        "from hubctl.core.ledger.state import HubState",
        "import hubctl.core.ledger.state as s",
        "def late():\n    from hubctl.core.ledger import state",
        "if TYPE_CHECKING:\n    from hubctl.core.ledger.state import HubState",
    ],
)
def test_a_circle_is_seen(line: str) -> None:
    modules = {LOW: "from hubctl.core.vocabulary.words import View", INNER: line}
    assert list(circles(uses(modules))) == [f"{LOW} -> {INNER} -> {LOW}"] or list(circles(uses(modules))) == [
        f"{INNER} -> {LOW} -> {INNER}"
    ]


def test_a_line_of_uses_is_no_circle() -> None:
    assert list(circles(uses({LOW: f"import hubctl.{INNER}", INNER: "import os"}))) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        (LOW, f"import hubctl.{HIGH}"),
        (HIGH, "from hubctl.permissions.judge import judge"),
        ("core.intake.notice", "from hubctl.agents.claude.belief.disputes import AGAIN"),
        ("store.codec", "from hubctl.boards import sqlite"),
        ("agents.claude.screen.menu", "from hubctl.agents.claude import files"),
        ("planners.claude", "from hubctl.scripted import server"),
    ],
)
def test_a_use_of_a_higher_room_is_seen(module: str, line: str) -> None:
    others = (
        HIGH,
        "permissions.judge",
        "agents.claude.belief.disputes",
        "boards.sqlite",
        "agents.claude.files",
    )
    modules = dict.fromkeys((*others, "scripted.server"), "") | {module: line}
    assert [what.split()[0] for what in upward(uses(modules))] == [module]


def test_a_module_without_a_room_is_seen() -> None:
    assert list(upward(uses({"attic": "", "core.attic.box": ""}))) == [
        "attic has no room",
        "core.attic.box has no room",
    ]


def test_a_use_of_a_lower_room_is_none() -> None:
    assert list(upward(uses({HIGH: f"import hubctl.{LOW}", LOW: "from hubctl.errors import HubError"}))) == []


def test_a_name_for_two_things_is_seen() -> None:
    modules = {
        LOW: "class Rules: ...\nclass _Own: ...",
        HIGH: "def f():\n    class Rules: ...",
        INNER: "class _Own: ...",
    }
    assert list(doubles(modules)) == [f"Rules: {HIGH}, {LOW}"]


@pytest.mark.parametrize(
    ("name", "lines", "says"),
    [
        (LOW, LEAST - 1, [f"{LOW} has 39 lines"]),
        (LOW, MOST + 1, [f"{LOW} has 401 lines"]),
        (LOW, LEAST, []),
        (LOW, MOST, []),
        ("core.ledger", 1, []),
        ("core.ledger", MOST + 1, ["core.ledger has 401 lines"]),
        ("cli.stop", 1, []),
        ("cli.orders", 1, ["cli.orders has 1 lines"]),
        ("__main__", 1, []),
    ],
)
def test_a_module_of_an_odd_size_is_seen(name: str, lines: int, says: list[str]) -> None:
    modules = {"core.ledger.thread": "x = 1\n" * LEAST} | {name: "x = 1\n" * lines}
    assert list(odd_sizes(modules, {})) == says


def test_a_reason_that_nobody_needs_is_seen() -> None:
    assert list(odd_sizes({LOW: "x = 1\n" * LEAST}, {LOW: "It was larger once."})) == [
        f"{LOW} needs no reason"
    ]
    assert list(odd_sizes({LOW: "x = 1\n"}, {LOW: "It is one line."})) == []
