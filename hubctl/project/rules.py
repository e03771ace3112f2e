"""The rules as a person trusted them, whatever stands in the checkout now; and as the hub kept them, for verbs that show them.

What is kept is a cache, never the truth: it says from which files, by their hashes, and by which code it was read. What is
torn, or of anything else, is not used, and the hub, which acts by the rules, always reads the files.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from hubctl.core.documents.policy import Lane, Rules, merge
from hubctl.core.documents.roles import Lifetime, Role, WorkspaceKind
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.git.directories import locate
from hubctl.project import trust
from hubctl.project.place import Place, write_whole
from hubctl.project.shipped import code_mark


class _Kept(Struct, frozen=True, kw_only=True):
    """`source` is all that decided what was read."""

    source: str
    rules: Rules


def kept_rules(place: Place, hashed: Mapping[str, str] | None = None) -> Rules:
    """`load_rules` for verbs that are called all day and order nothing: as they were kept, or read where nothing fits."""
    hashed = trust.trusted(place) if hashed is None else hashed
    with suppress(OSError, ValueError, RecursionError):
        kept = msgspec.msgpack.decode(place.rules.read_bytes(), type=_Kept)
        if kept.source == _source(place, hashed):
            return kept.rules
    return load_rules(place, hashed)


def keep_rules(place: Place, hashed: Mapping[str, str], rules: Rules) -> None:
    """By the hub alone. Not where a role works in a directory: where its links lead is seen anew each time."""
    if all(role.workspace.kind is not WorkspaceKind.DIRECTORY for role in rules.roles.values()):
        kept = _Kept(source=_source(place, hashed), rules=rules)
        with suppress(OSError, ValueError):  # a path may hold what is no UTF-8
            write_whole(place.rules, msgspec.msgpack.encode(kept))


def _source(place: Place, hashed: Mapping[str, str]) -> str:
    files = sorted(f"{name} {value}" for name, value in hashed.items() if trust.is_read_by_hub(name))
    return "\n".join((code_mark(), str(place.state), str(place.checkout), str(Path.home()), *files))


def load_rules(place: Place, hashed: Mapping[str, str] | None = None) -> Rules:
    """Policy and roles as they were trusted; or those of `hashed`, a SHA-256 a file.

    Raises HubError that names file and line.
    """
    from hubctl.project.config import config_of, patches_of, roles_of  # on use: what was kept needs no reader

    hashed = trust.trusted(place) if hashed is None else hashed
    files = trust.held(place, hashed)
    policy = merge(patches_of(files))
    config = config_of(files)
    most = config.worker.max
    if most is not None:
        policy = replace(policy, limits=replace(policy.limits, workers=min(most, policy.limits.workers)))
    roles = _served(place, roles_of(files), hashed)
    home = config.worker.env.get("HOME") or str(Path.home())
    proofs = tuple(config.validate.values())
    policy = replace(policy, roles=roles, home=home, proofs=proofs, lanes=lanes_of(roles, place.checkout))
    return Rules(policy=policy, roles=roles)


def lanes_of(roles: Mapping[str, Role], checkout: Path) -> dict[str, Lane]:
    """The roles whose threads run one after the other: by directory, else by the standing worker itself."""
    lanes = {}
    for name, role in roles.items():
        directory, standing = locate(checkout, role), role.lifetime is Lifetime.STANDING
        if directory or standing:
            lanes[name] = Lane(key=str(directory or name), standing=standing)
    return lanes


def _served(place: Place, roles: Mapping[str, Role], hashed: Mapping[str, str]) -> dict[str, Role]:
    """The servers that a role names are those that were trusted with it."""
    return {
        name: replace(role, mcp=str(place.accepted / hashed[role.mcp]))
        if role.mcp and role.mcp in hashed
        else role
        for name, role in roles.items()
    }
