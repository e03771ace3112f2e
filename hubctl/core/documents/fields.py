"""The fields of a file that people write, read by type.

A reader always gives a value of its type back, also where the file is wrong, and notes what is wrong with its line.
So one run names every problem of a file; `Problems.settle` is called before any of the values is used. A field that
is null counts as absent.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar

from hubctl.core.documents.yaml import Node
from hubctl.core.vocabulary.durations import parse_duration
from hubctl.core.vocabulary.hosts import Host, parse_host
from hubctl.core.vocabulary.limits import parse_size
from hubctl.core.vocabulary.text import right_words, shown
from hubctl.errors import HubError

CURE: Final = "Correct what is named above and run the command again."
MOST_NAMED: Final = 50
CONTROL = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff"
TURNING = "\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
"""Marks that turn the direction of writing: a command could look like another one."""
PROSE: Final = re.compile(f"[{CONTROL}]")
"""What no text may hold: it cannot be stored or passed on, or the terminal that shows it would obey it."""
SCRIPT: Final = re.compile(f"[{CONTROL}{TURNING}]")
"""What no command may hold: it is shown to a person who decides by what he sees."""
LINE: Final = re.compile(f"[{CONTROL}{TURNING}\\t\\n\\u2028\\u2029]")
"""What no text of one line may hold."""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OURS = "HUBCTL_"
Word = TypeVar("Word", bound=StrEnum)
Made = TypeVar("Made")


class Problems:
    """What is wrong with one file, gathered while it is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[tuple[int, str]] = []

    def note(self, line: int, text: str) -> None:
        self._found.append((line, text))

    def place(self, line: int) -> str:
        """How a line is called."""
        return f"`{self.file}` line {line}"

    def told(self) -> str:
        """One line a problem, in the order of the file; empty where there is none."""
        found = sorted(dict.fromkeys(self._found), key=lambda problem: problem[0])
        lines = [f"{self.place(line)}: {text}." for line, text in found[:MOST_NAMED]]
        if len(found) > MOST_NAMED:
            lines.append(f"`{self.file}` has {len(found) - MOST_NAMED} more problems.")
        return "\n".join(lines)

    def settle(self) -> None:
        """Raises one HubError if anything was noted."""
        if told := self.told():
            raise HubError(told, CURE)


