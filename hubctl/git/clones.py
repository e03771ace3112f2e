"""A repository of its own for each thread: all of git works there, and nothing of it can harm the main repository.

Its objects lie over those of the main repository, which its cell shows read-only. Rules: the hub makes it before a worker
has it; from then on no git of the hub runs there but in a cell (`Repository.entrance`). What was committed on the thread's
branch comes over by `bring`, under a ref of its own; the branch itself moves with `take_in` alone. A tip that a ref of the
hub leaves is kept by another (`refs/hubctl/kept/`), so no upkeep of the main repository takes away what a clone stands on.
"""

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from hubctl import disk
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.git.offer import FOLDER, LOCAL, kept, offer
from hubctl.git.program import ask, configuration, git, held, refusal
from hubctl.git.settings import KNOWN_FILTERS, OWN_SCOPES

MARKS = "hubctl-clones"
"""A folder in the main repository's git folder that names the clones: no worker can write it."""
CARRIED = frozenset(
    [
        "core.autocrlf",
        "core.eol",
        "core.ignorecase",
        "core.precomposeunicode",
        "core.safecrlf",
        "core.sparsecheckout",
        "core.sparsecheckoutcone",
        "core.symlinks",
        "merge.conflictstyle",
        "remote.origin.fetch",
        "user.email",
        "user.name",
    ]
)
"""Of the repository's own settings those that say how files look and who commits."""
CARRIED_FILES = ("shallow", "info/sparse-checkout", "info/attributes")
FETCH_SECONDS = 300.0
MAKE_SECONDS = 900.0
MOST_EXCLUDES = 1_000_000


def is_clone(own: Repository, path: Path) -> bool:
    """Whether the hub made a clone at this path, whatever is there now."""
    worktrees = Path(os.path.realpath(own.path / ".hubctl" / "worktrees"))
    return path.parent == worktrees and (own.common / MARKS / path.name).is_file()


def inward(name: str) -> str:
    """The ref that holds what was last brought from the clone of this name."""
    return f"refs/hubctl/in/{name}"


def make_clone(own: Repository, path: Path, *, bench: Path, branch: str, start: str) -> None:
    """A clone at `path`, where nothing or an empty folder stands, with `branch` checked out at `start`.

    Made in `bench`, which must not exist, and moved when it is whole. Raises HubError; then `path` is as it was.
    """
    with writing(bench):
        bench.mkdir(parents=True)
        fill(own, bench, branch, start)
        git(Repository(path=bench, common=bench / ".git"), "reset", "--quiet", "--hard", seconds=MAKE_SECONDS)
        mark(own, path.name, start=start)
        path.parent.mkdir(parents=True, exist_ok=True)
        bench.rename(path)


def mark(own: Repository, name: str, *, start: str) -> None:
    """From now on a folder of this name is a clone."""
    (own.common / MARKS).mkdir(exist_ok=True)
    (own.common / MARKS / name).touch()
    git(own, "update-ref", inward(name), start)


