"""YAML that remembers its lines: every file that people write is read through here.

The one door to `yaml` in the core. Only plain scalars, lists and mappings with text keys; no tags, no anchors that
explode, no duplicate keys: a file that means two things is refused with its line.
"""

from collections.abc import Iterator

import yaml

from hubctl.core.vocabulary.text import shown
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

Scalar = str | int | float | bool | None
DEEPEST = 40
KINDS = frozenset({"str", "timestamp", "int", "float", "bool", "null", "seq", "map"})


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


class _Loader(yaml.SafeLoader):
    """Without aliases: a few nested ones can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases (`*name`) are not read", problem_mark=mark)
        return super().compose_node(parent, index)


def parse_yaml(text: str, *, file: str, first_line: int = 1) -> Node:
    """Reads one YAML document; `first_line` is where it starts in `file`. An empty document is the scalar None.

    Raises YamlError.
    """
    reading = _Reading(file=file, first=first_line)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"this is no valid YAML: {error.problem or error.context}"
        raise reading.error(mark.line if mark else 0, what, "Correct that line.") from error
    except (yaml.YAMLError, RecursionError) as error:
        what = " ".join(f"this is no valid YAML: {error}".split())
        raise reading.error(0, what, "Correct it.") from error
    if root is None:
        return Node(value=None, line=first_line, keys={})
    return reading.convert(root, depth=0)


class _Reading(Struct, frozen=True, kw_only=True):
    file: str
    first: int

    def error(self, line: int, text: str, cure: str) -> YamlError:
        """`line` counts from 0."""
        return YamlError(self.file, self.first + line, text, cure)

    def convert(self, node: yaml.Node, *, depth: int) -> Node:
        line, kind = node.start_mark.line, node.tag.removeprefix("tag:yaml.org,2002:")
        if depth > DEEPEST:
            raise self.error(line, f"this is nested deeper than {DEEPEST} levels", "Make it flatter.")
        if kind not in KINDS:
            raise self.error(line, f"`{node.tag}` is not a plain value", "Write text, a number, or a list.")
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.convert(item, depth=depth + 1) for item in node.value)
            return Node(value=items, line=self.first + line, keys={})
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        return Node(value=self.scalar(node, kind), line=self.first + line, keys={})

    def mapping(self, node: yaml.MappingNode, depth: int) -> Node:
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
            values[key] = self.convert(value_node, depth=depth + 1)
            keys[key] = self.first + line
        return Node(value=values, line=self.first + node.start_mark.line, keys=keys)

    def scalar(self, node: yaml.Node, kind: str) -> Scalar:
        if kind in ("str", "timestamp"):
            return str(node.value)
        try:
            made: Scalar = yaml.SafeLoader("").construct_object(node)
        except (ValueError, LookupError, yaml.YAMLError) as error:
            what = f"{shown(node.value)} cannot be read: {error}"
            raise self.error(node.start_mark.line, what, "Quote it.") from error
        return made
