"""The script file: which prompts are played how, turn by turn.

    scripts:
      - when: 'hubctl thread \\d+: Parse words'     # a Python regular expression, searched in user texts (MULTILINE)
        steps:                                     # one item is one turn of the model, one request
          - '@write words.py def words(text):\\n    return text.split()\\n'
          - ['@bash git add -A', '@bash git commit -qm "words"']     # several blocks in one turn: parallel tool calls
          - |
            @write notes.txt
            A step of several lines means itself: the lines after the first belong to the argument,
            and \\n in it are two characters.
          - '@say The work is done.'

A step of one line is a directive line as in a prompt. The newline that ends a step of several lines is kept where a
file is written, and dropped elsewhere: a file ends with a newline, a command or a sentence does not.
"""

import re
from pathlib import Path
from typing import Final

from hubctl.core.documents.fields import Fields, Problems
from hubctl.core.documents.yaml import Node, parse_yaml
from hubctl.core.vocabulary.text import shown
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.scripted.directives import LINE, Directive, Turn, unescaped
from hubctl.scripted.request import Request
from hubctl.scripted.verbs import perform

KEYS: Final = ("when", "steps")


class Script(Struct, frozen=True, kw_only=True):
    when: re.Pattern[str]
    turns: tuple[Turn, ...]


def load_scripts(path: Path) -> tuple[Script, ...]:
    """Raises HubError for a file that cannot be read, and for its mistakes, with their lines."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HubError(
            f"The script `{path}` cannot be read: {error}.", "Give the path of a text file."
        ) from error
    return parse_scripts(text, file=str(path))


def parse_scripts(text: str, *, file: str) -> tuple[Script, ...]:
    """In the order of the file, which is the order in which they are tried. Raises HubError with every mistake."""
    problems = Problems(file)
    top = Fields(parse_yaml(text, file=file), problems, what="a script file", known=("scripts",))
    scripts = [
        _script(Fields(node, problems, what="a script", known=KEYS), problems)
        for node in _items(top, "scripts", "- when: ...")
    ]
    problems.settle()
    return tuple(scripts)


def _script(fields: Fields, problems: Problems) -> Script:
    turns = tuple(_turn(node, problems) for node in _items(fields, "steps", "- '@say Done.'"))
    if not turns and "steps" not in fields.wrong:
        fields.note("steps", "`steps` is empty: write one step or more")
    return Script(when=_pattern(fields), turns=turns)


def _pattern(fields: Fields) -> re.Pattern[str]:
    said = fields.plain("when")
    if not said and "when" not in fields.wrong:
        fields.misfit("when", "write a regular expression in single quotes")
    try:
        return re.compile(said, re.MULTILINE)
    except re.error as error:
        fields.note("when", f"{shown(said)} is no regular expression: {error}")
        return re.compile("")


def _turn(node: Node, problems: Problems) -> Turn:
    if node.value == ():
        problems.note(node.line, "a step is an empty list: write one directive or more")
    steps = node.value if isinstance(node.value, tuple) else (node,)
    return tuple(_directive(step, problems) for step in steps)


def _directive(node: Node, problems: Problems) -> Directive:
    first, _, more = str(node.value).partition("\n")
    found = LINE.fullmatch(first) if isinstance(node.value, str) else None
    if found is None or found[1]:
        what = f"{shown(first)} is no directive: write `@VERB ARGUMENT`, such as `@say Done.`"
        problems.note(node.line, what)
        return Directive(verb="", argument="")
    made = Directive(verb=found[2], argument=_argument(found[2], found[3] or "", more))
    try:
        perform(made, Request(), now=0.0)
    except HubError as error:
        what = f"{error.message.removesuffix('.')}. {error.cure}"
        problems.note(node.line, what.removesuffix("."))
    return made


def _items(fields: Fields, key: str, example: str) -> tuple[Node, ...]:
    node = fields.node(key)
    if node is not None and isinstance(node.value, tuple):
        return node.value
    if key not in fields.wrong:
        what = "is not a list" if key in fields.given else "is missing"
        fields.note(key, f"`{key}` {what}: write items below it, such as `{example}`")
    return ()


def _argument(verb: str, first: str, more: str) -> str:
    if not more:
        return unescaped(first)
    whole = f"{first}\n{more}" if first else more
    return whole if verb == "write" else whole.removesuffix("\n")
