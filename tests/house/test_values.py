"""Every value of the package is frozen and made by keyword, and its annotations name things that are there when it is read."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

import hubctl


def structs(above: type[Struct] = Struct) -> Iterator[type[Struct]]:
    for kind in above.__subclasses__():
        yield kind
        yield from structs(kind)


def values() -> list[type[Struct]]:
    """All Structs of the package, in the order in which they were made."""
    for module in pkgutil.walk_packages(hubctl.__path__, "hubctl."):
        if module.name != "hubctl.__main__" and not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    return [kind for kind in structs() if kind.__module__.startswith("hubctl.")]


@pytest.mark.parametrize("kind", values(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_value_is_frozen_and_made_by_keyword(kind: type[Struct]) -> None:
    assert kind.__struct_config__.frozen
    assert kind.__match_args__ == ()


def test_no_value_is_a_dataclass() -> None:
    """A frozen one would be a second kind of value; `dataclasses.replace` refuses the first."""
    texts = {
        path: path.read_text(encoding="utf-8") for path in sorted(Path(hubctl.__path__[0]).rglob("*.py"))
    }
    second = re.compile(r"@dataclass\([^)]*frozen|^from dataclasses import .*\breplace\b", re.MULTILINE)
    assert [
        path.name for path, text in texts.items() if path.name != "values.py" and second.search(text)
    ] == []
