"""The project's configuration as values; `Config()` is what holds where there is no `hubctl.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class BoardKind(StrEnum):
    SQLITE = "sqlite"
    GITHUB = "github"


class PlannerKind(StrEnum):
    """Who makes a plan of a task."""

    CLAUDE = "claude"
    API = "api"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardConfig:
    """Where issues live. `repo` is `OWNER/NAME`; it is never None for `github`, and None for `sqlite`."""

    kind: BoardKind = BoardKind.SQLITE
    repo: str | None = None
    api_url: str | None = None
    """None: GitHub's own."""
    triggers: Mapping[str, str] = field(default_factory=dict)
    """Labels, beside `hub:ready`, that start a thread, with their roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """How a worker is started. `command` is words, no shell; `pass_env` are names in the hub's own environment."""

    command: tuple[str, ...] = ("claude",)
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    max: int | None = None
    """None: the policy's `limits.workers` alone holds."""
    hooks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`hubctl.yaml`. `validate` maps names to commands, `models` roles to models."""

    board: BoardConfig = field(default_factory=BoardConfig)
    worker: WorkerConfig = WorkerConfig()
    tmux_socket: str | None = None
    """None: `hubctl-<id>`."""
    validate: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    planner: PlannerKind = PlannerKind.CLAUDE
    alert_targets: tuple[str, ...] = field(default=(), repr=False)
    """Apprise URLs, which may hold secrets: never printed."""
    poll_seconds: int = 60
