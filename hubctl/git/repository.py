"""What hubctl knows of a repository, and what it shares with the worktrees: everything is asked by its path."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.git.program import PLAIN_DIFF, ask, git, held, refusal, writing

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


class Repository(Struct, frozen=True, kw_only=True):
    """`path` is the main checkout, `common` the git folder that all worktrees share; both absolute, links resolved."""

    path: Path
    common: Path


def find_repository(start: Path) -> Repository:
    """The repository around `start`, the same from each of its worktrees and subfolders.

    Raises HubError where git, a repository, a main checkout or a first commit is missing.
    """
    folder = start if start.is_dir() else start.parent
    answer = ask(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")
    if "not a git repository" in answer.error:
        raise HubError(f"`{folder}` is in no git repository.", f"Make one: `git init '{folder}'`.")
    if answer.code:
        raise refusal(folder, ("rev-parse",), answer)
    common = Path(answer.line).resolve()
    path = _main_checkout(folder, common)
    if ask(path, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").code:
        raise HubError(
            f"`{path}` has no commit yet, so no worker has anything to start from.",
            f"Make a first one: `git -C '{path}' commit --allow-empty -m 'First commit'`.",
        )
    return Repository(path=path, common=common)


def _main_checkout(folder: Path, common: Path) -> Path:
    """Git names the main checkout nowhere but in it: it is beside `.git`, or where the git folder's config says."""
    if common.name == ".git":
        folder = common.parent
    elif Path(git(folder, "rev-parse", "--path-format=absolute", "--git-dir").line).resolve() != common:
        configured = ask(common, "config", "--get", "core.worktree").line
        folder = common / configured if configured else common
    if ask(folder, "rev-parse", "--is-bare-repository").line == "true":
        raise HubError(
            f"`{common}` is a bare repository: it has no main checkout.", "Run hubctl in a clone of it."
        )
    top = ask(folder, "rev-parse", "--show-toplevel").line
    if not top:
        raise HubError(
            f"The main checkout of `{common}` cannot be found from here.", "Run hubctl in the main checkout."
        )
    return Path(top).resolve()


def head(repo: Repository) -> str:
    """The commit that the main checkout stands on."""
    return git(repo.path, "rev-parse", "--verify", "HEAD^{commit}").line


def dirty(path: Path) -> tuple[str, ...]:
    """What is changed, staged or new in a worktree, folders with a `/`; what is ignored or excluded does not count."""
    status = (
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=normal",
        "--ignore-submodules=dirty",
    )
    return tuple(entry[3:] for entry in git(path, *status).names)


def commits_since(path: Path, base: str) -> int:
    """How many commits HEAD has that `base` lacks; the hub's own merges lie before a thread's `base`."""
    return int(git(path, "rev-list", "--count", f"{base}..HEAD", "--").line)


def changed_since(path: Path, base: str) -> tuple[str, ...]:
    """The files whose committed content differs from where HEAD left `base`; a rename counts for both of its names."""
    return git(path, "diff", "--name-only", "-z", "--no-renames", *PLAIN_DIFF, f"{base}...HEAD", "--").names


def guarded_changes(path: Path, base: str) -> tuple[str, ...]:
    """Those among the changed files that could order a hub, a worker, a hook or a CI to do something."""
    return guarded(changed_since(path, base))


def guarded(names: Iterable[str]) -> tuple[str, ...]:
    """The same of any names. Case is folded: on many disks `.GitHub` is `.github`."""
    return tuple(name for name in names if _is_guarded(name.casefold()))


def _is_guarded(name: str) -> bool:
    folders = name.split("/")
    return name in GUARDED_FILES or folders[0] in GUARDED_FOLDERS or not GUARDED_ANYWHERE.isdisjoint(folders)


def publish(repo: Repository, branch: str, login: Mapping[str, str]) -> None:
    """The branch as it is here, on the remote; never over what others put there. `login`: more of git's environment."""
    where = ask(repo.path, "remote", "get-url", "--push", REMOTE).line
    if not where:
        raise HubError(
            f"`{repo.path}` has no remote `{REMOTE}`, so `{branch}` cannot be offered as a pull request.",
            f"`git remote add {REMOTE} URL`, or `board: {{pulls: off}}` in POLICY.md.",
        )
    ref = f"refs/heads/{branch}"
    words = ("push", "--quiet", "--no-verify", "--recurse-submodules=no", REMOTE, f"{ref}:{ref}")
    answer = ask(repo.path, *words, seconds=PUSH_SECONDS, lent=login)
    if answer.code and ("rejected" in answer.error or "fetch first" in answer.error):
        raise HubError(
            f"`{branch}` on `{REMOTE}` has commits that are not here: it is not published over them.",
            f"Look at them: `git fetch {REMOTE} {branch}`.",
        )
    if answer.code:
        raise refusal(repo.path, words, answer)


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


def link(repo: Repository, worktree: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Gives a worktree the main checkout's untracked things; returns the names that were new to it.

    `paths` are relative to the checkout. What the main checkout lacks or the worktree has already is left alone.
    Raises HubError for a path that leads out of either.
    """
    names = [_inside(repo.path, worktree, path) for path in paths]
    exclude(repo, [_pattern(name) for name in names])
    return tuple(
        str(name) for name in names if _share(repo.path / name, worktree / name, copied=name == COPIED)
    )


def _inside(main: Path, worktree: Path, path: str) -> PurePosixPath:
    name = PurePosixPath(path)
    odd = name.is_absolute() or ".." in name.parts or not name.parts or not path.isprintable()
    # A folder of the branch may itself be a link that leads out: only the last part is ours to make.
    if odd or not RESERVED.isdisjoint(name.parts) or not all(_holds(root, name) for root in (main, worktree)):
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


def _share(source: Path, target: Path, *, copied: bool) -> bool:
    if not source.exists() or os.path.lexists(target):
        return False
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if copied:
            shutil.copy2(source, target)
        else:
            target.symlink_to(source)
    return True
