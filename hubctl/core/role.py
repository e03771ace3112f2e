"""A role: what a worker is told, what it may do, and where it works."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class PermissionMode(StrEnum):
    """The worker CLI's own words (2.1.329 lists `manual` for `default` and takes both)."""

    DEFAULT = "default"
    ACCEPT_EDITS = "acceptEdits"
    PLAN = "plan"
    DONT_ASK = "dontAsk"
    """whatever would ask is denied"""
    AUTO = "auto"
    BYPASS = "bypassPermissions"


class WorkspaceKind(StrEnum):
    WORKTREE = "worktree"
    DIRECTORY = "directory"
    """a repository of its own, in which the hub makes no branch"""
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """`path` is as written, relative to the repository, and None for all kinds but `directory`."""

    kind: WorkspaceKind = WorkspaceKind.WORKTREE
    path: str | None = None


class Lifetime(StrEnum):
    THREAD = "thread"
    STANDING = "standing"
    """one named worker takes its issues one after the other in one session"""


class Commits(StrEnum):
    """Whether a claim of done needs a commit of the worker."""

    REQUIRED = "required"
    NONE = "none"


UNASKED: Final = {
    PermissionMode.AUTO: "`permission_mode: auto` runs commands that nobody was asked about; `acceptEdits` asks.",
    PermissionMode.BYPASS: "`permission_mode: bypassPermissions` asks about nothing, and the worker CLI refuses to start"
    " with it as root; `acceptEdits` asks.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`allow`, `ask` and `deny` hold rules in the worker CLI's syntax; deny wins.

    `link` and `mcp` are paths inside the repository. `version` is the first 12 hex digits of the file's SHA-256: a
    thread is pinned to the version it started with.
    """

    name: str
    description: str
    model: str | None = None
    """None: the model that `hubctl.yaml` names for the role, else the hub's default."""
    permission_mode: PermissionMode = PermissionMode.DEFAULT
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    mcp: str | None = None
    workspace: Workspace = Workspace()
    lifetime: Lifetime = Lifetime.THREAD
    validate: str | None = None
    commits: Commits = Commits.REQUIRED
    stop_hook: bool = False
    """a turn that would end without done, ask or handoff is sent back once, before a nudge is due"""
    prompt: str
    version: str

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed and unwise, for `policy check` and `doctor`; a sentence each."""
        return tuple(_warnings(self))


def _warnings(role: Role) -> Iterator[str]:
    if role.permission_mode in UNASKED:
        yield UNASKED[role.permission_mode]
    for rule in role.allow:
        # measured on 2.1.197 and 2.1.329: neither of them lets a worker write a file
        if rule == "Edit" or rule.startswith("Write("):
            yield f"`allow: {rule}` does not allow to write files; `Edit(/**)` does."
