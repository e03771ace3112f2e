"""Vaults by name, as `hubctl.yaml` says them: a way out of cells to one address, with a login that stays outside."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit

from hubctl.core.documents.fields import SCRIPT, Fields
from hubctl.core.vocabulary.text import shown
from hubctl.core.vocabulary.values import Struct

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,29}")
HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
REPOSITORY: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")
LOOPBACK: Final = ("127.0.0.1", "localhost")
"""The only hosts to which a login may go without TLS."""
KEYS: Final = ("url", "git", "header", "before", "user", "secret")
USER: Final = "x-access-token"
"""What GitHub takes as the name beside a token."""


class SecretPlace(StrEnum):
    """Where a login is read, outside, for each request."""

    ENV = "env"
    """a variable of the hub's environment"""
    COMMAND = "command"
    """a command for `sh` that prints it"""
    KEYRING = "keyring"
    """`SERVICE/USER`, as the program `keyring` gets it from the desktop's keyring"""


class NamedVault(Struct, frozen=True, kw_only=True):
    """`url` is where it leads; `git`: it is one repository, for reading. `at` is where the login is: a name, or a command.

    `before` is a word before the login in `header`; with `user` both are sent as Basic.
    """

    url: str
    git: bool = False
    header: str = "Authorization"
    before: str = ""
    user: str = ""
    place: SecretPlace
    at: str


def read_vaults(top: Fields) -> Mapping[str, NamedVault]:
    """All that stand under `vaults`, those that are wrong noted."""
    node = top.node("vaults")
    names = tuple(node.value) if node is not None and isinstance(node.value, dict) else ()
    fields, made = top.below("vaults", names), {}
    for name in names:
        if not NAME.fullmatch(name):
            cure = "write small letters, digits and `-`, a letter first"
            top.note("vaults", f"{shown(name)} is no name of a vault: {cure}", item=name)
        vault = _vault(fields.below(name, KEYS))
        if vault:
            made[name] = vault
    return made


def _vault(fields: Fields) -> NamedVault | None:
    key = "git" if fields.node("git") is not None else "url"
    url = _address(fields, key)
    if key == "git" and fields.node("url") is not None:
        fields.note("url", f"{fields.name('url')} stands beside `git`: write one of them")
    header = fields.text("header") or "Authorization"
    if not HEADER.fullmatch(header):
        fields.note("header", f"{fields.name('header')} cannot be {shown(header)}: write a header's name")
    said = _secret(fields.below("secret", tuple(SecretPlace)), fields)
    user = fields.text("user") or (USER if key == "git" else "")
    if said is None or not url:
        return None
    before = fields.text("before") or ""
    return NamedVault(
        url=url, git=key == "git", header=header, before=before, user=user, place=said[0], at=said[1]
    )


def _address(fields: Fields, key: str) -> str:
    text = fields.text(key) or ""
    parts = _split(text)
    if parts is None:
        cure = "write `https://HOST/PATH`, without name and password"
        fields.note(key, f"{fields.name(key)} cannot be {shown(text)}: {cure}")
    elif key == "git" and not REPOSITORY.fullmatch(parts.path):
        fields.note(key, f"{fields.name(key)} names no repository: write `https://HOST/OWNER/NAME.git`")
    else:
        return text.rstrip("/")
    return ""


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        plain = parts.scheme == "http" and parts.hostname in LOOPBACK
        good = parts.username is None and bool(parts.hostname) and not (parts.query or parts.fragment)
        return parts if good and parts.port != 0 and (plain or parts.scheme == "https") else None
    except ValueError:
        return None


def _secret(fields: Fields, vault: Fields) -> tuple[SecretPlace, str] | None:
    given = [
        (place, fields.text(place, refused=SCRIPT) or "") for place in SecretPlace if place in fields.given
    ]
    if len(given) != 1 or not given[0][1]:
        cure = "write `{env: NAME}`, `{command: ...}` or `{keyring: SERVICE/USER}`"
        vault.note("secret", f"{vault.name('secret')} says of no one place where the login is: {cure}")
        return None
    place, at = given[0]
    if place is SecretPlace.KEYRING and not all(at.partition("/")):
        fields.note(place, f"{fields.name(place)} cannot be {shown(at)}: write `SERVICE/USER`")
    return place, at
