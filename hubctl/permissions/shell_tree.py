"""The tree of a shell text, looked at with distrust: what the parser passes over, and where the shell would differ.

The grammar is wider than the shell. What lies between its tokens must be blank, and a here-document must end where the
shell ends it; else it is a doubt.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, Protocol


class SyntaxNode(Protocol):
    """What is used of `tree_sitter.Node`; positions are bytes."""

    @property
    def type(self) -> str: ...
    @property
    def is_named(self) -> bool: ...
    @property
    def start_byte(self) -> int: ...
    @property
    def end_byte(self) -> int: ...
    @property
    def children(self) -> "Sequence[SyntaxNode]": ...
    @property
    def named_children(self) -> "Sequence[SyntaxNode]": ...
    def child_by_field_name(self, name: str, /) -> "SyntaxNode | None": ...
    def children_by_field_name(self, name: str, /) -> "Sequence[SyntaxNode]": ...
    def field_name_for_child(self, child_index: int, /) -> str | None: ...


BLANK: Final = re.compile(r"(?:[ \t\n](?:\\\n)*)*")
ONE_LINE: Final = re.compile(r"(?:(?:\\\n)*[ \t](?:[ \t]|\\\n)*)?")
"""What may stand between the parts of a statement; an escaped line end alone joins two words to one."""
DELIMITER: Final = re.compile(r"""(?P<quote>['"]?)(?P<word>[A-Za-z_][A-Za-z0-9_]*)(?P=quote)""")
ALIVE: Final = re.compile(r"\$[A-Za-z0-9_{(\[@*#?!$'\"-]|`")
"""What the shell would expand inside double quotes and here-documents."""
UNSURE: Final = "the command cannot be parsed for certain"
STRUCTURE: Final = frozenset(
    (
        *("program", "list", "pipeline", "subshell", "compound_statement", "negated_command", "do_group"),
        *("if_statement", "elif_clause", "else_clause", "while_statement", "case_statement", "case_item"),
        *("for_statement", "redirected_statement"),
    )
)
"""Nodes that only hold commands together."""
UNBROKEN: Final = frozenset(
    {"command", "file_redirect", "herestring_redirect", "redirected_statement", "negated_command"}
)
"""Nodes that end with the line."""
LITERAL: Final = frozenset(
    {"word", "number", "string", "raw_string", "concatenation", "extglob_pattern", "regex"}
)
REDIRECTS: Final = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
EXPANDING: Final = frozenset(
    (
        *("command_substitution", "process_substitution", "simple_expansion", "expansion"),
        *("arithmetic_expansion", "ansi_c_string", "brace_expression", "array"),
    )
)
"""Parts of words that are not what they look like."""


class Tree:
    """A text and what is doubtful about it. Rule: a doubt is never taken back."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.doubts: list[str] = []

    def text(self, node: SyntaxNode) -> str:
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        return self.source[start:end].decode(errors="replace")

    def check_gaps(self, node: SyntaxNode) -> None:
        """The grammar passes over more than blanks: an escaped space, say, which is part of a word to the shell."""
        self.check_marks(node)
        ends = [
            (node.start_byte, node.start_byte),
            *((child.start_byte, child.end_byte) for child in node.children),
        ]
        gaps = [self.between(before[1], after[0]) for before, after in pairwise(ends)]
        if node.type == "program":
            gaps += [self.between(0, node.start_byte), self.between(ends[-1][1], len(self.source))]
        blank = ONE_LINE if node.type in UNBROKEN else BLANK
        if node.type in ("command", "redirected_statement") and any(
            map(runs_on, node.children, node.children[1:])
        ):
            self.doubts.append(UNSURE)
        if not all(blank.fullmatch(gap) for gap in gaps) or not all(map(self.is_comment, node.children)):
            self.doubts.append(UNSURE)

    def check_marks(self, node: SyntaxNode) -> None:
        """A mark of the grammar may hold more than the mark: `-eq<<` passes for `<<`."""
        if not all(
            child.is_named or self.text(child).strip() == child.type.strip() for child in node.children
        ):
            self.doubts.append(UNSURE)

    def is_comment(self, node: SyntaxNode) -> bool:
        """True of all that is no comment, and of one where the shell sees one too: at the begin of a word."""
        before = self.source[max(node.start_byte - 1, 0) : node.start_byte]
        return node.type != "comment" or before in (b"", b" ", b"\t", b"\n", b";")

    def is_alive(self, node: SyntaxNode) -> bool:
        """Whether something would be expanded that is no node of the tree."""
        inner = [child for child in node.named_children if child.type in EXPANDING]
        edges = [node.start_byte, *(edge for child in inner for edge in (child.start_byte, child.end_byte))]
        rest = [self.between(a, b) for a, b in zip(edges[::2], [*edges[1::2], node.end_byte], strict=True)]
        return any(ALIVE.search(re.sub(r"\\.", "", piece)) for piece in rest)

    def heredoc_text(self, node: SyntaxNode) -> str | None:
        """The body as the shell cuts it, and None where that differs from the tree, or could."""
        parts = {child.type: child for child in node.children}
        start, body, end = (parts.get(f"heredoc_{part}") for part in ("start", "body", "end"))
        delimiter = DELIMITER.fullmatch(self.text(start)) if start else None
        if start is None or end is None or delimiter is None:
            return None
        begin = body.start_byte if body else end.start_byte
        line, text = self.between(start.end_byte, begin), self.between(begin, end.end_byte)
        lines = text.split("\n")
        if node.children[0].type == "<<-":
            lines = [each.lstrip("\t") for each in lines]
        follows = self.source[end.end_byte : end.end_byte + 1]
        if (
            not re.fullmatch(r"[^\n]*\n\t*", line)
            or "<<" in line
            or "\\" in line
            or follows not in (b"\n", b"", b")")
        ):
            return None
        if delimiter["word"] in lines[:-1] or lines[-1] != delimiter["word"]:
            return None
        if body is not None and not delimiter["quote"] and self.is_alive(body):
            return None
        return "\n".join(lines[:-1])


def runs_on(one: SyntaxNode, other: SyntaxNode) -> bool:
    """Whether two parts of a command stand side by side with no blank, and are one to the shell."""
    apart = one.end_byte < other.start_byte or one.type in REDIRECTS
    return not apart and (other.type not in REDIRECTS or other.children[0].type == "file_descriptor")


def touching(node: SyntaxNode) -> bool:
    return all(a.end_byte == b.start_byte for a, b in pairwise(node.children))


def leaves_of(node: SyntaxNode) -> Iterator[SyntaxNode]:
    """The outermost parts of a test that are no expressions themselves."""
    for child in node.children:
        if child.type.endswith("_expression"):
            yield from leaves_of(child)
        else:
            yield child
