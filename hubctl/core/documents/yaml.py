"""YAML that remembers its lines: every file that people write is read through here.

The one door to `yaml` in the core. Only plain scalars, lists and mappings with text keys; no tags, no anchors that
explode, no duplicate keys: a file that means two things is refused with its line.
"""

from collections.abc import Iterator

import yaml

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

    @property
    def plain(self) -> object:
        """The same without lines: scalars, lists, dicts."""
        if isinstance(self.value, tuple):
            return [item.plain for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain for key, item in self.value.items()}
        return self.value

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """The pairs of a mapping; nothing for anything else."""
        if isinstance(self.value, dict):
            yield from self.value.items()


class _AliasError(Exception):
    """An alias, with its line from 0."""


class _Loader(yaml.SafeLoader):
    """Without aliases: a few nested ones can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise _AliasError(self.peek_event().start_mark.line)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


def parse_yaml(text: str, *, file: str, first_line: int = 1) -> Node:
    """Reads one YAML document; `first_line` is where it starts in `file`. An empty document is the scalar None.

    Raises HubError that names file and line.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except _AliasError as error:
        line = first_line + error.args[0]
        raise HubError(
            f"`{file}` line {line}: aliases (`*name`) are not read.", "Write the value out."
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise HubError(
            f"`{file}` line {line} is no valid YAML: {error.problem or error.context}.",
            "Correct that line and run the command again.",
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise HubError(
            f"`{file}` is no valid YAML: {error}.", "Correct it and run the command again."
        ) from error
    if root is None:
        return Node(value=None, line=first_line, keys={})
    return _convert(root, file, first_line, depth=0)


def _convert(node: yaml.Node, file: str, first: int, *, depth: int) -> Node:
    line = first + node.start_mark.line
    if depth > DEEPEST:
        raise HubError(f"`{file}` line {line} is nested deeper than {DEEPEST} levels.", "Make it flatter.")
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rpartition(":")[2] not in KINDS:
        raise HubError(
            f"`{file}` line {line}: `{node.tag}` is not a plain value.", "Write text, a number, or a list."
        )
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_convert(item, file, first, depth=depth + 1) for item in node.value)
        return Node(value=items, line=line, keys={})
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, file, first, depth)
    return Node(value=_scalar(node, file, line), line=line, keys={})


def _mapping(node: yaml.MappingNode, file: str, first: int, depth: int) -> Node:
    values: dict[str, Node] = {}
    keys: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = first + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            raise HubError(
                f"`{file}` line {line}: a key must be a word.", "Quote it, or write a simple word."
            )
        key = str(key_node.value)
        if key in values:
            raise HubError(
                f"`{file}` line {line}: `{key}` stands here a second time (first in line {keys[key]}).",
                "Keep one of the two.",
            )
        values[key] = _convert(value_node, file, first, depth=depth + 1)
        keys[key] = line
    return Node(value=values, line=first + node.start_mark.line, keys=keys)


def _scalar(node: yaml.Node, file: str, line: int) -> Scalar:
    kind = node.tag.rpartition(":")[2]
    if kind in ("str", "timestamp"):
        return str(node.value)
    try:
        made: Scalar = yaml.SafeLoader("").construct_object(node)
    except (ValueError, LookupError, yaml.YAMLError) as error:
        raise HubError(
            f"`{file}` line {line}: `{node.value}` cannot be read: {error}.", "Quote it."
        ) from error
    return made
