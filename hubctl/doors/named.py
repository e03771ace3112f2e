"""Named vaults as the doors know them, and what a cell's environment says of them."""

import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from hubctl.core.documents.vaults import NamedVault, SecretPlace
from hubctl.doors.rules import Secret, Source, Vault, ports_of

SUFFIX = ".git"
READS = ("GET {}/info/refs?service=git-upload-pack", "POST {}/git-upload-pack")
"""All that git asks for when it only reads."""


def vaults_of(named: Mapping[str, NamedVault]) -> dict[str, Vault]:
    """By name."""
    return {name: _vault(one) for name, one in named.items()}


def _vault(named: NamedVault) -> Vault:
    source, name = _source(named)
    before = f"{named.before} " if named.before else ""
    secret = Secret(header=named.header, source=source, name=name, before=before, user=named.user)
    if not named.git:
        return Vault(upstream=named.url, secrets=(secret,), paths=("/",))
    parts = urlsplit(named.url)
    plain = parts.path.removesuffix(SUFFIX)
    asked = tuple(each.format(path) for path in (plain, plain + SUFFIX) for each in READS)
    return Vault(upstream=f"{parts.scheme}://{parts.netloc}", secrets=(secret,), requests=asked)


def _source(named: NamedVault) -> tuple[Source, str]:
    """A keyring is asked by its own program, which everybody has who has one."""
    if named.place is SecretPlace.ENV:
        return Source.ENVIRONMENT, named.at
    service, _, user = named.at.partition("/")
    keyring = named.place is SecretPlace.KEYRING
    return Source.COMMAND, shlex.join(["keyring", "get", service, user]) if keyring else named.at


def vault_environment(named: Mapping[str, NamedVault]) -> dict[str, str]:
    """`HUBCTL_VAULT_NAME`, and for repositories what leads git there, however their addresses are written."""
    found, pairs = dict[str, str](), list[tuple[str, str]]()
    for name, port in ports_of(named).items():
        here, one = f"http://127.0.0.1:{port}", named[name]
        if not one.git:
            found[f"HUBCTL_VAULT_{name.upper().replace('-', '_')}"] = here
            continue
        parts = urlsplit(one.url)
        path, host = parts.path.removesuffix(SUFFIX), parts.hostname or ""
        written = (
            f"{parts.scheme}://{parts.netloc}{path}",
            f"git@{host}:{path[1:]}",
            f"ssh://git@{host}{path}",
        )
        pairs += [(f"url.{here}{path}.insteadOf", address) for address in written]
    for number, (key, value) in enumerate(pairs):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**found, "GIT_CONFIG_COUNT": str(len(pairs))} if pairs else found
