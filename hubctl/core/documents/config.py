"""The project's configuration as values; `Config()` is what holds where there is no `hubctl.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from hubctl.core.documents.fields import SCRIPT, Fields, Problems
from hubctl.core.documents.yaml import parse_yaml
from hubctl.core.vocabulary.board import MARKER, PLAN, STATE_LABELS
from hubctl.core.vocabulary.limits import CellLimits
from hubctl.core.vocabulary.text import shown
from hubctl.core.vocabulary.values import Struct, field

if TYPE_CHECKING:  # costs milliseconds
    from hubctl.core.documents.vaults import NamedVault


class BoardKind(StrEnum):
    SQLITE = "sqlite"
    GITHUB = "github"


class PlannerKind(StrEnum):
    """Who makes a plan of a task."""

    CLAUDE = "claude"
    API = "api"
    FILE = "file"


class Containment(StrEnum):
    """Whether workers, and the commands that the hub runs for them, get a cell."""

    OFF = "off"
    WANTED = "wanted"
    """where this machine can make cells; elsewhere it is said, and the rules for commands hold"""
    REQUIRED = "required"
    """no hub starts where this machine can make none"""


class BoardConfig(Struct, frozen=True, kw_only=True):
    """Where issues live. `repo` is `OWNER/NAME`; it is never None for `github`, and None for `sqlite`."""

    kind: BoardKind = BoardKind.SQLITE
    repo: str | None = None
    api_url: str | None = None
    """None: GitHub's own."""
    triggers: Mapping[str, str] = field(default_factory=dict)
    """Labels, beside `hub:ready`, that start a thread, with their roles."""


class WorkerConfig(Struct, frozen=True, kw_only=True):
    """How a worker is started. `command` is words, no shell; `pass_env` are names in the hub's own environment."""

    command: tuple[str, ...] = ("claude",)
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    max: int | None = None
    """None: the policy's `limits.workers` alone holds."""
    hooks: bool = True
    cell: Containment = Containment.WANTED
    limits: CellLimits = CellLimits()
    """of each worker that is in a cell"""


class Config(Struct, frozen=True, kw_only=True):
    """`hubctl.yaml`. `validate` maps names to commands, `models` roles to models."""

    board: BoardConfig = field(default_factory=BoardConfig)
    worker: WorkerConfig = WorkerConfig()
    tmux_socket: str | None = None
    """None: `hubctl-<id>`."""
    validate: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    planner: PlannerKind = PlannerKind.CLAUDE
    alert_targets: tuple[str, ...] = ()
    """Apprise URLs, which may hold secrets: never printed."""
    vaults: Mapping[str, NamedVault] = field(default_factory=dict)
    poll_seconds: int = 60

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What a printed configuration and a printed traceback show: all but the targets."""
        shown = (name for name in self.__struct_fields__ if name != "alert_targets")
        return [(name, getattr(self, name)) for name in shown]

    def __repr__(self) -> str:
        return f"Config({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"


KEYS: Final = ("board", "worker", "tmux", "validate", "models", "planner", "alerts", "vaults", "poll_seconds")
WORKER_KEYS: Final = ("command", "env", "pass_env", "max", "hooks", "cell", "limits")
REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
SOCKET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,49}")
"""A file of the socket's folder, and its whole path has at most 107 bytes (sun_path of Linux)."""
TARGET = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
LONGEST_POLL_SECONDS: Final = 86_400
MOST_WORKERS: Final = 1000
MOST_PROCESSES: Final = 1_000_000
LONGEST_LABEL: Final = 50


def parse_config(text: str, *, file: str) -> Config:
    """Reads the configuration; an empty file is the default one.

    Raises HubError with every problem of the file, one a line.
    """
    default = Config()
    problems = Problems(file)
    top = Fields(parse_yaml(text, file=file), problems, what=f"`{file}`", known=KEYS)
    config = Config(
        board=_board(top.below("board", ("kind", "repo", "api_url", "triggers"))),
        worker=_worker(top.below("worker", WORKER_KEYS)),
        tmux_socket=_socket(top.below("tmux", ("socket",))),
        validate=_commands(top),
        models=_named(top, "models", top.texts("models")),
        planner=top.choice("planner", PlannerKind, default.planner),
        alert_targets=_targets(top.below("alerts", ("targets",))),
        vaults=_vaults(top),
        poll_seconds=top.integer("poll_seconds", least=1, most=LONGEST_POLL_SECONDS) or default.poll_seconds,
    )
    problems.settle()
    return config


def _vaults(top: Fields) -> Mapping[str, NamedVault]:
    """Read where there are any alone: each verb reads the configuration."""
    if top.node("vaults") is None:
        return {}
    from hubctl.core.documents.vaults import read_vaults

    return read_vaults(top)


