"""What hubctl knows of a repository, and what it shares with the worktrees: everything is asked by its path."""

import os
import stat
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from hubctl import disk
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.clones import carry_excludes, is_clone
from hubctl.git.location import Repository, worktree
from hubctl.git.program import PLAIN_DIFF, ask, configuration, git, held, refusal
from hubctl.git.settings import differing, own_settings

COPIED = PurePosixPath(".claude/settings.local.json")
"""Copied, not linked: the worker CLI writes the answers of its dialogs to it."""
OURS = (".hubctl/*", "!.hubctl/roles")
"""Everything of ours but the roles, which a team commits. Without trailing slashes, so that links match too."""
RESERVED = frozenset({".git", ".hubctl"})
GUARDED_FILES = frozenset(
    [
        "hubctl.yaml",
        "policy.md",
        ".envrc",
        ".pre-commit-config.yaml",
        "lefthook.yml",
        ".gitlab-ci.yml",
        ".woodpecker.yml",
        ".drone.yml",
        ".travis.yml",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        "jenkinsfile",
    ]
)
GUARDED_FOLDERS = frozenset(
    [
        ".hubctl",
        ".github",
        ".gitlab",
        ".githooks",
        ".husky",
        ".circleci",
        ".buildkite",
        ".woodpecker",
        ".forgejo",
        ".gitea",
    ]
)
GUARDED_ANYWHERE = frozenset({".claude", ".mcp.json"})
REMOTE = "origin"
"""Where finished branches are published."""
PUSH_SECONDS = 300.0
NAMED = 5
ANY = ("-c", "safe.bareRepository=all")
"""For the search, which runs nothing: a bare repository is named instead of being none."""


