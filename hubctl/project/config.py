"""Reads what the project says in `hubctl.yaml`, the policy and the roles: as it stands there, or as it was trusted."""

from collections.abc import Mapping
from pathlib import Path

from hubctl.core.documents.config import Config, parse_config
from hubctl.core.documents.policy import SHIPPED_POLICY, Policy, PolicyPatch, merge
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.core.documents.roles import Role, parse_role
from hubctl.errors import HubError
from hubctl.project import shipped as data
from hubctl.project import trust
from hubctl.project.place import Place

CONFIG_FILE = "hubctl.yaml"
POLICY_FILE = "POLICY.md"
ROLES_FOLDER = Path(".hubctl") / "roles"
LARGEST_FILE = 1024 * 1024
Files = Mapping[str, bytes]
"""Contents by their path in the repository."""


def read_text(path: Path) -> str:
    """A file that people write, whole. Raises HubError: unreadable, too large, not UTF-8."""
    return text_of_file(_read(path), name=str(path))


def _read(path: Path) -> bytes:
    """At most one byte more than a file may have."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise HubError(
            f"`{path}` cannot be read: {error.strerror}.", "Check the name and its rights."
        ) from error


def text_of_file(content: bytes, *, name: str) -> str:
    """The same of what was read already, at most one byte more than a file may have; lines end with a line feed."""
    if len(content) > LARGEST_FILE:
        raise HubError(f"`{name}` is larger than 1 MB.", "Make it smaller.")
    try:
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise HubError(f"`{name}` is no UTF-8 text (byte {error.start}).", "Save it as UTF-8.") from error


def load_config(checkout: Path) -> Config:
    """`hubctl.yaml`, or what holds where there is none."""
    return config_of(_standing(checkout, CONFIG_FILE))


def config_of(files: Files) -> Config:
    return parse_config(_text(files, CONFIG_FILE), file=CONFIG_FILE) if CONFIG_FILE in files else Config()


def held_config(place: Place) -> Config:
    """`hubctl.yaml` as it was trusted."""
    return config_of(trust.held(place))


def policy_patches(checkout: Path) -> tuple[PolicyPatch, ...]:
    """The shipped default, then the repository's own."""
    return patches_of(_standing(checkout, POLICY_FILE))


def patches_of(files: Files) -> tuple[PolicyPatch, ...]:
    shipped = data.policies() / POLICY_FILE
    patches = [parse_policy_text(read_text(shipped), file=SHIPPED_POLICY)]
    if POLICY_FILE in files:
        patches.append(parse_policy_text(_text(files, POLICY_FILE), file=POLICY_FILE))
    return tuple(patches)


def load_policy(checkout: Path) -> Policy:
    return merge(policy_patches(checkout))


def load_roles(checkout: Path) -> dict[str, Role]:
    """All roles by name: the shipped ones, and the repository's own over them."""
    names = sorted(path.name for path in (checkout / ROLES_FOLDER).glob("*.md"))
    return roles_of(_standing(checkout, *((ROLES_FOLDER / name).as_posix() for name in names)))


def roles_of(files: Files) -> dict[str, Role]:
    shipped = sorted((data.templates() / "roles").glob("*.md"))
    texts = {path.stem: (str(path), read_text(path)) for path in shipped}
    for name in sorted(files):
        path = Path(name)
        if path.parent == ROLES_FOLDER and path.suffix == ".md":
            texts[path.stem] = (name, _text(files, name))
    return {name: parse_role(text, name=name, file=file) for name, (file, text) in texts.items()}


def _standing(checkout: Path, *names: str) -> dict[str, bytes]:
    """Those of the files that there are, as they are now."""
    return {name: _read(checkout / name) for name in names if (checkout / name).exists()}


def _text(files: Files, name: str) -> str:
    return text_of_file(files[name], name=name)
