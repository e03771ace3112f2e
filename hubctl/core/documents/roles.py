"""A role: what a worker is told, what it may do, and where it works."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from hubctl.core.documents.fields import PROSE, SCRIPT, Fields, Problems
from hubctl.core.documents.yaml import parse_yaml
from hubctl.core.vocabulary.hosts import Host
from hubctl.core.vocabulary.text import fingerprint, shown
from hubctl.core.vocabulary.values import Struct, field
from hubctl.errors import HubError


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


class WorkspaceChoice(Struct, frozen=True, kw_only=True):
    """`path` is as written, relative to the repository, and None for all kinds but `directory`."""

    kind: WorkspaceKind = WorkspaceKind.WORKTREE
    path: str | None = None


class Loosened(Struct, frozen=True, kw_only=True):
    """What the cell of this role's workers has besides: hosts, secrets by their names in the folder, paths that it may write.

    `rw` is absolute, or begins with `~/`.
    """

    hosts: tuple[Host, ...] = ()
    show: tuple[str, ...] = ()
    rw: tuple[str, ...] = ()


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


class Role(Struct, frozen=True, kw_only=True):
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
    workspace: WorkspaceChoice = WorkspaceChoice()
    lifetime: Lifetime = Lifetime.THREAD
    validate: str | None = None
    commits: Commits = Commits.REQUIRED
    stop_hook: bool = False
    """a turn that would end without done, ask or handoff is sent back once, before a nudge is due"""
    cell: Loosened = Loosened()
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
        # neither of them lets a worker write a file (docs/facts/claude-code.md#permission-rules)
        if rule == "Edit" or rule.startswith("Write("):
            yield f"`allow: {rule}` does not allow to write files; `Edit(/**)` does."


KEYS: Final = (
    *("description", "model", "permission_mode", "allow", "ask", "deny", "setup", "link", "env", "mcp"),
    *("workspace", "lifetime", "validate", "commits", "stop_hook", "cell"),
)

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
FENCE = "---"
VERSION_DIGITS = 12
OWN_FOLDERS = (".git", ".hubctl")
"""Linked into a worktree they would break it, or contain themselves."""


def parse_role(text: str, *, name: str, file: str) -> Role:
    """Reads the role `name`. Raises HubError with every problem of the file, one a line."""
    front, prompt, prompt_line = _split(text, file)
    problems = Problems(file)
    fields = Fields(parse_yaml(front, file=file, first_line=2), problems, what="a role", known=KEYS)
    role = _read(fields, name, prompt, version_of(text))
    _check_prompt(prompt, prompt_line, problems)
    _check_name(name, problems)
    problems.settle()
    return role


def version_of(text: str) -> str:
    """The version of a role's file; defined for every text, also for one that cannot be stored."""
    return fingerprint(text, VERSION_DIGITS)


