"""What an issue of a board says about its own work: a front matter that people write, read by the project's terms.

Rule (docs/design.md#trust): an issue starts no command that the project does not have: `validate` is the name of one.
The front matter counts only where the hub or a person with write access wrote the issue; of others nothing is read.

    ---
    role: reviewer
    after: [3, 4]
    validate: tests
    ---
"""

import re
from typing import Final

from hubctl.core.documents.fields import PROSE, SCRIPT, Fields, Problems
from hubctl.core.documents.yaml import parse_yaml
from hubctl.core.vocabulary.board import Terms
from hubctl.core.vocabulary.text import fingerprint, right_words, shown
from hubctl.core.vocabulary.values import Struct

FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
KEYS: Final = ("role", "after", "validate")


class IssueWork(Struct, frozen=True, kw_only=True):
    """What an issue says of its work. Empty `role`: its label decides. `after` holds numbers of issues."""

    body: str
    role: str = ""
    after: tuple[int, ...] = ()
    validate: str | None = None


def digest_of(title: str, body: str) -> str:
    """The same for the same text; line ends and blanks around it do not count."""
    return fingerprint(f"{title.strip()}\n{plain_body(body)}")


def plain_body(body: str) -> str:
    """As it may stand in a prompt and in the log."""
    return PROSE.sub("\N{REPLACEMENT CHARACTER}", body.replace("\r\n", "\n").replace("\r", "\n")).strip()


def plain_title(title: str) -> str:
    return " ".join(plain_body(title).split())


def read_order(body: str, terms: Terms, *, counts: bool) -> IssueWork:
    """What the issue says; its whole text where its author does not count. Raises HubError that names what is wrong."""
    text = plain_body(body)
    front = FRONT.match(text)
    if front is None:
        return IssueWork(body=text)
    rest = text[front.end() :].strip()
    if not counts:
        return IssueWork(body=rest)
    problems = Problems("the issue")
    node = parse_yaml(front[1] or "", file=problems.file, first_line=2)
    fields = Fields(node, problems, what="an issue", known=KEYS)
    order = IssueWork(
        body=rest, role=_role(fields, terms), after=_after(fields), validate=_command(fields, terms)
    )
    problems.settle()
    return order


def _role(fields: Fields, terms: Terms) -> str:
    said = fields.text("role") or ""
    if said and said not in terms.roles:
        fields.note("role", f"{shown(said)} is no role: {right_words(said, terms.roles)}")
    return said


def _after(fields: Fields) -> tuple[int, ...]:
    node = fields.node("after")
    if node is None:
        return ()
    items = [item.value for item in node.value] if isinstance(node.value, tuple) else [node.value]
    numbers = [str(item).removeprefix("#") for item in items]
    if all(number.isdecimal() for number in numbers):
        return tuple(int(number) for number in numbers)
    fields.misfit("after", "write numbers of issues, `after: [3, 4]`")
    return ()


def _command(fields: Fields, terms: Terms) -> str | None:
    said = fields.text("validate", refused=SCRIPT)
    if said is None or said in terms.commands.values():
        return said
    if said not in terms.commands:
        words = right_words(said, terms.commands)
        fields.note("validate", f"{shown(said)} names no command of `hubctl.yaml`: {words}")
    return terms.commands.get(said)
