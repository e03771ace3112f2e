"""Shell text read by a real parser: the one door to `tree_sitter` in the core, opened on first use.

Why this parser: tree-sitter and its bash grammar are alive, MIT, and ship wheels for every Python here; bashlex is GPL.
It never refuses a text, so the rules are ours:

* A tree with an error, or with a node whose meaning is not written down here, is a doubt.
* The parser is wider than the shell (`shell_tree`), and words can run commands (`shell_words`).
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hubctl.permissions import shell_tree as tree
from hubctl.permissions.shell_text import Command, Reading, Redirect, Word
from hubctl.permissions.shell_words import DEEPEST, Words

if TYPE_CHECKING:
    from tree_sitter import Parser

LONGEST: Final = 32 * 1024
"""Characters of one text; nobody reads more before he says yes."""
MOST_COMMANDS: Final = 200
STRANGE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|[^\S \t\n]")
"""Control characters, and blanks that are none to the shell."""
QUIET: Final = frozenset({"comment", "variable_name", "heredoc_start", "heredoc_end", "heredoc_content"})
ARITHMETIC: Final = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R", "-t"})
"""Operators of tests whose operands a shell evaluates: bash in `[[`, zsh in `[` as well."""
SHELL_MARKS: Final = frozenset({"&&", "||", "<", ">", "(", ")"})
TEST_MARKS: Final = SHELL_MARKS | {"test_operator", "[", "]", "[[", "]]", "=", "==", "!=", "!"}
"""What a test is made of; the shell's own marks are so only in `[[`."""
NUMERIC: Final = re.compile(r"\[\[?|\]\]?|!|-[a-zA-Z]+|\d+|\$[?#]|&&|\|\|")
WRITING: Final = frozenset({">", ">>", "&>", "&>>", ">|", "<>"})


def read_shell(text: str) -> Reading:
    """Total: every text has a reading."""
    if len(text) > LONGEST:
        return Reading(doubts=("the command is too long to be judged",))
    if STRANGE.search(text):
        return Reading(doubts=("the command holds control characters or strange blanks",))
    source = text.encode()
    root = _parser().parse(source).root_node
    if root.has_error:
        return Reading(doubts=("the command cannot be parsed",))
    walk = _Walk(source)
    walk.visit(root, 0)
    return Reading(commands=tuple(walk.commands), doubts=tuple(dict.fromkeys(walk.doubts)), loops=walk.loops)


