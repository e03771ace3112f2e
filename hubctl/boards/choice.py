"""Which board a project has, and by which terms its issues become threads."""

import threading
from collections.abc import Mapping
from pathlib import Path

from hubctl.boards.sqlite import SqliteBoard
from hubctl.core.documents.config import BoardConfig, BoardKind, Config
from hubctl.core.documents.policy import Rules
from hubctl.core.vocabulary.board import BLOCKED, FAILED, MARKER, PLAN, READY, REVIEW, RUNNING, Label, Terms
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.git.repository import head
from hubctl.ports.board import Board
from hubctl.project.place import Place

READY_ROLE = "coder"
"""The role of an issue that says none, with `hub:ready` on it."""
OWN_LABELS = (
    Label(name=MARKER, color="6f42c1", description="hubctl works on this issue; leave this label on it."),
    Label(name=READY, color="0e8a16", description="hubctl: start a worker, or wait for a free place."),
    Label(name=RUNNING, color="1d76db", description="hubctl: a worker is at it. Take it off to stop it."),
    Label(name=BLOCKED, color="d93f0b", description="hubctl: waits for a person, another issue or a time."),
    Label(name=REVIEW, color="fbca04", description="hubctl: done is claimed and being judged."),
    Label(name=PLAN, color="bfd4f2", description="hubctl: plan this issue; then hub:ready accepts the plan."),
    Label(name=FAILED, color="b60205", description="hubctl: given up; a person must act."),
)
ROLE_COLOR = "c5def5"


def open_board(config: BoardConfig, db: Path, stop: threading.Event) -> Board:
    """The board of the configuration; asks nobody yet. `stop` ends its waits. Each kind is loaded on use."""
    if config.kind is BoardKind.SQLITE or config.repo is None:
        return SqliteBoard(db)
    from hubctl.boards.github.board import GithubBoard
    from hubctl.boards.github.login import API_URL

    return GithubBoard(config.repo, api_url=config.api_url or API_URL, stop=stop)


def git_login(config: BoardConfig) -> Mapping[str, str]:
    """What git needs to log in at the board's own server; empty where the board has none. Raises HubError."""
    if config.kind is BoardKind.SQLITE:
        return {}
    from hubctl.boards.github.login import API_URL, git_environment, token

    api_url = config.api_url or API_URL
    return git_environment(api_url, token(api_url))


def triggers(config: BoardConfig) -> dict[str, str]:
    """The labels that start a thread, with their roles."""
    return {READY: READY_ROLE, **config.triggers}


def labels(config: BoardConfig) -> tuple[Label, ...]:
    """Those that the project needs on its board."""
    own = {label.name for label in OWN_LABELS}
    asked = (
        Label(name=name, color=ROLE_COLOR, description=f"hubctl: start a worker with the role {role}.")
        for name, role in triggers(config).items()
    )
    return (*OWN_LABELS, *(label for label in asked if label.name not in own))


class ProjectTerms(Struct, frozen=True, kw_only=True):
    """By what is trusted now: an untrusted change is as if it had not happened."""

    place: Place
    config: Config

    def now(self, rules: Rules) -> Terms:
        roles = rules.roles
        validates = {f"role {name}": role.validate for name, role in roles.items() if role.validate}
        base, error = self._base()
        return Terms(
            triggers=triggers(self.config.board),
            commands={**validates, **self.config.validate},
            roles=tuple(sorted(roles)),
            base=base,
            error=error,
        )

    def _base(self) -> tuple[str, str]:
        try:
            return head(self.place.repository), ""
        except HubError as error:
            return "", error.message