def _board(fields: Fields) -> BoardConfig:
    kind = fields.choice("kind", BoardKind, BoardKind.SQLITE)
    repo, api_url = fields.text("repo"), fields.text("api_url")
    if repo is not None and not REPOSITORY.fullmatch(repo):
        fields.note("repo", f"`board.repo` cannot be {shown(repo)}: write `OWNER/NAME`")
    if api_url is not None and not _is_web_address(api_url):
        fields.note(
            "api_url", "`board.api_url` is no address: write `https://HOST/PATH`, without name and password"
        )
    if kind is BoardKind.GITHUB and fields.node("repo") is None:
        fields.note("kind", "`board.kind: github` needs the repository: write `repo: OWNER/NAME` beside it")
    if kind is BoardKind.SQLITE and "kind" not in fields.wrong:
        for key in ("repo", "api_url", "triggers"):
            if fields.node(key) is not None:
                fields.note(key, f"`board.{key}` is for a board on GitHub: write `kind: github` beside it")
    return BoardConfig(kind=kind, repo=repo, api_url=api_url, triggers=_triggers(fields))


def _triggers(fields: Fields) -> dict[str, str]:
    """Labels of the hub's own mean something else already."""
    made = fields.texts("triggers")
    for label, role in made.items():
        if not (label.strip() and role.strip()):
            fields.note("triggers", "an entry of `board.triggers` is empty: write `LABEL: ROLE`", item=label)
        elif label in (MARKER, PLAN, *STATE_LABELS):
            text = f"{shown(label)} in `board.triggers` is the hub's own label: take another name"
            fields.note("triggers", text, item=label)
        elif len(label) > LONGEST_LABEL or "," in label:
            text = f"{shown(label)} in `board.triggers` is no label: write at most 50 characters, no comma"
            fields.note("triggers", text, item=label)
    return {label.strip(): role.strip() for label, role in made.items()}


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _worker(fields: Fields) -> WorkerConfig:
    default = WorkerConfig()
    return WorkerConfig(
        command=_command(fields) or default.command,
        env=fields.variables("env"),
        pass_env=fields.variable_names("pass_env"),
        max=fields.integer("max", least=1, most=MOST_WORKERS),
        hooks=fields.switch("hooks", default=default.hooks),
        cell=_containment(fields),
        limits=_limits(fields.below("limits", ("memory", "processes", "disk"))),
    )


def _containment(fields: Fields) -> Containment:
    if fields.node("cell") is not None and fields.is_off("cell"):
        return Containment.OFF
    return fields.choice("cell", Containment, WorkerConfig().cell)


def _limits(fields: Fields) -> CellLimits:
    default = CellLimits()
    return CellLimits(
        memory=fields.size("memory") or default.memory,
        processes=fields.integer("processes", least=1, most=MOST_PROCESSES) or default.processes,
        disk=fields.size("disk") or default.disk,
    )


def _command(fields: Fields) -> tuple[str, ...]:
    """Words, for no shell takes a line apart."""
    node = fields.node("command")
    if node is not None and isinstance(node.value, str):
        listed = f"[{', '.join(node.value.split())}]"
        fields.note("command", f"`worker.command` is one text: write the list of its words, {shown(listed)}")
        return ()
    words = fields.words("command")
    if node is not None and not words and "command" not in fields.wrong:
        fields.note("command", "`worker.command` is an empty list: write `[claude]`, or leave it out")
    return words


def _socket(fields: Fields) -> str | None:
    name = fields.text("socket")
    if name is not None and not SOCKET.fullmatch(name):
        cure = "write at most 50 letters, digits, `.`, `_` or `-`, it is a name and no path"
        fields.note("socket", f"`tmux.socket` cannot be {shown(name)}: {cure}")
    return name


def _commands(top: Fields) -> dict[str, str]:
    return _named(top, "validate", top.texts("validate", refused=SCRIPT))


def _named(top: Fields, key: str, made: dict[str, str]) -> dict[str, str]:
    """None of the texts may be blank, and none of the names."""
    for name, text in made.items():
        if key not in top.wrong and not (name.strip() and text.strip()):
            top.note(key, f"{shown(name)} in `{key}` is empty: write `name: text`, or take it out", item=name)
    return {name: text.strip() for name, text in made.items()}


def _targets(fields: Fields) -> tuple[str, ...]:
    """The address itself is in no message: it may hold a password."""
    targets = fields.words("targets")
    for place, target in enumerate(targets, 1):
        if not TARGET.fullmatch(target):
            text = f"item {place} of `alerts.targets` is no address: write it as Apprise has it, `json://HOST:PORT/`"
            fields.note("targets", text, item=target)
    return targets
