"""Shell text read by a real parser: the one door to `tree_sitter` in the core, opened on first use.

Why this parser: tree-sitter and its bash grammar are alive, MIT, and ship wheels for every Python here; bashlex is GPL.
It never refuses a text and is wider than the shell, so the world is closed here: commands of literal words, joined by
`&&`, `||`, `;`, `|` and ends of lines. All else is a doubt. What stands inside of a doubt is read as well, for a `deny`.
"""

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol

from hubctl.core.vocabulary.values import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Parser


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


class Word(Struct, frozen=True, kw_only=True):
    """One argument without its quotes; `text` of one that is not literal is as written."""

    text: str
    is_literal: bool = True


class Redirect(Struct, frozen=True, kw_only=True):
    """A file that output goes to, or input comes from."""

    target: str
    writes: bool


class Command(Struct, frozen=True, kw_only=True):
    """One simple command; `text` is as written."""

    words: tuple[Word, ...]
    text: str

    @property
    def name(self) -> str:
        """The program as called; empty where it is not known."""
        return self.words[0].text if self.words and self.words[0].is_literal else ""

    @property
    def plain(self) -> str:
        """The words without quotes, one space between them."""
        return " ".join(word.text for word in self.words)


class Reading(Struct, frozen=True, kw_only=True):
    """A whole text: all of its commands, and why it must be asked about whatever they are."""

    commands: tuple[Command, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    doubts: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    """the same of what only holds commands together, all of which are among `commands`"""


LONGEST: Final = 32 * 1024
"""Characters of one text; nobody reads more before he says yes."""
DEEPEST: Final = 60
MOST_COMMANDS: Final = 200
STRANGE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|[^\S \t\n]")
"""Control characters, and blanks that are none to the shell."""
BARE: Final = r"[\w./,:@%+-]|\\[^\n\w]|(?<=[\w./,:@%+-])=|(?<=\w)[~^]|(?<=@)\{u\}"
DOUBLE: Final = r"\"(?:[^\"\\$`]|\\[^\n]|\$(?=[\s|)\"]))*\""
LITERAL: Final = re.compile(rf"(?:{BARE}|'[^']*'|{DOUBLE})+")
"""A word of which bash and zsh agree what it is: no expansion, glob, brace, tilde, and no `=` at its begin."""
PIECE: Final = re.compile(rf"'(?P<raw>[^']*)'|(?P<double>{DOUBLE})|\\(?P<escaped>[^\n])|(?P<plain>.)", re.S)
DOCUMENT: Final = re.compile(
    r"\"\$\(cat <<(?P<quote>['\"])(?P<end>[A-Za-z_]+)(?P=quote)\n(?P<text>.*?)\n(?P=end)\n\)\"", re.S
)
"""How a worker writes a long message: a text that nothing is expanded in."""
BLANK: Final = re.compile(r"[ \t]+(?:\\\n[ \t]*)*")
BETWEEN: Final = re.compile(r"[ \t\n]*")
JOINING: Final = frozenset({"program", "list", "pipeline"})
MARKS: Final = frozenset({"&&", "||", ";", "|", "\n"})
WORDS: Final = frozenset({"word", "number", "string", "raw_string", "concatenation"})
KNOWN: Final = MARKS | WORDS | {"command_name", "string_content", '"', "file_descriptor"}
"""Nodes of which nothing is to be said: a word is looked at where it is one of a command."""
BUILT: Final = frozenset(
    [
        "binary_expression",
        "case_item",
        "case_statement",
        "command_substitution",
        "compound_statement",
        "do_group",
        "elif_clause",
        "else_clause",
        "expansion",
        "for_statement",
        "heredoc_body",
        "heredoc_content",
        "heredoc_end",
        "heredoc_redirect",
        "heredoc_start",
        "if_statement",
        "negated_command",
        "simple_expansion",
        "subshell",
        "test_command",
        "test_operator",
        "unary_expression",
        "variable_name",
        "while_statement",
    ]
)
"""Nodes that hold commands and words together, and run nothing else."""
HARMLESS: Final = re.compile(r"[12]?>[ ]?/dev/null|&>[ ]?/dev/null|2>&1|1>&2|>&2|<[ ]?/dev/null")
"""Redirections that reach no file."""
REDIRECTION: Final = re.compile(r"(?P<mark>[12]?>>?|<|&>>?)[ ]?(?P<target>\S+)")


def read_shell(text: str) -> Reading:
    """Total: every text has a reading."""
    if len(text) > LONGEST:
        return Reading(doubts=("the command is too long to be judged",))
    if STRANGE.search(text):
        return Reading(doubts=("the command holds control characters or strange blanks",))
    source = text.encode()
    parsed = _parser().parse(source).root_node
    root: SyntaxNode = parsed
    walk = _Walk(source)
    if parsed.has_error:
        walk.doubt("the command cannot be parsed")
    if walk.source[: root.start_byte].strip() or walk.source[root.end_byte :].strip():
        walk.doubt("the command cannot be parsed for certain")
    walk.visit(root, 0)
    return Reading(
        commands=tuple(walk.commands),
        redirects=tuple(walk.redirects),
        doubts=tuple(dict.fromkeys(walk.doubts)),
        built=tuple(dict.fromkeys(walk.built)),
    )


@cache
def _parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class _Walk:
    """One pass over a tree. Rule: a doubt is never taken back."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.commands: list[Command] = []
        self.redirects: list[Redirect] = []
        self.doubts: list[str] = []
        self.built: list[str] = []

    def text(self, node: SyntaxNode) -> str:
        return self.source[node.start_byte : node.end_byte].decode(errors="replace")

    def doubt(self, why: str) -> None:
        self.doubts.append(why)

    def visit(self, node: SyntaxNode, depth: int) -> None:
        if depth > DEEPEST or len(self.commands) > MOST_COMMANDS:
            self.doubt("the command is too deep or too long to be judged")
            return
        if node.type in WORDS and _document(self.text(node)) is not None:
            return
        if node.type == "file_redirect" and self.redirect(node):
            return
        self.look(node)
        for child in node.children:
            self.visit(child, depth + 1)

    def look(self, node: SyntaxNode) -> None:
        """What is known of a node alone."""
        if node.type == "command":
            self.command(node)
        elif node.type in JOINING:
            self.check_gaps(node, BETWEEN)
        elif node.type == "redirected_statement":
            self.check_gaps(node, BLANK)
        elif node.type == "comment":
            self.comment(node)
        elif node.type not in KNOWN:
            kind = self.built if node.type in BUILT or not node.is_named else self.doubts
            kind.append(f"`{node.type.replace('_', ' ').strip()}` is nothing that can be judged")

    def check_gaps(self, node: SyntaxNode, allowed: re.Pattern[str]) -> None:
        """The grammar passes over more than blanks: an escaped space, say, which is part of a word to the shell."""
        for one, other in pairwise(node.children):
            gap = self.source[one.end_byte : other.start_byte].decode(errors="replace")
            if not allowed.fullmatch(gap):
                self.doubt("the command cannot be parsed for certain")
        if any(child.type in MARKS and self.text(child).strip(" \t") not in MARKS for child in node.children):
            self.doubt("the command cannot be parsed for certain")

    def comment(self, node: SyntaxNode) -> None:
        if self.source[max(node.start_byte - 1, 0) : node.start_byte] not in (b"", b" ", b"\n"):
            self.doubt("the command cannot be parsed for certain")

    def command(self, node: SyntaxNode) -> None:
        self.check_gaps(node, BLANK)
        words: list[Word] = []
        for child in node.children:
            if child.type in ("variable_assignment", "subscript"):
                self.doubt(f"`{self.text(child)[:40]}` sets a variable")
            elif child.type != "file_redirect":
                words.append(self.word(child))
        self.commands.append(Command(words=tuple(words), text=self.text(node)))

    def word(self, node: SyntaxNode) -> Word:
        text = self.text(node)
        if (document := _document(text)) is not None:
            return Word(text=document)
        if not LITERAL.fullmatch(text):
            return Word(text=_unquoted(text), is_literal=False)
        return Word(text=_unquoted(text))

    def redirect(self, node: SyntaxNode) -> bool:
        """Whether all of it is known."""
        text = self.text(node)
        if HARMLESS.fullmatch(text):
            return True
        found = REDIRECTION.fullmatch(text)
        if found is None or not LITERAL.fullmatch(found["target"]):
            self.doubt(f"the redirection `{text[:40]}` cannot be judged")
            return False
        self.redirects.append(Redirect(target=_unquoted(found["target"]), writes=found["mark"] != "<"))
        return True


def _document(text: str) -> str | None:
    found = DOCUMENT.fullmatch(text)
    return found["text"] if found and found["end"] not in found["text"].split("\n") else None


def _unquoted(text: str) -> str:
    """The word as the shell hands it on; where it is not literal, as well as that can be said."""
    made = []
    for found in PIECE.finditer(text):
        if found["double"] is not None:
            made.append(re.sub(r"\\([\"\\$`])", r"\1", found["double"][1:-1]))
        else:
            made.append(found["raw"] or found["escaped"] or found["plain"] or "")
    return "".join(made)
