"""The ports of the places where workers work, and of the commands that the hub runs there."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hubctl.core.vocabulary.values import Struct

if TYPE_CHECKING:
    from hubctl.core.documents.roles import Loosened, Role
    from hubctl.core.vocabulary.limits import Excess
    from hubctl.permissions.judgement import Judgement, ToolCall
    from hubctl.permissions.rules import Rules


# --- where workers work -------------------------------------------------------------------------------------------


class Workspace(Struct, frozen=True, kw_only=True):
    """A worker's place. `start_commit` is the branch before the worker's first commit, after the hub's merges."""

    path: Path
    branch: str
    start_commit: str


class Evidence(Struct, frozen=True, kw_only=True):
    """What git can prove of a worker's work: the tip, its own commits, what is not committed, what it touched that rules."""

    head: str
    commits: int
    dirty: tuple[str, ...]
    guarded: tuple[str, ...]
    elsewhere: str = ""
    """the branch or commit on which there is work that its own branch lacks"""


class Workspaces(Protocol):
    """Worktrees, clones and branches of the repository."""

    def prepare(
        self, *, thread: str, title: str, base: str, merge: Sequence[tuple[str, str]], fresh: bool, role: Role
    ) -> Workspace:
        """The thread's folder, made or found; `merge` holds (branch, title) of what it builds on.

        The role's directory where it names one: nothing is made or merged there, and `branch` is empty.
        """

    def demand_trust(self, base: str, role: Role) -> None:
        """Raises HubError unless all that could order this role's worker things, at this commit, is trusted."""

    def publish(self, branch: str) -> None:
        """The branch is on the remote as it is here. Raises HubError where people have changed it there."""

    def judge(self, rules: Rules, call: ToolCall) -> Judgement:
        """What the permissions say of a call, with a look at its worktree where that decides."""

    def evidence(self, path: Path, *, branch: str, since: str) -> Evidence:
        """What the worker's branch and folder prove since its start commit; `branch` is empty in a directory."""

    def take_in(self, path: Path, *, branch: str, commit: str) -> str:
        """The branch stands in the repository at this commit of the worker; else why it must not, for the worker."""

    def keep(self, path: Path, *, branch: str) -> None:
        """What is committed on the worker's branch is in the repository, as far as that can be. Never raises."""


class CommandResult(Struct, frozen=True, kw_only=True):
    """How a command ended. `exit_code` is the shell's (128 + signal for a killed shell), None when it was ended from here.

    `output` holds stdout and stderr: their beginning and their end, where there was no room for all.
    """

    exit_code: int | None
    timed_out: bool
    stopped: bool
    output: Path
    excess: Excess | None = None
    """the limit of its cell by which it was ended"""

    @property
    def cut(self) -> str:
        """Why it was ended from here; empty where it ended by itself."""
        if self.excess:
            return f"used {self.excess.told}"
        return "ran out of time" if self.timed_out else ""


class Commands(Protocol):
    """Runs what workers wrote, with everything it starts ended behind it."""

    def run(
        self,
        command: str,
        *,
        cwd: Path,
        env: Mapping[str, str],
        output: Path,
        seconds: float,
        stop: threading.Event,
        cell: Loosened,
        outward: bool = False,
    ) -> CommandResult:
        """Runs one shell command; never raises for what the command does.

        `cell` is what its role's cell has besides. It reaches that one's hosts and the policy's if `outward`.
        """
