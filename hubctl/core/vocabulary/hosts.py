"""A host that a door may lead to, as people write it: `host`, `*.host`, `host:port`, and `private` behind it.

`*.host` means every name below, never the name itself. Without a port it is 443. `private` says that the name may lead
to an address that is not public: a company's mirror, or this machine.
"""

import re
from typing import Final

from hubctl.core.vocabulary.values import Struct

HTTPS: Final = 443
_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
)
_WRITTEN = re.compile(r"(?P<wild>\*\.)?(?P<name>[^\s:*]+)(:(?P<port>\d{1,5}))?( +(?P<private>private))?")


class Host(Struct, frozen=True, kw_only=True):
    """`name` is in lower case; `wild` where it stands for all names below."""

    name: str
    wild: bool = False
    port: int = HTTPS
    private: bool = False

    def __str__(self) -> str:
        port = "" if self.port == HTTPS else f":{self.port}"
        return f"{'*.' if self.wild else ''}{self.name}{port}{' private' if self.private else ''}"

    def covers(self, name: str, port: int) -> bool:
        """Whether this line lets through to that name, which is as `plain_name` gives it."""
        fits = name.endswith(f".{self.name}") if self.wild else name == self.name
        return fits and port == self.port


def parse_host(text: str) -> Host | None:
    """None where the text is no host with an optional port."""
    found = _WRITTEN.fullmatch(text.strip())
    name = plain_name(found["name"]) if found else ""
    port = int(found["port"] or HTTPS) if found else 0
    if not found or not name or not 0 < port < 65536:
        return None
    return Host(name=name, wild=bool(found["wild"]), port=port, private=bool(found["private"]))


def target_of(text: str) -> Host | None:
    """`NAME:PORT`, as a program asks a proxy for it; None where no such host can be."""
    name, _, port = text.rpartition(":")
    host = plain_name(name)
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        return None
    return Host(name=host, port=int(port))


def is_address(name: str) -> bool:
    """Whether the name is an address: `2130706433` and `0x7f.1`, too, and no name of the world is like them."""
    last = name.rpartition(".")[2]
    return last.isdecimal() or last.startswith("0x")


def plain_name(text: str) -> str:
    """The name in lower case without the root's dot; empty where it is no name of a host."""
    name = text.lower().removesuffix(".")
    return name if _NAME.fullmatch(name) else ""
