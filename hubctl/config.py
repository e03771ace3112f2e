"""Reads what the project says from its main checkout: `hubctl.yaml`, the policy, the roles."""

from pathlib import Path

from hubctl import data
from hubctl.core.config import Config
from hubctl.core.config_text import parse_config
from hubctl.core.policy import Policy, PolicyPatch, merge
from hubctl.core.policy_text import parse_policy_text
from hubctl.core.role import Role
from hubctl.core.role_text import parse_role
from hubctl.errors import HubError

CONFIG_FILE = "hubctl.yaml"
POLICY_FILE = "POLICY.md"
ROLES_FOLDER = Path(".hubctl") / "roles"
LARGEST_FILE = 1024 * 1024


def read_text(path: Path) -> str:
    """A file that people write, whole. Raises HubError: unreadable, too large, not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise HubError(
            f"`{path}` cannot be read: {error.strerror}.", "Check the name and its rights."
        ) from error
    return text_of_file(content, name=str(path))


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
    path = checkout / CONFIG_FILE
    return parse_config(read_text(path), file=CONFIG_FILE) if path.exists() else Config()


def policy_patches(checkout: Path) -> tuple[PolicyPatch, ...]:
    """The shipped default, then the repository's own."""
    shipped = data.policies() / POLICY_FILE
    patches = [parse_policy_text(read_text(shipped), file=f"{POLICY_FILE} (shipped)")]
    own = checkout / POLICY_FILE
    if own.exists():
        patches.append(parse_policy_text(read_text(own), file=POLICY_FILE))
    return tuple(patches)


def load_policy(checkout: Path) -> Policy:
    return merge(policy_patches(checkout))


def load_roles(checkout: Path) -> dict[str, Role]:
    """All roles by name: the shipped ones, and the repository's own over them."""
    files = {path.stem: path for path in sorted((data.templates() / "roles").glob("*.md"))}
    files |= {path.stem: path for path in sorted((checkout / ROLES_FOLDER).glob("*.md"))}
    return {name: parse_role(read_text(path), name=name, file=str(path)) for name, path in files.items()}
