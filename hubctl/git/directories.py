"""Directories that roles name: other repositories, in which one worker at a time works and the hub makes no branch."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hubctl.core.documents.roles import Role, WorkspaceKind
from hubctl.errors import HubError

if TYPE_CHECKING:  # where a directory lies is asked without git
    from hubctl.git.location import Repository


def locate(checkout: Path, role: Role) -> Path | None:
    """The role's directory, absolute and with links resolved, or None; it need not exist. `~` is the hub's own HOME."""
    if role.workspace.kind is not WorkspaceKind.DIRECTORY or not role.workspace.path:
        return None
    path = Path(role.workspace.path)
    with suppress(RuntimeError):  # a user whom nobody knows: the path will not exist
        path = path.expanduser()
    return Path(os.path.realpath(checkout / path))


def located(checkout: Path, roles: Iterable[Role]) -> tuple[Path, ...]:
    """All directories of these roles, each once."""
    found = (locate(checkout, role) for role in roles)
    return tuple(dict.fromkeys(path for path in found if path))


def present(checkout: Path, roles: Iterable[Role]) -> tuple[Path, ...]:
    """Those of them that exist: the others keep only their own threads from starting."""
    return tuple(path for path in located(checkout, roles) if path.is_dir())


def open_directory(own: "Repository", path: Path, *, role: str) -> "Repository":
    """The repository in the directory. Raises HubError where it is missing, none, a part of one, or the hub's own."""
    from hubctl.git.program import ask, git
    from hubctl.git.repository import checkout_of, find_repository

    mend = f"Correct `workspace` in the role `{role}`, then `hubctl trust`."
    if not path.is_dir():
        raise HubError(f"The role `{role}` works in `{path}`, which does not exist.", f"Make it. {mend}")
    common = find_repository(path).common
    if common == own.common:
        raise HubError(
            f"The role `{role}` works in `{path}`, which belongs to the hub's own repository.",
            f"Leave `workspace` out: its workers get worktrees. {mend}",
        )
    top = Path(git(path, "rev-parse", "--path-format=absolute", "--show-toplevel").line).resolve()
    if top != path:
        raise HubError(
            f"The role `{role}` works in `{path}`, which is a part of `{top}`.", f"Name all of it. {mend}"
        )
    if ask(path, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").code:
        raise HubError(f"`{path}` has no commit yet.", "Make a first one.")
    return checkout_of(own, path)
