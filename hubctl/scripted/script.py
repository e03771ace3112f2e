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
from typing import Final, NoReturn

from hubctl.core.documents.yaml import Node, parse_yaml
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
    """Raises HubError for a file that cannot be read, and for its first mistake, with the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HubError(
            f"The script `{path}` cannot be read: {error}.", "Give the path of a text file."
        ) from error
    return parse_scripts(text, file=str(path))


def parse_scripts(text: str, *, file: str) -> tuple[Script, ...]:
    """In the order of the file, which is the order in which they are tried. Raises HubError with file and line."""
    return _Reader(file=file).scripts(parse_yaml(text, file=file))


class _Reader(Struct, frozen=True, kw_only=True):
    file: str

    def scripts(self, root: Node) -> tuple[Script, ...]:
        listed = self._fields(root, ("scripts",), "a script file")["scripts"]
        return tuple(self._script(node) for node in self._items(listed, "scripts", "- when: ..."))

    def _script(self, node: Node) -> Script:
        fields = self._fields(node, KEYS, "a script")
        steps = self._items(fields["steps"], "steps", "- '@say Done.'")
        if not steps:
            self._refuse(fields["steps"].line, "`steps` is empty", "Write one step or more.")
        return Script(when=self._pattern(fields["when"]), turns=tuple(map(self._turn, steps)))

    def _pattern(self, node: Node) -> re.Pattern[str]:
        if not isinstance(node.value, str) or not node.value:
            self._refuse(node.line, "`when` is no text", "Write a regular expression in single quotes.")
        try:
            return re.compile(node.value, re.MULTILINE)
        except re.error as error:
            self._refuse(
                node.line,
                f"`{node.value}` is no regular expression: {error}",
                "Write it as Python's `re` has it.",
            )

    def _turn(self, node: Node) -> Turn:
        if not isinstance(node.value, tuple):
            return (self._directive(node),)
        if not node.value:
            self._refuse(node.line, "a step is an empty list", "Write one directive or more.")
        return tuple(map(self._directive, node.value))

    def _directive(self, node: Node) -> Directive:
        first, _, more = str(node.value).partition("\n")
        found = LINE.fullmatch(first) if isinstance(node.value, str) else None
        if found is None or found[1]:
            self._refuse(
                node.line, f"`{first}` is no directive", "Write `@VERB ARGUMENT`, such as `@say Done.`."
            )
        made = Directive(verb=found[2], argument=_argument(found[2], found[3] or "", more))
        try:
            perform(made, Request(), now=0.0)
        except HubError as error:
            self._refuse(node.line, error.message, error.cure)
        return made

    def _items(self, node: Node, key: str, example: str) -> tuple[Node, ...]:
        if not isinstance(node.value, tuple):
            self._refuse(node.line, f"`{key}` is not a list", f"Write items below it, such as `{example}`.")
        return node.value

    def _fields(self, node: Node, known: tuple[str, ...], what: str) -> dict[str, Node]:
        names = " and ".join(f"`{key}`" for key in known)
        if not isinstance(node.value, dict):
            self._refuse(node.line, f"{what} is a mapping with {names}", "Write `key: value` lines.")
        for key in node.value.keys() - set(known):
            self._refuse(node.keys[key], f"`{key}` is no key of {what}", f"Its keys are {names}.")
        for key in known:
            if key not in node.value:
                self._refuse(node.line, f"{what} lacks `{key}`", f"Add `{key}:`.")
        return node.value

    def _refuse(self, line: int, what: str, cure: str) -> NoReturn:
        raise HubError(f"`{self.file}` line {line}: {what}.", cure)


def _argument(verb: str, first: str, more: str) -> str:
    if not more:
        return unescaped(first)
    whole = f"{first}\n{more}" if first else more
    return whole if verb == "write" else whole.removesuffix("\n")