def fill(own: Repository, bench: Path, branch: str, start: str) -> None:
    """Makes the repository in a folder, with `branch` at `start` and nothing checked out. Raises HubError."""
    known = ask(own, "rev-parse", "--show-object-format").line or "sha1"
    git(bench, "init", "--quiet", "--template=", f"--object-format={known}")
    clone, refs = Repository(path=bench, common=bench / ".git"), offer(own)
    for folder in ("hooks", "info"):
        (clone.common / folder).mkdir(exist_ok=True)
    (clone.common / "objects" / "info" / "alternates").write_text(f"{own.common / 'objects'}\n")
    for name in CARRIED_FILES:
        if (own.common / name).is_file():
            shutil.copyfile(own.common / name, clone.common / name)
    with (clone.common / "config").open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(_configured(own))
    (clone.common / "packed-refs").write_text(_tracked(refs))
    carry_excludes(own, bench)
    git(clone, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
    git(clone, "update-ref", f"refs/heads/{branch}", start)


def _configured(own: Repository) -> Iterator[str]:
    """Lines of a configuration. An address keeps no login: it would be in the cell."""
    carried = {each.key: each.value for each in configuration(own) if each.scope in OWN_SCOPES}
    for key, value in carried.items():
        if key in CARRIED:
            yield _setting(key, value)
    if url := carried.get("remote.origin.url"):
        yield _setting("remote.origin.url", _without_login(url))
    for each in configuration(own):
        if each.key.startswith("filter.") and each.value in KNOWN_FILTERS:
            yield _setting(each.key, each.value)
    yield _setting("remote.hub.url", str(own.common / FOLDER))
    yield _setting("remote.hub.fetch", "+refs/heads/*:refs/remotes/hub/*")


def _setting(key: str, value: str) -> str:
    section, _, rest = key.partition(".")
    name, _, last = rest.rpartition(".")
    if not value.isprintable():
        return ""
    head = f"[{section} {json.dumps(name, ensure_ascii=False)}]" if name else f"[{section}]"
    return f"{head}\n\t{last} = {json.dumps(value, ensure_ascii=False)}\n"


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _tracked(refs: Mapping[str, str]) -> str:
    """What `git fetch hub` would have brought, as a file of refs."""
    renamed = {name.replace("refs/heads/", "refs/remotes/hub/", 1): commit for name, commit in refs.items()}
    return "".join(f"{renamed[name]} {name}\n" for name in sorted(renamed))


def carry_excludes(own: Repository, path: Path) -> None:
    """What git does not see in the main checkout it does not see in the clone; what a worker added stays."""
    name = ".git/info/exclude"
    try:
        ours = (own.common / "info" / "exclude").read_bytes()
    except OSError:
        return
    try:
        text = disk.read_inside(path, name, most=MOST_EXCLUDES)
    except OSError:
        text = b""
    missing = [line for line in ours.splitlines() if line not in text.splitlines()]
    if missing:
        disk.write_inside(path, name, b"\n".join([*text.splitlines(), *missing, b""]))


def bring(own: Repository, clone: Repository, branch: str) -> str:
    """Brings the branch over as it is in the clone, and returns its commit; the last one, where the branch is gone there.

    The clone's own git runs behind `entrance`; what it sends is checked object by object. Raises HubError.
    """
    # A look and a judgement may come at one time.
    with held(own.common / MARKS / clone.path.name):
        return _bring(own, clone, branch, inward(clone.path.name))


def _bring(own: Repository, clone: Repository, branch: str, ref: str) -> str:
    before = _commit(own, ref)
    words = (
        *("-c", "transfer.fsckObjects=true", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"),
        *("--no-recurse-submodules", "--upload-pack", shlex.join([*clone.entrance, "git"]) + " upload-pack"),
        *(str(clone.path), f"+refs/heads/{branch}:{ref}"),
    )
    answer = ask(own, *words, seconds=FETCH_SECONDS, lent=LOCAL)
    if "couldn't find remote ref" in answer.error:
        return before
    if answer.code:
        raise refusal(clone, words, answer)
    tip = _commit(own, ref)
    if before and not is_ancestor(own, before, tip):
        kept(own, before)
    return tip


def take_in(own: Repository, name: str, branch: str, tip: str) -> str:
    """Moves the branch to a tip that was brought; why not, where it holds commits that the hub did not put there.

    Raises HubError where a person has it checked out.
    """
    ref, put = f"refs/heads/{branch}", f"refs/hubctl/put/{name}"
    now = _commit(own, ref)
    if now == tip:
        return ""
    _demand_free(own, branch)
    if now and not is_ancestor(own, now, tip):
        if now not in (_commit(own, put), _commit(own, f"refs/hubctl/start/{name}")):
            return f"`{branch}` has commits of others: git fetch hub && git merge hub/{branch}"
        kept(own, now)
    git(own, "update-ref", ref, tip, now or "0" * len(tip))
    git(own, "update-ref", put, tip)
    return ""


def _demand_free(own: Repository, branch: str) -> None:
    listed = git(own, "worktree", "list", "--porcelain").out.split("\n\n")
    for lines in (block.strip("\n").split("\n") for block in listed):
        if f"branch refs/heads/{branch}" in lines:
            path = lines[0].removeprefix("worktree ")
            raise HubError(
                f"`{branch}` is checked out in `{path}`, so it cannot be moved to what was done.",
                f"Leave it there: `git -C '{path}' switch --detach`.",
            )


def last_brought(own: Repository, name: str, branch: str) -> str:
    """What a new clone begins with: the branch, or what came after it; empty where there is neither."""
    here, there = _commit(own, f"refs/heads/{branch}"), _commit(own, inward(name))
    return here if not there or (here and is_ancestor(own, there, here)) else there


def is_ancestor(own: Repository, old: str, new: str) -> bool:
    return ask(own, "merge-base", "--is-ancestor", old, new).code == 0


def _commit(own: Repository, name: str) -> str:
    return ask(own, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").line


def set_aside(own: Repository, path: Path) -> Path:
    """Moves a clone that is broken out of the way, and returns where it is. Raises HubError."""
    folder = own.path / ".hubctl" / "aside"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        number = sum(one.name.startswith(f"{path.name}.") for one in folder.iterdir()) + 1
        return path.rename(folder / f"{path.name}.{number}")