class Fields:
    """One mapping of the file. `what` names it for people; `above` is the path to it, such as `worker`."""

    def __init__(
        self, node: Node, problems: Problems, *, what: str, known: Collection[str], above: str = ""
    ) -> None:
        self.problems = problems
        self.line = node.line
        self.wrong: set[str] = set()
        """The keys of which a problem was noted: their values are stand-ins."""
        self._above, self._known = above, known
        self._node = node
        self._values = dict(node.items())
        if node.value is not None and not isinstance(node.value, dict):
            problems.note(node.line, f"{what} is {_kind(node)}: write `key: value` lines")
            self.wrong |= set(known)
        for key in self._values:
            if key not in known:
                problems.note(node.keys[key], f"{shown(key)} is no key of {what}: {right_words(key, known)}")

    def line_of(self, key: str, item: str | None = None) -> int:
        """Where the key stands, or that item of its list or mapping; where all begins if it is absent."""
        line = self._node.keys.get(key, self.line)
        node = self._values.get(key)
        if item is None or node is None:
            return line
        if isinstance(node.value, tuple):
            return next((entry.line for entry in node.value if entry.value == item), line)
        return node.keys.get(item, line)

    def note(self, key: str, text: str, *, item: str | None = None) -> None:
        self.wrong.add(key)
        self.problems.note(self.line_of(key, item), text)

    def name(self, key: str) -> str:
        return f"`{self._above}.{key}`" if self._above else f"`{key}`"

    def node(self, key: str) -> Node | None:
        """The value as it stands; None where the key is absent or null."""
        node = self._values.get(key)
        return None if node is None or node.value is None else node

    def text(self, key: str, *, refused: re.Pattern[str] = LINE) -> str | None:
        """The text without the white space around it. Blank text is a problem: null says `none`."""
        node = self.node(key)
        if node is None:
            return None
        made = self._text_of(key, node, self.name(key), refused).strip()
        if not made and key not in self.wrong:
            self.note(key, f"{self.name(key)} is empty: write something, or leave it out")
        return made or None

    def prose(self, key: str) -> str:
        """Text of many lines as it was written; empty where the key is absent."""
        node = self.node(key)
        return "" if node is None else self._text_of(key, node, self.name(key), PROSE)

    def words(self, key: str, *, refused: re.Pattern[str] = LINE) -> tuple[str, ...]:
        """A list of texts, none of them blank; empty where the key is absent."""
        node = self.node(key)
        if node is None:
            return ()
        if not isinstance(node.value, tuple):
            example = f": write `[{shown(node.value)[1:-1]}]`" if isinstance(node.value, str) else ""
            self.note(key, f"{self.name(key)} is {_kind(node)}, and a list is wanted{example}")
            return ()
        return tuple(self._items(key, node.value, refused))

    def _items(self, key: str, nodes: tuple[Node, ...], refused: re.Pattern[str]) -> Iterator[str]:
        for place, node in enumerate(nodes, 1):
            name = f"item {place} of {self.name(key)}"
            made = self._text_of(key, node, name, refused).strip()
            if made:
                yield made
            elif node.value is None or isinstance(node.value, str):
                self.wrong.add(key)
                self.problems.note(node.line, f"{name} is empty: write something, or take it out")

    def texts(self, key: str, *, refused: re.Pattern[str] = LINE) -> dict[str, str]:
        """A mapping of names to texts; empty where the key is absent."""
        node = self.node(key)
        if node is not None and not isinstance(node.value, dict):
            self.note(key, f"{self.name(key)} is {_kind(node)}: write `name: text` lines")
        pairs = () if node is None else node.items()
        return {
            name: self._text_of(key, value, f"`{self.name(key)[1:-1]}.{shown(name)[1:-1]}`", refused)
            for name, value in pairs
        }

    def variables(self, key: str) -> dict[str, str]:
        """Environment variables and their values."""
        made = self.texts(key, refused=PROSE)
        self._check_variables(key, made)
        return made

    def variable_names(self, key: str) -> tuple[str, ...]:
        """Names of environment variables."""
        made = self.words(key)
        self._check_variables(key, made)
        return made

    def _check_variables(self, key: str, names: Iterable[str]) -> None:
        for name in names:
            if not VARIABLE.fullmatch(name):
                cure = "write letters, digits and `_`, no digit first"
                self.note(
                    key, f"{shown(name)} in {self.name(key)} is no name of a variable: {cure}", item=name
                )
            elif name.startswith(OURS):
                cure = "take another name, or take it out"
                self.note(
                    key, f"{shown(name)} in {self.name(key)} is for hubctl alone to set: {cure}", item=name
                )

    def permissions(self, key: str) -> tuple[str, ...]:
        """Permission rules as the worker CLI spells them."""
        rules = self.words(key)
        for rule in rules:
            if not PERMISSION.fullmatch(rule):
                cure = "write `Tool` or `Tool(pattern)`, such as `Bash(git push *)`"
                self.note(key, f"{shown(rule)} in {self.name(key)} is no permission rule: {cure}", item=rule)
        return rules

    def hosts(self, key: str) -> tuple[Host, ...]:
        """Such as `registry.example.org` or `*.example.org:8443 private`."""
        found = {text: parse_host(text) for text in self.words(key)}
        for text in (text for text, host in found.items() if host is None):
            cure = "write `HOST`, `*.HOST` or `HOST:PORT`, and `private` behind it where it is in a network of yours"
            self.note(key, f"{shown(text)} in {self.name(key)} is no host: {cure}", item=text)
        return tuple(host for host in found.values() if host)

    def duration(self, key: str) -> timedelta | None:
        """Such as `5m`; None where the key is absent."""
        return self._parsed(key, parse_duration)

    def size(self, key: str) -> int | None:
        """Such as `4G`, in bytes; None where the key is absent."""
        return self._parsed(key, parse_size)

    def _parsed(self, key: str, parse: Callable[[str], Made]) -> Made | None:
        node = self.node(key)
        try:
            return parse(node.value if isinstance(node.value, str) else "") if node else None
        except HubError as error:
            self.misfit(key, error.cure[0].lower() + error.cure[1:].rstrip("."))
        return None

    def plain(self, key: str) -> str:
        """The text as it stands; empty where there is none."""
        node = self.node(key)
        return node.value if node and isinstance(node.value, str) else ""

    def is_off(self, key: str) -> bool:
        """Null, or a bare `off`, which YAML reads as false."""
        node = self.node(key)
        return node is None or node.value is False

    def misfit(self, key: str, cure: str) -> None:
        """The value is none that this key can have."""
        node = self.node(key)
        self.note(key, f"{self.name(key)} is {_kind(node) if node else 'empty'}: {cure}")

    def integer(self, key: str, *, least: int, most: int) -> int | None:
        """A whole number between the two, both included; None where the key is absent."""
        node = self.node(key)
        if node is None:
            return None
        if isinstance(node.value, int) and not isinstance(node.value, bool) and least <= node.value <= most:
            return node.value
        self.misfit(key, f"write a whole number from {least} to {most}")
        return None

    def switch(self, key: str, *, default: bool = False, words: str = "`on` or `off`") -> bool:
        """`on` or `off`; YAML 1.1 reads the bare words as true and false, quoted ones stay text."""
        node = self.node(key)
        if node is None:
            return default
        if isinstance(node.value, bool):
            return node.value
        if node.value not in ("on", "off"):
            self.misfit(key, f"write {words}")
        return node.value == "on"

    def choice(self, key: str, words: type[Word], default: Word) -> Word:
        """One of a closed set of words."""
        return self.word(key, words) or default

    def word(self, key: str, words: type[Word]) -> Word | None:
        """The same; None where the key is absent."""
        text = self.text(key)
        return None if text is None else next(self._among(key, (text,), words), None)

    def choices(self, key: str, words: type[Word]) -> tuple[Word, ...]:
        """A list of such words."""
        return tuple(self._among(key, self.words(key), words))

    def _among(self, key: str, texts: Iterable[str], words: type[Word]) -> Iterator[Word]:
        for text in texts:
            if text in set(words):
                yield words(text)
            else:
                self.note(
                    key, f"{self.name(key)} cannot be {shown(text)}: {right_words(text, words)}", item=text
                )

    @property
    def given(self) -> tuple[str, ...]:
        """The known keys that stand there."""
        return tuple(key for key in self._values if key in self._known)

    def below(self, key: str, known: Collection[str]) -> "Fields":
        """The mapping under a key; an empty one where the key is absent."""
        node = self.node(key) or Node(value=None, line=self.line_of(key), keys={})
        path = self.name(key)[1:-1]
        return Fields(node, self.problems, what=f"`{path}`", known=known, above=path)

    def _text_of(self, key: str, node: Node, name: str, refused: re.Pattern[str]) -> str:
        """The text, or an empty one with a note; null is an empty text."""
        if node.value is None:
            return ""
        if not isinstance(node.value, str):
            cure = "write text" if isinstance(node.value, tuple | dict) else "put it in quotes"
            self._note_value(key, node, f"{name} is {_kind(node)}, and text is wanted: {cure}")
            return ""
        text = node.value.replace("\r\n", "\n")
        bad = refused.search(text.strip())
        if bad is None:
            return text
        what = "more than one line" if bad[0] == "\n" else f"the character {shown(ascii(bad[0])[1:-1])}"
        self._note_value(key, node, f"{name} holds {what}: take it out")
        return ""

    def _note_value(self, key: str, node: Node, text: str) -> None:
        self.wrong.add(key)
        self.problems.note(node.line, text)


def _kind(node: Node) -> str:
    """What the value is, for people; long and many-lined values are cut."""
    match node.value:
        case None:
            return "empty"
        case bool():
            return f"the switch {shown(str(node.value).lower())}"
        case int() | float():
            return f"the number {shown(node.value)}"
        case str():
            return f"the text {shown(node.value)}"
        case tuple():
            return "a list"
        case dict():
            return "a mapping"


PERMISSION = re.compile(r"([A-Z][A-Za-z]*|mcp__[\w*-]+)(\([^\x00-\x1f\x7f]+\))?", re.ASCII)
"""`Tool` or `Tool(pattern)` as the worker CLI spells it; the tools of MCP servers are `mcp__server__tool`."""