def _split(text: str, file: str) -> tuple[str, str, int]:
    """The front matter, the prose, and the prose's first line."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    marks = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if not marks or marks[0] != 0:
        raise HubError(
            f"`{file}` line 1: a role begins with a line `{FENCE}`, and its settings stand between that and the next.",
            f"Put `{FENCE}`, `description: ...` and `{FENCE}` above the prompt.",
        )
    if len(marks) == 1:
        raise HubError(
            f"`{file}` line 1: the settings that begin here do not end.",
            f"Put a line `{FENCE}` above the prompt.",
        )
    end = marks[1]
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]).strip(), end + 2


def _read(fields: Fields, name: str, prompt: str, version: str) -> Role:
    workspace = _workspace(fields)
    return Role(
        name=name,
        description=_description(fields),
        model=fields.text("model"),
        permission_mode=fields.choice("permission_mode", PermissionMode, PermissionMode.DEFAULT),
        allow=fields.permissions("allow"),
        ask=fields.permissions("ask"),
        deny=fields.permissions("deny"),
        setup=fields.words("setup", refused=SCRIPT),
        link=tuple(_inside(fields, "link", fields.words("link"))),
        env=fields.variables("env"),
        mcp=next(_inside(fields, "mcp", filter(None, [fields.text("mcp")])), None),
        workspace=workspace,
        lifetime=fields.choice("lifetime", Lifetime, Lifetime.THREAD),
        validate=fields.text("validate", refused=SCRIPT),
        commits=_commits(fields, workspace),
        stop_hook=fields.switch("stop_hook", default=False),
        cell=_loosened(fields.below("cell", ("hosts", "show", "rw"))),
        prompt=prompt,
        version=version,
    )


def _description(fields: Fields) -> str:
    text = fields.text("description")
    if text is None and "description" not in fields.wrong:
        fields.note("description", "the role has no `description`: write one line that says what it is for")
    return text or ""


def _inside(fields: Fields, key: str, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        parts = PurePosixPath(path).parts
        if path.startswith(("/", "~")) or ".." in parts or not parts:
            cure = "write a path that is relative to the repository and stays inside it"
            fields.note(key, f"{fields.name(key)} cannot be {shown(path)}: {cure}", item=path)
        elif parts[0] in OWN_FOLDERS:
            fields.note(
                key,
                f"{fields.name(key)} cannot be {shown(path)}, which is not shared: take it out",
                item=path,
            )
        yield str(PurePosixPath(path))


def _workspace(fields: Fields) -> WorkspaceChoice:
    """A word, or `directory: PATH`."""
    node = fields.node("workspace")
    if node is not None and isinstance(node.value, dict):
        inner = fields.below("workspace", [WorkspaceKind.DIRECTORY])
        path = inner.text(WorkspaceKind.DIRECTORY)
        if path is None and not inner.wrong:
            fields.note("workspace", "`workspace` names no place: write `{directory: PATH}`")
        return WorkspaceChoice(kind=WorkspaceKind.DIRECTORY, path=path)
    kind = fields.choice("workspace", WorkspaceKind, WorkspaceKind.WORKTREE)
    if kind is WorkspaceKind.DIRECTORY:
        fields.note("workspace", "`workspace: directory` needs a path: write `workspace: {directory: PATH}`")
    return WorkspaceChoice(kind=kind)


def _loosened(fields: Fields) -> Loosened:
    show = tuple(_inside(fields, "show", fields.words("show")))
    return Loosened(hosts=fields.hosts("hosts"), show=show, rw=tuple(_places(fields, fields.words("rw"))))


def _places(fields: Fields, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        parts = PurePosixPath(path).parts
        if parts[:1] not in (("/",), ("~",)) or len(parts) < 2 or ".." in parts:
            cure = "write a path that begins with `/` or `~/`, below them and without `..`"
            fields.note("rw", f"{fields.name('rw')} cannot be {shown(path)}: {cure}", item=path)
        yield str(PurePosixPath(path))


def _commits(fields: Fields, workspace: WorkspaceChoice) -> Commits:
    """Where nothing can be written no commit is asked for."""
    if workspace.kind is not WorkspaceKind.READ_ONLY:
        return fields.choice("commits", Commits, Commits.REQUIRED)
    made = fields.choice("commits", Commits, Commits.NONE)
    if made is Commits.REQUIRED:
        fields.note(
            "commits", "`commits: required` cannot be met in a `read-only` workspace: write `commits: none`"
        )
    return made


def _check_prompt(prompt: str, line: int, problems: Problems) -> None:
    if not prompt:
        problems.note(line, "the role has no prompt: write below the settings what the worker has to know")
    for offset, text in enumerate(prompt.split("\n")):
        bad = PROSE.search(text)
        if bad:
            problems.note(
                line + offset, f"the prompt holds the character {shown(ascii(bad[0])[1:-1])}: take it out"
            )


def _check_name(name: str, problems: Problems) -> None:
    if not NAME.fullmatch(name):
        problems.note(
            1, f"{shown(name)} is no name of a role: call the file by small letters, digits and `-`"
        )
