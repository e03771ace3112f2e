"""What tests and scripts stand on is `support`: it knows neither of them, they do not know each other, the product knows none."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_USE = {
    "hubctl": {"hubctl"},
    "support": {"hubctl", "support"},
    "scripts": {"hubctl", "support", "scripts"},
    "tests": {"hubctl", "support", "tests"},
}
"""By folder: which of these packages its files may import."""


def sources(folder: str) -> dict[str, str]:
    """Of all Python files in it, those without `.py` too, by their path in the repository."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "_data" not in path.parts)
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files if _is_python(path)
    }


def _is_python(path: Path) -> bool:
    return path.suffix == ".py" or (
        not path.suffix and path.read_bytes().startswith(b"#!/usr/bin/env python")
    )


def strangers(folder: str, source: str) -> Iterator[str]:
    """The packages of this repository that a file of the folder imports and must not, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        packages = {name.partition(".")[0] for name in names}
        yield from packages & MAY_USE.keys() - MAY_USE[folder]


@pytest.mark.parametrize("folder", MAY_USE)
def test_a_folder_imports_what_it_may(folder: str) -> None:
    found = sources(folder)
    assert len(found) > 20
    strange = {path: list(strangers(folder, text)) for path, text in found.items()}
    assert {path: used for path, used in strange.items() if used} == {}


def test_a_script_without_a_suffix_is_looked_at() -> None:
    assert {"scripts/bench", "scripts/readme", "scripts/check_mutants"} <= sources("scripts").keys()


def test_support_holds_no_test_and_tests_hold_nothing_else() -> None:
    tests = {
        path
        for folder in MAY_USE
        for path in sources(folder)
        if Path(path).name.startswith(("test_", "conftest"))
    }
    assert tests == sources("tests").keys()


@pytest.mark.parametrize(
    ("folder", "line", "stranger"),
    [
        ("tests", "from scripts import lanes", "scripts"),
        ("tests", "def f():\n    import scripts.benches.log as log", "scripts"),
        ("scripts", "from tests.conftest import FOREIGN", "tests"),
        ("scripts", "if TYPE_CHECKING:\n    import tests", "tests"),
        ("support", "from tests import conftest", "tests"),
        ("support", "from scripts.sample import sample", "scripts"),
        ("hubctl", "from support.waiting import wait_until", "support"),
    ],
)
def test_a_stranger_is_seen(folder: str, line: str, stranger: str) -> None:
    assert list(strangers(folder, line)) == [stranger]


@pytest.mark.parametrize("folder", MAY_USE)
def test_what_may_be_used_is_no_stranger(folder: str) -> None:
    assert list(strangers(folder, "import os\nfrom hubctl.errors import HubError")) == []
