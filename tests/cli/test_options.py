"""Plain calls are read without typer, and to the same values; what is not plain is left to it."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubctl.cli.options import Option, declared, read, typed
from hubctl.cli.parser import command_of
from hubctl.cli.verbs import VERBS
from support.shell import Shell

WORDS = ("3", "a text", "-", "", "--", "-x", "--no-such", "--help", "-h", "all", "=", "a=b", "-5")
VALUES = ("", "=", "=a text", "=--help", "=-")
LOADED = "import sys; from hubctl.__main__ import main\ntry:\n main()\nfinally:\n print(*sys.modules, file=sys.stderr)"


def functions() -> Iterator[tuple[str, FunctionType, Any]]:
    """Every verb, and every word of those that are several, with its command."""
    for verb in VERBS.values():
        command = command_of(verb)
        for word, function in verb.functions().items():
            yield f"{verb.name} {word}".strip(), function, command.commands[word] if word else command


ALL = {name: (function, command) for name, function, command in functions()}


def words_for(function: FunctionType) -> st.SearchStrategy[list[str]]:
    """Calls of the verb, right and wrong ones."""
    options = [
        word
        for name, _, known in declared(function)
        if isinstance(known, Option)
        for word in typed(name, known)
    ]
    spelled = [option + value for option in options for value in VALUES]
    return st.lists(st.sampled_from([*WORDS, *spelled, *options]), max_size=5)


def by_typer(function: FunctionType, command: Any, words: list[str]) -> dict[str, Any] | None:
    """None where it prints its help, or what is wrong."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(Exception):
        found = command.make_context("hubctl", list(words)).params
        # Typer makes paths of the words when it calls the function, and calls a list without words empty.
        return {
            n: Path(found[n]) if kind is Path else found[n] or None if kind == list[str] | None else found[n]
            for n, kind, _ in declared(function)
        }
    return None


@settings(max_examples=600, deadline=None)
@given(name=st.sampled_from(sorted(ALL)), data=st.data())
def test_what_is_read_is_what_typer_reads(name: str, data: st.DataObject) -> None:
    function, command = ALL[name]
    words = data.draw(words_for(function))
    found = read(function, words)
    if found is not None:
        defaults = function.__defaults__ or ()
        parameters = [parameter for parameter, _, _ in declared(function)]
        without = dict(zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True))
        assert {**without, **found} == by_typer(function, command, words)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["done", "--summary", "- did it"], {"summary": "- did it"}),
        (["done", "--summary=it is = done"], {"summary": "it is = done"}),
        (["progress", "half way"], {"text": "half way"}),
        (["check", "--notify", "--json", "--fix"], {"notify": True, "as_json": True, "fix": True}),
        (["handoff", "--why", "so", "--to", "human"], {"why": "so", "to": "human"}),
        (["stop", "3"], {"thread": "3"}),
        (["status"], {}),
    ],
    ids=str,
)
def test_what_workers_and_cron_say_all_day_is_plain(words: list[str], values: dict[str, Any]) -> None:
    assert read(ALL[words[0]][0], words[1:]) == values


@pytest.mark.parametrize(
    "words",
    [
        "done",
        "done x",
        "done --summary",
        "done --summary a --summary b",
        "progress",
        "progress a b",
        "check --fix=yes",
        "check -f",
        "progress -- -x",
        "status --help",
        "status --jso",
        "events --since 3",
        "cron install --no-notify",
    ],
)
def test_what_is_not_plain_is_left_to_typer(words: str) -> None:
    name = max((name for name in ALL if f"{words} ".startswith(f"{name} ")), key=len)
    assert read(ALL[name][0], words.removeprefix(name).split()) is None


@pytest.mark.parametrize(
    "words", [["status"], ["check"], ["progress", "half way"], ["done", "--summary", "all"]], ids=" ".join
)
def test_a_plain_call_does_not_load_typer(prepared: Shell, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        cwd=prepared.checkout,
        env=prepared.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "hubctl.cli" in done.stderr.split()
    assert "typer" not in done.stderr.split()
