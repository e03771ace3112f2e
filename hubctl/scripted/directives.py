"""Directive lines: how a prompt, or a step of a script, says what the model does next.

A line `@verb argument` is one turn of the model, which is one request. A line that starts with `@+` joins the turn
before it: several blocks in one answer, parallel tool calls. In the argument of such a line the two characters `\\n`
are a newline and `\\t` a tab. The verbs are in `verbs`.
"""

import re
from typing import Final

from hubctl.core.vocabulary.values import Struct

LINE: Final = re.compile(r"^@(\+?)([a-z_]+)(?: (.*))?$", re.MULTILINE)


class Directive(Struct, frozen=True, kw_only=True):
    """`argument` is what is meant: newlines and tabs are real ones."""

    verb: str
    argument: str


Turn = tuple[Directive, ...]


def turns_in(text: str) -> tuple[Turn, ...]:
    """The turns that a prompt scripts by its own lines; empty when it has none."""
    turns: list[Turn] = []
    for plus, verb, argument in LINE.findall(text):
        made = Directive(verb=verb, argument=unescaped(argument))
        if plus and turns:
            turns[-1] += (made,)
        else:
            turns.append((made,))
    return tuple(turns)


def unescaped(argument: str) -> str:
    return argument.replace("\\n", "\n").replace("\\t", "\t")
