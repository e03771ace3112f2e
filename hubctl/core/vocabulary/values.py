"""The one door to msgspec's Structs, which all values of hubctl are: frozen, made by keyword, cheap to make and to change.

What they cost, and their traps: docs/facts/values.md#values.
"""

from typing import TYPE_CHECKING

from msgspec import Struct as Struct
from msgspec import field as field

if TYPE_CHECKING:  # mypy checks what `replace` is given under this name alone, and then for Structs too
    from dataclasses import replace as replace
else:
    from msgspec.structs import replace as replace
