"""No function and no script outgrows the house: one is read in a look, the other in a sitting (modules: `test_structure.py`)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES = 400
FUNCTION_LINES = 40


def outgrown(source: str, name: str) -> Iterator[str]:
    """What is too long, a sentence each."""
    lines = len(source.splitlines())
    if lines > MODULE_LINES and not name.startswith("hubctl/"):
        yield f"{name} has {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno} {node.name} has {length} lines"


def modules() -> list[Path]:
    found = [ROOT / "scripts" / name for name in ("readme", "bench", "record_screens", "picture")]
    return sorted(
        [*found, *(path for name in ("hubctl", "support", "scripts") for path in (ROOT / name).rglob("*.py"))]
    )


def test_no_module_and_no_function_is_too_long() -> None:
    found = [
        what
        for path in modules()
        for what in outgrown(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x = 1\n" * (MODULE_LINES + 1), "big.py has 401 lines"),
        ("def f():\n" + "    x = 1\n" * FUNCTION_LINES, "big.py:1 f has 41 lines"),
    ],
)
def test_what_is_too_long_is_seen(source: str, says: str) -> None:
    assert list(outgrown(source, "big.py")) == [says]
