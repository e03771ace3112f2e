"""What an issue of a board says about its own work: a front matter that people write, read by the project's terms.

Rule (docs/design.md#trust): an issue starts no command that the project does not have: `validate` is the name of one.
The front matter counts only where the hub or a person with write access wrote the issue; of others nothing is read.

    ---
    role: reviewer
    after: [3, 4]
    validate: tests
    ---
"""

import hashlib
import re
from typing import Final

from hubctl.core.documents.yaml import Node, parse_yaml
from hubctl.core.vocabulary.board import Terms
from hubctl.core.vocabulary.text import shown
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
KEYS: Final = ("role", "after", "validate")
UNSAFE: Final = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
"""What a terminal would obey, or no file can hold."""


class Order(Struct, frozen=True, kw_only=True):
    """What an issue says of its work. Empty `role`: its label decides. `after` holds numbers of issues."""

    body: str
    role: str = ""
    after: tuple[int, ...] = ()
    validate: str | None = None


def digest_of(title: str, body: str) -> str:
    """The same for the same text; line ends and blanks around it do not count."""
    text = f"{title.strip()}\n{plain_body(body)}"
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def plain_body(body: str) -> str:
    """As it may stand in a prompt and in the log."""
    return UNSAFE.sub("\N{REPLACEMENT CHARACTER}", body.replace("\r\n", "\n").replace("\r", "\n")).strip()


def plain_title(title: str) -> str:
    return " ".join(plain_body(title).split())


def read_order(body: str, terms: Terms, *, counts: bool) -> Order:
    """What the issue says; its whole text where its author does not count. Raises HubError that names what is wrong."""
    text = plain_body(body)
    front = FRONT.match(text)
    if front is None:
        return Order(body=text)
    rest = text[front.end() :].strip()
    if not counts:
        return Order(body=rest)
    node = parse_yaml(front[1] or "", file="the issue", first_line=2)
    if node.value is not None and not isinstance(node.value, dict):
        raise HubError("the lines between `---` are no `key: value`")
    said = dict(node.items())
    unknown = [key for key in said if key not in KEYS]
    if unknown:
        raise HubError(f"{shown(unknown[0])} is no key of an issue; known: {', '.join(KEYS)}")
    return Order(
        body=rest,
        role=_role(said.get("role"), terms),
        after=_after(said.get("after")),
        validate=_command(said.get("validate"), terms),
    )


def _role(node: Node | None, terms: Terms) -> str:
    if node is None or node.value is None:
        return ""
    if node.value not in terms.roles:
        raise HubError(f"{shown(str(node.value))} is no role; known: {', '.join(sorted(terms.roles))}")
    return str(node.value)


def _after(node: Node | None) -> tuple[int, ...]:
    if node is None or node.value is None:
        return ()
    items = [item.value for item in node.value] if isinstance(node.value, tuple) else [node.value]
    numbers = [str(item).removeprefix("#") for item in items]
    if not all(number.isdecimal() for number in numbers):
        raise HubError("`after` holds something else than numbers of issues: write `after: [3, 4]`")
    return tuple(int(number) for number in numbers)


def _command(node: Node | None, terms: Terms) -> str | None:
    if node is None or node.value is None:
        return None
    said = str(node.value)
    if said in terms.commands:
        return terms.commands[said]
    if said in terms.commands.values():
        return said
    known = ", ".join(sorted(terms.commands)) or "none"
    raise HubError(f"`validate` names no command of `hubctl.yaml`: {shown(said)}; known: {known}")
