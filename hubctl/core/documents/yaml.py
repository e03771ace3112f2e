"""YAML that remembers its lines: every file that people write is read through here.

The one door to `yaml`, which is imported on use: rules that were kept need none of its 11 ms. Only plain scalars, lists and mappings with text keys; no tags, no anchors that
explode, no duplicate keys: a file that means two things is refused with its line.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hubctl.core.vocabulary.text import shown
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

if TYPE_CHECKING:
    import yaml

Scalar = str | int | float | bool | None
DEEPEST = 40
KINDS = frozenset({"str", "timestamp", "int", "float", "bool", "null", "seq", "map"})
ODD = re.compile(r"[\t?!%\x85\u2028\u2029\ufeff]|---|\.\.\.|[|>][-+0-9]*#")
"""Where the two of them do not always agree (measured with PyYAML 6.0.2 and libyaml 0.2.5)."""


class Node(Struct, frozen=True, kw_only=True):
    """A value with the line where it stands (1-based, in the whole file).

    `value` is a scalar, a tuple of nodes, or a mapping from key to node; `keys` maps each key to the key's own line.
    """

    value: "Scalar | tuple[Node, ...] | dict[str, Node]"
    line: int
    keys: dict[str, int]

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """The pairs of a mapping; nothing for anything else."""
        if isinstance(self.value, dict):
            yield from self.value.items()


class YamlError(HubError):
    """What stands in this line cannot be read; `text` says why, without the file's name."""

    def __init__(self, file: str, line: int, text: str, cure: str) -> None:
        super().__init__(f"`{file}` line {line}: {text}.", cure)
        self.line = line
        self.text = text


def parse_yaml(text: str, *, file: str, first_line: int = 1) -> Node:
    """Reads one YAML document; `first_line` is where it starts in `file`. An empty document is the scalar None.

    Raises YamlError.
    """
    import yaml

    reading = _Reading(file=file, first=first_line)
    try:
        root = reading.compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"this is no valid YAML: {error.problem or error.context}"
        raise reading.error(mark.line if mark else 0, what, "Correct that line.") from error
    except (yaml.YAMLError, RecursionError) as error:
        what = " ".join(f"this is no valid YAML: {error}".split())
        raise reading.error(0, what, "Correct it.") from error
    if root is None:
        return Node(value=None, line=first_line, keys={})
    return reading.convert(root)


class _Reading(Struct, frozen=True, kw_only=True):
    file: str
    first: int

    def error(self, line: int, text: str, cure: str) -> YamlError:
        """`line` counts from 0."""
        return YamlError(self.file, self.first + line, text, cure)

    def compose(self, text: str) -> "yaml.Node | None":
        """By libyaml, which is ten times as fast, where the text is plain and it has nothing against it.

        Else by the one whose complaints are known.
        """
        import yaml

        quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        if not ODD.search(text):
            with suppress(yaml.YAMLError):
                self.refuse_what_explodes(text, quick)
                return yaml.compose(text, Loader=quick)
        self.refuse_what_explodes(text, yaml.SafeLoader)
        return yaml.compose(text, Loader=yaml.SafeLoader)

    def refuse_what_explodes(self, text: str, loader: Any) -> None:
        """A few nested aliases can stand for gigabytes, and libyaml composes a deep nesting until its stack is full."""
        import yaml

        depth = 0
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent):
                raise self.error(line, "aliases (`*name`) are not read", "Write the value out.")
            if isinstance(event, yaml.NodeEvent) and depth > DEEPEST:
                raise self.error(line, f"this is nested deeper than {DEEPEST} levels", "Make it flatter.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)

    def convert(self, node: "yaml.Node") -> Node:
        import yaml

        line, kind = node.start_mark.line, node.tag.removeprefix("tag:yaml.org,2002:")
        if kind not in KINDS:
            raise self.error(line, f"`{node.tag}` is not a plain value", "Write text, a number, or a list.")
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.convert(item) for item in node.value)
            return Node(value=items, line=self.first + line, keys={})
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node)
        return Node(value=self.scalar(node, kind), line=self.first + line, keys={})

    def mapping(self, node: "yaml.MappingNode") -> Node:
        import yaml

        values: dict[str, Node] = {}
        keys: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.error(line, "a key must be a word", "Quote it, or write a simple word.")
            key = str(key_node.value)
            if key in values:
                twice = f"{shown(key)} stands here a second time (first in line {keys[key]})"
                raise self.error(line, twice, "Keep one of the two.")
            values[key] = self.convert(value_node)
            keys[key] = self.first + line
        return Node(value=values, line=self.first + node.start_mark.line, keys=keys)

    def scalar(self, node: "yaml.Node", kind: str) -> Scalar:
        import yaml

        if kind in ("str", "timestamp"):
            return str(node.value)
        try:
            made: Scalar = yaml.SafeLoader("").construct_object(node)
        except (ValueError, LookupError, yaml.YAMLError) as error:
            what = f"{shown(node.value)} cannot be read: {error}"
            raise self.error(node.start_mark.line, what, "Quote it.") from error
        return made
