"""The words of a shell command without their quotes, and what is run inside of them.

Arithmetic and all but the plain expansions can run commands that stand in variables: doubts.
"""

import re
from typing import Final

from hubctl.permissions.shell_text import Known, Word
from hubctl.permissions.shell_tree import EXPANDING, REDIRECTS, UNSURE, SyntaxNode, Tree, touching

DEEPEST: Final = 40
SECRET_NAME: Final = re.compile(
    r"TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH|COOKIE|^HUBCTL_|^AWS_|^ANTHROPIC_", re.I
)
BARE: Final = re.compile(r"""(?:[^ \t\n;&|()<>"'`\\]|\\.)+""", re.S)
"""A word without quotes, as the shell cuts it."""
PLAIN_EXPANSION: Final = re.compile(r"\$\{#?[A-Za-z_][A-Za-z0-9_]*\}")
SIMPLE_EXPANSION: Final = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")


class Words(Tree):
    """Reads words; what they run is handed to `visit` and `add_redirects`."""

    def visit(self, node: SyntaxNode, depth: int) -> None:
        raise NotImplementedError

    def add_redirects(self, node: SyntaxNode, depth: int) -> None:
        raise NotImplementedError

    def word(self, node: SyntaxNode, depth: int) -> Word:
        if depth > DEEPEST:
            self.doubts.append("the command is too deep or too long to be judged")
        elif node.type in EXPANDING:
            return READERS[node.type](self, node, depth)
        elif node.type == "concatenation":
            return self.joined(node, depth)
        elif node.type == "string":
            return self.quoted(node, depth)
        elif node.type == "raw_string":
            return Word(text=self.text(node)[1:-1])
        elif node.type in ("word", "number"):
            self.doubts += [] if BARE.fullmatch(self.text(node)) else [UNSURE]
            return _bare(self.text(node))
        else:
            self.doubts.append(f"`{node.type.replace('_', ' ')}` is nothing that can be judged")
        return Word(text=self.text(node), known=Known.UNKNOWN)

    def joined(self, node: SyntaxNode, depth: int) -> Word:
        parts = [self.word(child, depth + 1) for child in node.children]
        if not touching(node):
            self.doubts.append(UNSURE)
        if any(part.known is Known.UNKNOWN for part in parts) or self.has_braces(node):
            return Word(text=self.text(node), known=Known.UNKNOWN)
        known = Known.GLOB if any(part.known is Known.GLOB for part in parts) else Known.LITERAL
        return Word(text="".join(part.text for part in parts), known=known)

    def has_braces(self, node: SyntaxNode) -> bool:
        bare = (self.text(child) for child in node.children if child.type in ("word", "brace_expression"))
        return any(re.search(r"(?<!\\)[{}]", text) for text in bare)

    def quoted(self, node: SyntaxNode, depth: int) -> Word:
        inner = [child for child in node.named_children if child.type in EXPANDING]
        made = [self.word(child, depth + 1) for child in inner]
        if self.is_alive(node):
            self.doubts.append(UNSURE)
        text = self.text(node)[1:-1]
        if not inner:
            return Word(text=re.sub(r"\\([\"\\$`])|\\\n", lambda found: found[1] or "", text))
        if len(inner) == 1 and made[0].is_literal and self.text(inner[0]) == text:
            return made[0]
        return Word(text=text, known=Known.UNKNOWN)

    def substitution(self, node: SyntaxNode, depth: int) -> Word:
        self.check_gaps(node)
        if self.text(node).startswith("`") and "\\" in self.text(node):
            self.doubts.append("escapes inside backticks cannot be judged")
        folded = self.document(node)
        if folded is not None:
            return Word(text=folded)
        for child in node.named_children:
            if child.type in REDIRECTS:
                self.add_redirects(child, depth + 1)
            else:
                self.visit(child, depth + 1)
        return Word(text=self.text(node), known=Known.UNKNOWN)

    def document(self, node: SyntaxNode) -> str | None:
        """The text of `$(cat <<'EOF' …)`: how a worker writes a long message. None where it is anything else."""
        (inner, *more) = node.named_children or [node]
        if more or inner.type != "redirected_statement" or len(inner.named_children) != 2:
            return None
        body, redirect = inner.named_children
        dead = not any(
            child.type in EXPANDING for part in redirect.named_children for child in part.named_children
        )
        plain = {child.type for child in redirect.named_children} <= {
            "heredoc_start",
            "heredoc_body",
            "heredoc_end",
        }
        if self.text(body) != "cat" or redirect.type != "heredoc_redirect" or not dead or not plain:
            return None
        text = self.heredoc_text(redirect)
        return None if text is None else text.rstrip("\n")

    def variable(self, node: SyntaxNode, _depth: int) -> Word:
        text = self.text(node)
        if node.type == "simple_expansion" and not SIMPLE_EXPANSION.fullmatch(text):
            self.doubts.append(UNSURE)
        if node.type == "expansion" and not PLAIN_EXPANSION.fullmatch(text):
            self.doubts.append("an expansion with an operator can run commands")
        if SECRET_NAME.search(text.strip("${}#")):
            self.doubts.append(f"`{text[:60]}` may hold a secret")
        return Word(text=text, known=Known.UNKNOWN)

    def arithmetic(self, node: SyntaxNode, _depth: int) -> Word:
        if not re.fullmatch(r"\$\(\([0-9 +*/%()-]*\)\)", self.text(node)):
            self.doubts.append("arithmetic can run commands that stand in variables")
        return Word(text=self.text(node), known=Known.UNKNOWN)

    def opaque(self, node: SyntaxNode, _depth: int) -> Word:
        return Word(text=self.text(node), known=Known.UNKNOWN)

    def array(self, node: SyntaxNode, depth: int) -> Word:
        for child in node.named_children:
            self.word(child, depth + 1)
        return self.opaque(node, depth)


def _bare(text: str) -> Word:
    """A word without quotes."""
    whole = text.replace("\\\n", "")
    bare = re.sub(r"\\.", "", whole)
    if re.search(r"[$`{}]|^~[^/]", bare) or bare.endswith("\\"):
        return Word(text=text, known=Known.UNKNOWN)
    known = Known.GLOB if re.search(r"[*?\[]", bare) else Known.LITERAL
    return Word(text=re.sub(r"\\(.)", r"\1", whole), known=known)


READERS: Final = {
    "command_substitution": Words.substitution,
    "process_substitution": Words.substitution,
    "simple_expansion": Words.variable,
    "expansion": Words.variable,
    "arithmetic_expansion": Words.arithmetic,
    "ansi_c_string": Words.opaque,
    "brace_expression": Words.opaque,
    "array": Words.array,
}
"""One for each of `EXPANDING`."""
