"""What a verb is called with: declared once, beside its function's parameters, and read here where the call is plain.

`Annotated[str, Option(...)]` and `Annotated[str, Argument(...)]` are that declaration; `parser` makes of it what typer
needs for help, for completion, and to say what is wrong with a call. But typer costs three times what `python -c pass`
does, and workers and cron call verbs all day. Rule: what `read` is not sure of is left to typer, so both read the same.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

Offers = Callable[..., list[tuple[str, str]]]
"""What a shell is offered for an unfinished word, each with its meaning."""


class Argument(NamedTuple):
    """A word known by its place."""

    help: str
    metavar: str | None = None
    show_default: bool = True
    offers: Offers | None = None


class Option(NamedTuple):
    """A word known by its name. `names`: `--detach -d`; none: the parameter's."""

    names: str = ""
    help: str = ""
    metavar: str | None = None
    show_default: bool = True
    offers: Offers | None = None
    spelled: Callable[[list[str]], list[str]] | None = None
    """rewrites the words of a call that holds an option which may stand alone"""


_KINDS: dict[object, Callable[[Any], object]] = {bool: bool, str: str, str | None: str, Path: Path}
"""The kinds of values that are read here, and how."""


def declared(verb: FunctionType) -> Iterator[tuple[str, Any, Argument | Option]]:
    """Each parameter's name and kind, and what people write for it."""
    for name, hint in verb.__annotations__.items():
        if name != "return":
            yield name, hint.__origin__, hint.__metadata__[0]


def typed(name: str, option: Option) -> list[str]:
    """The words for it, of which a call has one."""
    return option.names.split() or [f"--{name.replace('_', '-')}"]


def read(verb: FunctionType, words: Sequence[str]) -> dict[str, Any] | None:
    """The values of a plain call by their parameters; None where typer must look at it."""
    try:
        values = _values(verb, words)
    except (KeyError, StopIteration):  # an unknown word or kind, or one too many or too few
        return None
    needed = verb.__code__.co_argcount - len(verb.__defaults__ or ())
    return values if values.keys() >= {*list(verb.__annotations__)[:needed]} else None


def _values(verb: FunctionType, words: Sequence[str]) -> dict[str, Any]:
    places, flags, options = _parameters(verb)
    kinds = {name: kind for name, kind, _ in declared(verb)}
    values: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        text: str | bool
        option, equals, value = word.partition("=")
        if word == "-" or not word.startswith("-"):
            name, text = next(places), word
        elif word in flags:
            name, text = flags[word], True
        else:
            name, text = options[option], value if equals else next(rest)
        if name in values:
            raise KeyError(name)
        values[name] = _KINDS[kinds[name]](text)
    return values


def _parameters(verb: FunctionType) -> tuple[Iterator[str], dict[str, str], dict[str, str]]:
    """What is known by its place, and by the word that sets it or stands before its value."""
    places: list[str] = []
    flags: dict[str, str] = {}
    options: dict[str, str] = {}
    for name, kind, known in declared(verb):
        if isinstance(known, Argument):
            places.append(name)
        elif known.spelled is None and "/" not in known.names:
            (flags if kind is bool else options).update(dict.fromkeys(typed(name, known), name))
    return iter(places), flags, options