def find_repository(start: Path) -> Repository:
    """The repository around `start`, the same from each of its worktrees and subfolders.

    Raises HubError where git, a repository, a main checkout or a first commit is missing.
    """
    folder = start if start.is_dir() else start.parent
    answer = ask(folder, *ANY, "rev-parse", "--path-format=absolute", "--git-common-dir")
    if "not a git repository" in answer.error:
        raise HubError(f"`{folder}` is in no git repository.", f"Make one: `git init '{folder}'`.")
    if answer.code:
        raise refusal(folder, ("rev-parse",), answer)
    common = Path(answer.line).resolve()
    repo = Repository(path=_main_checkout(folder, common), common=common)
    if ask(repo, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").code:
        raise HubError(
            f"`{repo.path}` has no commit yet, so no worker has anything to start from.",
            f"Make a first one: `git -C '{repo.path}' commit --allow-empty -m 'First commit'`.",
        )
    return repo


def checkout_of(own: Repository, path: Path) -> Repository:
    """The repository of a folder in which a worker works: a worktree or a clone of `own`, or a directory with one of its own.

    Raises HubError where the folder is none of them.
    """
    path = Path(os.path.realpath(path))
    if path == own.path:
        return own
    if found := worktree(own, path):
        return found
    if is_clone(own, path):
        return Repository(path=path, common=path / ".git", cloned=True)
    if path.parent == Path(os.path.realpath(own.path / ".hubctl" / "worktrees")):
        raise HubError(
            f"`{own.path}` does not know `{path}` as its worktree: it was moved, or its entry was changed.",
            f"`git -C '{own.path}' worktree repair '{path}'`.",
        )
    common = path / ".git"
    if not common.is_dir() or common.is_symlink():
        common = find_repository(path).common
    directory = Repository(path=path, common=common)
    return worktree(directory, path) or directory


def _main_checkout(folder: Path, common: Path) -> Path:
    """Git names the main checkout nowhere but in it: it is beside `.git`, or where the git folder's config says."""
    if common.name == ".git":
        folder = common.parent
    elif Path(git(folder, *ANY, "rev-parse", "--path-format=absolute", "--git-dir").line).resolve() != common:
        configured = ask(common, *ANY, "config", "--get", "core.worktree").line
        folder = common / configured if configured else common
    if ask(folder, *ANY, "rev-parse", "--is-bare-repository").line == "true":
        raise HubError(
            f"`{common}` is a bare repository: it has no main checkout.", "Run hubctl in a clone of it."
        )
    top = ask(folder, *ANY, "rev-parse", "--show-toplevel").line
    if not top:
        raise HubError(
            f"The main checkout of `{common}` cannot be found from here.", "Run hubctl in the main checkout."
        )
    return Path(top).resolve()


def head(repo: Repository) -> str:
    """The commit that the checkout stands on."""
    return git(repo, "rev-parse", "--verify", "HEAD^{commit}").line


def tip_of(repo: Repository, branch: str) -> str:
    """The commit of a branch, empty where it is gone."""
    return ask(repo, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").line


def dirty(repo: Repository) -> tuple[str, ...]:
    """What is changed, staged or new in a worktree, folders with a `/`; what is ignored or excluded does not count."""
    status = (
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=normal",
        "--ignore-submodules=dirty",
    )
    return tuple(entry[3:] for entry in git(repo, *status).names)


def commits_since(repo: Repository, base: str, tip: str = "HEAD") -> int:
    """How many commits `tip` has that `base` lacks; the hub's own merges lie before a thread's `base`."""
    return int(git(repo, "rev-list", "--count", f"{base}..{tip}", "--").line)


def changed_since(repo: Repository, base: str, tip: str = "HEAD") -> tuple[str, ...]:
    """The files whose committed content differs from where `tip` left `base`; a rename counts for both of its names."""
    return git(repo, "diff", "--name-only", "-z", "--no-renames", *PLAIN_DIFF, f"{base}...{tip}", "--").names


def guarded_changes(repo: Repository, base: str, tip: str = "HEAD") -> tuple[str, ...]:
    """Those among the changed files that could order a hub, a worker, a hook or a CI to do something."""
    return guarded(changed_since(repo, base, tip))


def elsewhere(repo: Repository, branch: str, base: str) -> str:
    """Where HEAD stands, if it has commits that neither `branch` nor `base` has: a branch, or a commit; else empty."""
    left_out = (f"^{base}", f"^refs/heads/{branch}")
    if ask(repo, "rev-list", "--ignore-missing", "--count", "HEAD", *left_out, "--").line == "0":
        return ""
    where = ask(repo, "symbolic-ref", "--quiet", "--short", "HEAD").line
    return where or ask(repo, "rev-parse", "--short", "HEAD").line


def guarded(names: Iterable[str]) -> tuple[str, ...]:
    """The same of any names. Case is folded: on many disks `.GitHub` is `.github`."""
    return tuple(name for name in names if _is_guarded(name.casefold()))


def _is_guarded(name: str) -> bool:
    folders = name.split("/")
    return name in GUARDED_FILES or folders[0] in GUARDED_FOLDERS or not GUARDED_ANYWHERE.isdisjoint(folders)


def own_configuration(repo: Repository) -> dict[str, str]:
    """The settings of the repository itself that may name what git runs, or where a remote is."""
    return own_settings(configuration(repo))


def publish(repo: Repository, branch: str, login: Mapping[str, str], known: Mapping[str, str]) -> None:
    """The branch as it is here, on the remote; never over what others put there.

    `login` is more of git's environment, `known` the repository's own configuration as a person has seen it: git obeys it
    here, and whoever can write it has programs run with that login. Raises HubError where it has changed.
    """
    demand_configuration(repo, known)
    where = ask(repo, "remote", "get-url", "--push", REMOTE).line
    if not where:
        raise HubError(
            f"`{repo.path}` has no remote `{REMOTE}`, so `{branch}` cannot be offered as a pull request.",
            f"`git remote add {REMOTE} URL`, or `board: {{pulls: off}}` in POLICY.md.",
        )
    ref = f"refs/heads/{branch}"
    words = ("push", "--quiet", "--no-verify", "--recurse-submodules=no", REMOTE, f"{ref}:{ref}")
    answer = ask(repo, *words, seconds=PUSH_SECONDS, lent=login, speaking=True)
    if answer.code and ("rejected" in answer.error or "fetch first" in answer.error):
        raise HubError(
            f"`{branch}` on `{REMOTE}` has commits that are not here: it is not published over them.",
            f"Look at them: `git fetch {REMOTE} {branch}`.",
        )
    if answer.code:
        raise refusal(repo, words, answer)


def demand_configuration(repo: Repository, known: Mapping[str, str]) -> None:
    """Raises HubError where the repository's own configuration is not as it is known."""
    if changed := differing(known, own_configuration(repo)):
        named = ", ".join(f"`{key}`" for key in changed[:NAMED]) + (" and more" if changed[NAMED:] else "")
        raise HubError(
            f"`{repo.common / 'config'}` has other settings than when the hub started: {named}.",
            "Look at them; if they are yours, `hubctl down` and `hubctl up` take them as they are now.",
        )


def exclude(repo: Repository, patterns: Sequence[str] = OURS) -> None:
    """Keeps the patterns out of git's sight in all worktrees, by `info/exclude`; what stands there already stays."""
    folder = repo.common / "info"
    with writing(folder):
        folder.mkdir(exist_ok=True)
        with held(folder):
            _add_lines((folder / "exclude").resolve(), [os.fsencode(pattern) for pattern in patterns])


def _add_lines(file: Path, wanted: Sequence[bytes]) -> None:
    text = file.read_bytes() if file.exists() else b""
    missing = [line for line in wanted if line not in text.splitlines()]
    if not missing:
        return
    gap = b"\n" if text and not text.endswith(b"\n") else b""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".exclude-")
    try:
        with os.fdopen(descriptor, "wb") as new:
            new.write(text + gap + b"".join(line + b"\n" for line in missing))
            os.fchmod(new.fileno(), file.stat().st_mode & 0o777 if file.exists() else 0o644)
            os.fsync(new.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def link(repo: Repository, place: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Gives a worktree the main checkout's untracked things; returns the names that were new to it.

    `paths` are relative to the checkout. What the main checkout lacks or the worktree has already is left alone.
    Raises HubError for a path that leads out of either.
    """
    names = [_inside(repo.path, place, path) for path in paths]
    exclude(repo, [_pattern(name) for name in names])
    if is_clone(repo, place):
        carry_excludes(repo, place)
    return tuple(
        str(name) for name in names if _share(repo.path / name, place, str(name), copied=name == COPIED)
    )


def _inside(main: Path, place: Path, path: str) -> PurePosixPath:
    name = PurePosixPath(path)
    odd = name.is_absolute() or ".." in name.parts or not name.parts or not path.isprintable()
    # A folder of the branch may itself be a link that leads out: only the last part is ours to make.
    if odd or not RESERVED.isdisjoint(name.parts) or not all(_holds(root, name) for root in (main, place)):
        raise HubError(
            f"`link: {path}` is nothing that `{main}` could share: it leads outside, or into git's or the hub's own.",
            "Name a path inside the repository, without `..`.",
        )
    return name


def _holds(root: Path, name: PurePosixPath) -> bool:
    return Path(os.path.realpath((root / name).parent)).is_relative_to(os.path.realpath(root))


def _pattern(name: PurePosixPath) -> str:
    """Anchored, and without a trailing slash: that would match folders alone, not the link."""
    return "/" + "".join(f"\\{sign}" if sign in "\\*?[ " else sign for sign in str(name))


def _share(source: Path, root: Path, name: str, *, copied: bool) -> bool:
    if not source.exists() or disk.stands_inside(root, name):
        return False
    with writing(root / name):
        if copied:
            disk.write_inside(root, name, source.read_bytes(), mode=stat.S_IMODE(source.stat().st_mode))
        else:
            disk.link_inside(root, name, source)
    return True
