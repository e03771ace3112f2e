"""Where workers work: worktrees, directories and branches of one repository, behind the `Workspaces` port."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from hubctl.core.documents.roles import Lifetime, Role, WorkspaceKind
from hubctl.core.vocabulary.text import slug
from hubctl.core.vocabulary.values import Struct, field
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.directories import locate, open_directory
from hubctl.git.location import Repository
from hubctl.git.repository import (
    checkout_of,
    commits_since,
    dirty,
    exclude,
    guarded_changes,
    head,
    link,
    publish,
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

    def prepare(
        self, *, thread: str, title: str, base: str, merge: Iterable[tuple[str, str]], fresh: bool, role: Role
    ) -> Workspace:
        directory = locate(self.place.checkout, role)
        if directory:
            return self._directory(directory, thread=thread, role=role)
        _demand_directory(role)
        made = prepare_worktree(
            self.repository,
            thread=thread,
            slug=slug(title),
            base=base,
            merge=tuple(merge),
            lock=self.place.git_lock,
            fresh=fresh,
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

    def evidence(self, path: Path, *, since: str) -> Evidence:
        here = checkout_of(self.repository, path)
        return Evidence(
            head=head(here),
            commits=commits_since(here, since),
            dirty=dirty(here),
            guarded=guarded_changes(here, since),
        )


def _demand_directory(role: Role) -> None:
    """A worktree belongs to one thread, and a process cannot move to another folder."""
    if role.lifetime is Lifetime.STANDING:
        raise HubError(
            f"The role `{role.name}` has a standing worker, and no directory in which it stands.",
            f"Write `workspace: {{directory: PATH}}` into the role `{role.name}`, or take `lifetime` out; then `hubctl trust`.",
        )