@cache
def _parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class _Walk(Words):
    """One pass over a tree."""

    def __init__(self, source: bytes) -> None:
        super().__init__(source)
        self.commands: list[Command] = []
        self.loops = False

    # --- statements -----------------------------------------------------------------------------------------------

    def visit(self, node: tree.SyntaxNode, depth: int) -> None:
        if depth > DEEPEST or len(self.commands) > MOST_COMMANDS:
            self.doubts.append("the command is too deep or too long to be judged")
            return
        if node.type in tree.STRUCTURE:
            self.loops |= node.type == "do_group"
            self.check_gaps(node)
            self.inside(node, depth)
        elif node.type in VISITORS:
            VISITORS[node.type](self, node, depth)
        elif node.is_named and node.type not in QUIET:
            self.doubts.append(f"`{node.type.replace('_', ' ')}` is nothing that can be judged")

    def inside(self, node: tree.SyntaxNode, depth: int) -> None:
        for number, child in enumerate(node.children):
            field = node.field_name_for_child(number)
            if field == "variable":
                self.assigns(child)
            elif child.type in tree.LITERAL or child.type in tree.EXPANDING:
                self.word(child, depth + 1)
            elif child.is_named:
                self.visit(child, depth + 1)

    def command(self, node: tree.SyntaxNode, depth: int) -> None:
        self.check_gaps(node)
        words: list[Word] = []
        redirects: list[Redirect] = []
        assigned: list[str] = []
        for child in node.children:
            if child.type == "variable_assignment":
                assigned.append(self.assignment(child, depth + 1))
            elif child.type in tree.REDIRECTS:
                redirects += self.redirects(child, depth + 1)
            elif child.type == "command_name":
                words.append(self.word(child.children[0], depth + 1))
            else:
                words.append(self.word(child, depth + 1))
        self.add(words=words, redirects=redirects, assigned=assigned, text=self.text(node))

    def add(self, *, words: list[Word], redirects: list[Redirect], assigned: list[str], text: str) -> None:
        self.commands.append(
            Command(words=tuple(words), redirects=tuple(redirects), assigned=tuple(assigned), text=text)
        )

    def assigns(self, node: tree.SyntaxNode) -> None:
        self.add(words=[], redirects=[], assigned=[self.text(node)], text=self.text(node))

    def lone_assignment(self, node: tree.SyntaxNode, depth: int) -> None:
        self.add(words=[], redirects=[], assigned=[self.assignment(node, depth)], text=self.text(node))

    def assignment(self, node: tree.SyntaxNode, depth: int) -> str:
        if not tree.touching(node):
            self.doubts.append(tree.UNSURE)
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if value is not None:
            self.word(value, depth + 1)
        if name is None or name.type != "variable_name":
            self.doubts.append("an assignment to a part of a variable cannot be judged")
        return self.text(name) if name else ""

    def function(self, node: tree.SyntaxNode, depth: int) -> None:
        self.doubts.append("it defines a function, which may hide another command")
        body = node.child_by_field_name("body")
        if body is not None:
            self.visit(body, depth + 1)

    def test(self, node: tree.SyntaxNode, depth: int) -> None:
        """`[ … ]` and `[[ … ]]` run nothing but what is expanded in them, and arithmetic."""
        leaves = list(tree.leaves_of(node))
        marks = TEST_MARKS if self.text(node).startswith("[[") else TEST_MARKS - SHELL_MARKS
        gaps = pairwise(leaves)
        known = tree.LITERAL | tree.EXPANDING | marks
        if not all(child.type in known for child in leaves) or not all(
            tree.ONE_LINE.fullmatch(self.between(a.end_byte, b.start_byte)) for a, b in gaps
        ):
            self.doubts.append("the test is none that can be judged")
        computes = any(self.text(child) in ARITHMETIC for child in leaves)
        if computes and not all(NUMERIC.fullmatch(self.text(child)) for child in leaves):
            self.doubts.append("a test that computes can run commands that stand in variables")
        for child in leaves:
            if child.type in tree.LITERAL or child.type in tree.EXPANDING:
                self.word(child, depth + 1)

    # --- redirections ---------------------------------------------------------------------------------------------

    def redirects(self, node: tree.SyntaxNode, depth: int) -> Iterator[Redirect]:
        number = node.child_by_field_name("descriptor")
        if number is not None and not self.text(number).isdigit():
            self.doubts.append(tree.UNSURE)
        if node.type == "heredoc_redirect":
            self.heredoc(node, depth)
        elif node.type == "herestring_redirect":
            self.check_gaps(node)
            for child in node.children:
                if child.type in tree.LITERAL or child.type in tree.EXPANDING:
                    self.word(child, depth + 1)
        else:
            yield from self.file_redirect(node, depth)

    def file_redirect(self, node: tree.SyntaxNode, depth: int) -> Iterator[Redirect]:
        self.check_gaps(node)
        mark = next((child.type for child in node.children if not child.is_named), "")
        targets = node.children_by_field_name("destination")
        if len(targets) > 1:
            self.doubts.append("words behind a redirection cannot be judged")
        for target in targets:
            word = self.word(target, depth + 1)
            if word.text.startswith("!"):
                self.doubts.append("to zsh the redirection goes on behind the `!`")
            if mark in (">&", "<&", ">&-", "<&-") and re.fullmatch(r"\d+|-", word.text):
                continue
            writes = mark in WRITING or mark.startswith(">&")
            if not writes and mark != "<":
                self.doubts.append(f"the redirection `{mark}` cannot be judged")
            yield Redirect(target=word, writes=writes)

    def heredoc(self, node: tree.SyntaxNode, depth: int) -> None:
        self.check_marks(node)
        for child in node.children:
            if child.type in tree.REDIRECTS:
                self.add_redirects(child, depth + 1)
            elif child.type in tree.LITERAL or child.type in tree.EXPANDING:
                self.doubts.append("words behind a here-document cannot be judged")
                self.word(child, depth + 1)
            elif child.type == "heredoc_body":
                self.expansions(child, depth)
            elif child.is_named:
                self.visit(child, depth + 1)
        if self.heredoc_text(node) is None:
            self.doubts.append("the end of a here-document is not certain")

    def expansions(self, node: tree.SyntaxNode, depth: int) -> None:
        for inner in node.named_children:
            if inner.type in tree.EXPANDING:
                self.word(inner, depth + 1)

    def add_redirects(self, node: tree.SyntaxNode, depth: int) -> None:
        """Those of a group, of a loop, or of no command at all."""
        made = list(self.redirects(node, depth))
        if made:
            self.add(words=[], redirects=made, assigned=[], text=self.text(node))


VISITORS: Final = {
    "command": _Walk.command,
    "variable_assignment": _Walk.lone_assignment,
    "function_definition": _Walk.function,
    "test_command": _Walk.test,
    **dict.fromkeys(tree.REDIRECTS, _Walk.add_redirects),
}
