"""Where workers work: one folder and one branch a thread, made once and never taken back.

The folder is a worktree of the main repository, or a clone of it where workers have cells (`clones.py`).

Rules: what a worker can reach is never reset, cleaned or removed here. The hub's merges happen on a bench of its own
(`.hubctl/merging/`), which is thrown away whatever happens; the branch is made when they are through. A branch whose
tip is its recorded start (`refs/hubctl/start/`) holds nobody's work. So every crash leaves either nothing that counts,
or a finished place: the next call clears the bench and goes on.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hubctl.core.vocabulary.values import Struct
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.clones import is_clone, last_brought, make_clone
from hubctl.git.conversion import convert
from hubctl.git.location import Repository
from hubctl.git.program import PLAIN_DIFF, GitResult, ask, git, held, refusal
from hubctl.git.repository import checkout_of, exclude

WRITE_SECONDS = 900.0
"""A checkout of a big repository, Git LFS included."""
NAMED = 10
UNFINISHED = "initializing"
"""The reason by which `git worktree add` locks a worktree until it is whole."""


class Prepared(Struct, frozen=True, kw_only=True):
    """A worker's place. `start_commit` is the branch before the worker's first commit, after the hub's merges."""

    path: Path
    branch: str
    start_commit: str


class MergeConflict(HubError):
    """The branches that a thread builds on do not merge. `branches` are in plan order, the last one did not fit."""

    def __init__(self, *, thread: str, branches: tuple[str, ...], title: str, files: tuple[str, ...]) -> None:
        *merged, failed = branches
        others = ", ".join(f"`{branch}`" for branch in merged) or "its base"
        named = ", ".join(f"`{name}`" for name in files[:NAMED]) + (" and more" if files[NAMED:] else "")
        super().__init__(
            f"`{failed}` ({title}) conflicts with {others} in {named}, so thread `{thread}` has nothing to start from.",
            f"Solve it on `{failed}`: merge {others} into it and commit, then `hubctl retry {thread}`.",
        )


class _Entry(Struct, frozen=True, kw_only=True):
    """A worktree in git's register. `branch` None: detached; `locked` None: it is not."""

    path: Path
    branch: str | None
    locked: str | None


