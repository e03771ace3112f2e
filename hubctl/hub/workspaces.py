"""Where workers work: worktrees, clones, directories and branches of one repository, behind the `Workspaces` port."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from hubctl.cells.worktree import looked_at
from hubctl.core.documents.roles import Lifetime, Role, WorkspaceKind
from hubctl.core.intake.checkout import CheckoutLook
from hubctl.core.vocabulary.text import slug
from hubctl.core.vocabulary.values import Struct, field
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.checkout import checkout_look
from hubctl.git.clones import bring, is_clone, set_aside, take_in
from hubctl.git.directories import locate, open_directory
from hubctl.git.location import Repository
from hubctl.git.offer import offer
from hubctl.git.repository import (
    commits_since,
    dirty,
    elsewhere,
    exclude,
    guarded_changes,
    head,
    link,
    publish,
    tip_of,
)
from hubctl.git.worktrees import prepare_worktree
from hubctl.permissions.judgement import Judgement, ToolCall
from hubctl.permissions.rules import Rules
from hubctl.permissions.secret_files import judge_here
from hubctl.ports.workspaces import Evidence, Workspace
from hubctl.project import trust
from hubctl.project.place import Place, write_whole


class GitWorkspaces(Struct, frozen=True, kw_only=True):
    """The `Workspaces` port on one repository."""

    place: Place
    repository: Repository
    login: Callable[[], Mapping[str, str]] = dict
    """what git needs to publish a branch"""
    configuration: Mapping[str, str] = field(default_factory=dict)
    """the repository's own when the hub started"""
    cloned: bool = False
    """whether new threads get a repository of their own: where workers have cells"""

    def prepare(
        self, *, thread: str, title: str, base: str, merge: Iterable[tuple[str, str]], fresh: bool, role: Role
    ) -> Workspace:
        directory = locate(self.place.checkout, role)
        if directory:
            return self._directory(directory, thread=thread, role=role)
        _demand_directory(role)
        name = f"{thread}-{slug(title)}"
        if not fresh:
            self._mend(name)
        made = prepare_worktree(
            self.repository,
            thread=thread,
            slug=slug(title),
            base=base,
            merge=tuple(merge),
            lock=self.place.git_lock,
            fresh=fresh,
            cloned=self.cloned,
        )
        link(self.repository, made.path, role.link)
        return Workspace(path=made.path, branch=made.branch, start_commit=made.start_commit)

    def _directory(self, path: Path, *, thread: str, role: Role) -> Workspace:
        """HEAD is written down once: a worker that a hub lost sight of may have committed since."""
        directory = open_directory(self.repository, path, role=role.name)
        exclude(directory)
        start = self.place.starts / thread
        if not start.exists():
            with writing(start):
                start.parent.mkdir(mode=0o700, exist_ok=True)
                write_whole(start, head(directory))
        return Workspace(path=directory.path, branch="", start_commit=start.read_text())

    def demand_trust(self, base: str, role: Role) -> None:
        trust.demand_start(self.place)
        if role.workspace.kind is not WorkspaceKind.DIRECTORY:
            trust.demand_commit(self.place, base)

    def publish(self, branch: str) -> None:
        publish(self.repository, branch, self.login(), self.configuration)

    def judge(self, rules: Rules, call: ToolCall) -> Judgement:
        return judge_here(rules, call)

    def look(self, path: Path) -> CheckoutLook:
        """The looks of a worker's folder; what is committed in a clone comes over as it is seen. Raises HubError."""
        here = looked_at(self.repository, path)
        if here.cloned:
            self.keep(here.path, branch=f"hub/{here.path.name}")
        return checkout_look(here)

    def evidence(self, path: Path, *, branch: str, since: str) -> Evidence:
        here = looked_at(self.repository, path)
        if here.cloned:
            tip = bring(self.repository, here, branch)
        else:
            tip = tip_of(here, branch) if branch else head(here)
        # What was brought is judged where no worker can change it.
        there = self.repository if here.cloned else here
        return Evidence(
            head=tip,
            commits=commits_since(there, since, tip) if tip else 0,
            dirty=dirty(here),
            guarded=guarded_changes(there, since, tip) if tip else (),
            elsewhere=elsewhere(here, branch, since) if branch else "",
        )

    def take_in(self, path: Path, *, branch: str, commit: str) -> str:
        here = looked_at(self.repository, path)
        if not here.cloned:
            return ""
        refused = take_in(self.repository, here.path.name, branch, commit)
        offer(self.repository)
        return refused

    def keep(self, path: Path, *, branch: str) -> None:
        with suppress(HubError):
            here = looked_at(self.repository, path)
            if here.cloned:
                bring(self.repository, here, branch)
                offer(self.repository)

    def _mend(self, name: str) -> None:
        """A clone that its worker broke is set aside: the next one begins with what was last brought from it."""
        path = Path(os.path.realpath(self.repository.path / ".hubctl" / "worktrees")) / name
        if not is_clone(self.repository, path) or not path.exists():
            return
        here = looked_at(self.repository, path)
        try:
            head(here)
            dirty(here)
        except HubError:
            set_aside(self.repository, path)
        else:
            self.keep(path, branch=f"hub/{name}")


def _demand_directory(role: Role) -> None:
    """A worktree belongs to one thread, and a process cannot move to another folder."""
    if role.lifetime is Lifetime.STANDING:
        raise HubError(
            f"The role `{role.name}` has a standing worker, and no directory in which it stands.",
            f"Write `workspace: {{directory: PATH}}` into the role `{role.name}`, or take `lifetime` out; then `hubctl trust`.",
        )
