"""The one door to msgspec's Structs, which all values of hubctl are: frozen, made by keyword, cheap to make and to change.

What they cost, and their traps: docs/facts/values.md#values.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct as Struct
from msgspec import ValidationError, convert
from msgspec import field as field
from msgspec.structs import asdict

if TYPE_CHECKING:  # mypy checks what `replace` is given under this name alone, and then for Structs too
    from dataclasses import replace as replace
else:
    from msgspec.structs import replace as replace

S = TypeVar("S", bound=Struct)


@cache
def kebab(kind: type) -> str:
    """`WorkerStarted` is `worker-started`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def grown(kind: type[S], value: Struct, **more: object) -> S:
    """A value of a kind that has all fields of `value`, and some more."""
    return kind(**{**asdict(value), **more})


def of_words(kind: type[S], words: Mapping[str, object]) -> S | None:
    """The value that words say, numbers by their digits; None where they do not fit its kind."""
    try:
        return convert(words, kind, strict=False)
    except ValidationError:
        return None