class _Site(Struct, frozen=True, kw_only=True):
    """One thread's names in one repository, and the lock under which they are used."""

    repo: Repository
    thread: str
    name: str
    lock: int

    @property
    def folder(self) -> Path:
        return _real(self.repo.path / ".hubctl" / "worktrees") / self.name

    @property
    def bench(self) -> Path:
        return _real(self.repo.path / ".hubctl" / "merging") / self.name

    @property
    def branch(self) -> str:
        return f"hub/{self.name}"

    @property
    def start_ref(self) -> str:
        return f"refs/hubctl/start/{self.name}"

    def git(self, *words: str) -> GitResult:
        return git(self.repo, *words, seconds=WRITE_SECONDS, holding=self.lock)

    def commit(self, name: str) -> str:
        """The commit of a name, empty where there is none."""
        return ask(self.repo, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").line

    def entry(self, path: Path) -> _Entry | None:
        return next((entry for entry in _entries(self.repo) if entry.path == path), None)


def _real(path: Path) -> Path:
    """As git registers it. Unlike `Path.resolve` it takes a ring of links."""
    return Path(os.path.realpath(path))


def prepare_worktree(
    repo: Repository,
    *,
    thread: str,
    slug: str,
    base: str,
    merge: Sequence[tuple[str, str]],
    lock: Path,
    fresh: bool,
    cloned: bool = False,
) -> Prepared:
    """Makes or finds the thread's folder on `hub/<thread>-<slug>`: `base`, and the branches of `merge` in that order.

    `merge` holds (branch, title); `lock` is a file, made if missing. Repeatable after a crash at any point; a worktree
    or clone that stands is returned as it is; `cloned` says what is made, and makes a clone of a worktree. `fresh`: the thread never had a worker, so a branch with work in it is refused.
    Raises MergeConflict, or HubError; then nothing is left behind that was not there before.
    """
    if Path(f"{thread}-{slug}").name != f"{thread}-{slug}":
        raise HubError(f"`{thread}-{slug}` cannot name a folder.", "Give the issue a plain title.")
    exclude(repo)
    with held(lock) as descriptor, writing(repo.path / ".hubctl"):
        site = _Site(repo=repo, thread=thread, name=f"{thread}-{slug}", lock=descriptor)
        _clear_bench(site)
        _clear_unfinished(site)
        entry = site.entry(site.folder)
        if (entry or is_clone(repo, site.folder)) and (site.folder / ".git").exists():
            standing = _standing(site, base, fresh=fresh)
            if cloned and entry:
                convert(repo, site.folder, bench=site.bench, branch=site.branch)
            return standing
        _refuse_obstacles(site, entry)
        if made := _needs_branch(site, fresh=fresh):
            _make_branch(site, base, merge)
        if cloned:
            return _clone(site, entry, base)
        return _check_out(site, entry, base, made=made)


def _entries(repo: Repository) -> list[_Entry]:
    listed = git(repo, "worktree", "list", "--porcelain").out
    entries = []
    for block in listed.strip("\n").split("\n\n"):
        said = {key: value for key, _, value in (line.partition(" ") for line in block.split("\n"))}
        branch = said.get("branch", "").removeprefix("refs/heads/") or None
        entries.append(_Entry(path=Path(said["worktree"]), branch=branch, locked=said.get("locked")))
    return entries


def _clear_bench(site: _Site) -> None:
    """The bench was given to nobody. A half-made one has no `.git` file yet, and git removes it only when it is gone."""
    if site.bench.exists() and not (site.bench / ".git").exists():
        shutil.rmtree(site.bench)
    if site.entry(site.bench):
        site.git("worktree", "remove", "--force", "--force", str(site.bench))
    if site.bench.exists():
        shutil.rmtree(site.bench)


def _clear_unfinished(site: _Site) -> None:
    """An interrupted `git worktree add` was given to nobody: the next one starts from an empty place."""
    entry = site.entry(site.folder)
    if entry and entry.locked == UNFINISHED and (site.folder / ".git").exists():
        site.git("worktree", "remove", "--force", "--force", str(site.folder))


def _standing(site: _Site, base: str, *, fresh: bool) -> Prepared:
    """The worktree is there: its content is the worker's, whatever it looks like."""
    start = site.commit(site.start_ref)
    ours = bool(start) and not ask(site.repo, "merge-base", "--is-ancestor", base, start).code
    if fresh and not ours:
        raise HubError(
            f"`{site.folder}` exists already: another run's worktree, perhaps with its work.",
            f"Keep what you need, then {_removal(site)} and `git branch -D {site.branch}`.",
        )
    return _prepared(site, base)


def _removal(site: _Site) -> str:
    clone = is_clone(site.repo, site.folder)
    return f"`rm -rf '{site.folder}'`" if clone else f"`git worktree remove '{site.folder}'`"


def _prepared(site: _Site, base: str) -> Prepared:
    start = site.commit(site.start_ref)
    if not start:
        start = ask(site.repo, "merge-base", base, f"refs/heads/{site.branch}").line or base
    return Prepared(path=site.folder, branch=site.branch, start_commit=start)


def _refuse_obstacles(site: _Site, entry: _Entry | None) -> None:
    for other in _entries(site.repo):
        if other.branch == site.branch and other.path != site.folder:
            raise HubError(
                f"`{site.branch}` is checked out in `{other.path}`, so its worker cannot have it.",
                f"Leave it there: `git -C '{other.path}' switch --detach`.",
            )
    if (
        site.folder.is_symlink()
        or site.folder.is_file()
        or (site.folder.is_dir() and any(site.folder.iterdir()))
    ):
        raise HubError(
            f"`{site.folder}` is in the way: git does not know it as a worktree.",
            f"If it is one that was moved: `git worktree repair '{site.folder}'`; else move it away.",
        )
    if entry and entry.locked not in (None, UNFINISHED):
        raise HubError(
            f"`{site.folder}` is gone, yet its worktree is locked ({entry.locked or 'no reason given'}).",
            f"Bring it back, or `git worktree unlock '{site.folder}'`.",
        )


def _needs_branch(site: _Site, *, fresh: bool) -> bool:
    tip = site.commit(f"refs/heads/{site.branch}")
    if not tip or not fresh:
        return not tip
    if tip != site.commit(site.start_ref):
        raise HubError(
            f"`{site.branch}` exists already, with commits that this thread did not make.",
            f"Keep them: `git branch -m {site.branch} kept/{site.name}`; or drop them: `git branch -D {site.branch}`.",
        )
    # An interrupted call made it, and it holds the hub's merges alone: they are made anew, base may have moved.
    _drop_branch(site, tip)
    return True


def _drop_branch(site: _Site, tip: str) -> None:
    """Only while it still stands at `tip`."""
    site.git("update-ref", "-d", f"refs/heads/{site.branch}", tip)
    site.git("update-ref", "-d", site.start_ref)


def _make_branch(site: _Site, base: str, merge: Sequence[tuple[str, str]]) -> None:
    """The start is recorded before the branch: a branch without a start is a foreign one."""
    start = site.commit(base)
    if not start:
        raise HubError(
            f"`{base}` is no commit of `{site.repo.path}`.", "Run the plan again from a commit that exists."
        )
    if merge:
        start = _merged(site, start, merge)
    if site.commit("refs/heads/hub"):
        raise HubError(
            "A branch is named `hub`, so git can make none below `hub/`.",
            "Rename it: `git branch -m hub NAME`.",
        )
    site.git("update-ref", site.start_ref, start)
    site.git("branch", "--no-track", site.branch, start)


def _merged(site: _Site, start: str, merge: Sequence[tuple[str, str]]) -> str:
    try:
        site.git("worktree", "add", "--detach", str(site.bench), start)
        author = _author(site)
        for number, (_, title) in enumerate(merge, start=1):
            _merge_one(site, author, tuple(branch for branch, _ in merge[:number]), title)
        return git(checkout_of(site.repo, site.bench), "rev-parse", "HEAD").line
    finally:
        _clear_bench(site)


def _merge_one(site: _Site, author: tuple[str, ...], branches: tuple[str, ...], title: str) -> None:
    branch = branches[-1]
    if not site.commit(f"refs/heads/{branch}"):
        raise HubError(
            f"`{branch}` ({title}) is gone, and thread `{site.thread}` builds on it.",
            f"Bring it back with `git branch {branch} COMMIT`, then `hubctl retry {site.thread}`.",
        )
    words = (*author, "merge", "--no-ff", "--no-edit", "-m", f"hub: merge {branch}", f"refs/heads/{branch}")
    bench = checkout_of(site.repo, site.bench)
    answer = ask(bench, *words, seconds=WRITE_SECONDS, holding=site.lock)
    if answer.code == 0:
        return
    files = ask(bench, "diff", "--name-only", "-z", "--diff-filter=U", *PLAIN_DIFF).names
    if files:
        raise MergeConflict(thread=site.thread, branches=branches, title=title, files=files)
    raise refusal(bench, words, answer)


def _author(site: _Site) -> tuple[str, ...]:
    """The user's own name signs the hub's merges; without one git would refuse, or invent one from the machine's."""
    if all(ask(site.repo, "config", "--get", key).line for key in ("user.name", "user.email")):
        return ()
    return ("-c", "user.name=hubctl", "-c", "user.email=hubctl@localhost")


def _clone(site: _Site, entry: _Entry | None, base: str) -> Prepared:
    if entry:  # of a worktree that is gone: its branch would count as checked out
        site.git("worktree", "remove", "--force", "--force", str(site.folder))
    start = last_brought(site.repo, site.name, site.branch)
    make_clone(site.repo, site.folder, bench=site.bench, branch=site.branch, start=start)
    return _prepared(site, base)


def _check_out(site: _Site, entry: _Entry | None, base: str, *, made: bool) -> Prepared:
    # Forced twice, git forgets the one worktree that is registered here and missing (docs/facts/github.md#git).
    force = ("--force", "--force") if entry else ()
    try:
        site.git("worktree", "add", *force, str(site.folder), site.branch)
    except HubError:
        with suppress(HubError):
            _clear_unfinished(site)
            if made and (start := site.commit(site.start_ref)):
                _drop_branch(site, start)
        raise
    return _prepared(site, base)
