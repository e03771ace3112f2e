"""Which files of a repository may order things on this machine: their hashes, as a person accepted them.

Rules (docs/design.md#trust): `hubctl.yaml`, `POLICY.md`, roles and the `mcp` files that they name, `.claude/` and
`.mcp.json` can make hubctl execute things. They hold after `hubctl trust`; they are read from the main checkout, never
from a worker's worktree. What the worker CLI reads by itself it reads from its worktree, so the base commit's `.claude/`
and `.mcp.json` must be trusted too. A directory that a role names is trusted by its absolute path, with what workers
read there. What the hub reads itself is kept as it was accepted: a change that nobody trusted is then as if it had not
happened.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from stat import S_ISREG

from hubctl.core.documents.roles import Role, parse_role
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError
from hubctl.git.directories import located
from hubctl.project.place import Place, write_whole
from hubctl.project.wakeup import wake

FILES = ("hubctl.yaml", "POLICY.md", ".mcp.json")
ROLES = ".hubctl/roles"
FOLDERS = (ROLES, ".claude")
READ_BY_WORKERS = (".claude", ".mcp.json")
MOST_FILES = 2000
NAMED = 8
UNREADABLE = ""
DIRECTORY = "directory"
"""What stands in the place of a directory's hash: its path is what was accepted."""
LINK = "120000"
"""Git's mode of a symbolic link."""
NOT_OURS = (".claude/worktrees/",)
"""The worker CLI's own worktrees: whole checkouts, which nothing reads as settings."""


class Change(Struct, frozen=True, kw_only=True):
    """A file that is not as it was trusted; `what` is `new`, `changed` or `gone`.

    `holds`: the version that was trusted is kept, and the hub goes by it.
    """

    file: str
    what: str
    holds: bool = False


def hashes(checkout: Path) -> dict[str, str]:
    """The SHA-256 of every file that can order things, by its path in the repository; in directories, by its whole path."""
    found = [name for name in FILES if (checkout / name).is_file()]
    for folder in FOLDERS:
        found += _below(checkout, folder)
    roles = tuple(_roles(checkout))
    found += sorted({role.mcp for role in roles if role.mcp and (checkout / role.mcp).is_file()} - {*found})
    directories = located(checkout, roles)
    found += [name for directory in directories for name in _read_in(directory)]
    hashed = {name: _hash(checkout / name) for name in found}
    accepted = {f"{directory}/": DIRECTORY for directory in directories}
    return {**{name: value for name, value in hashed.items() if value is not None}, **accepted}


def _roles(checkout: Path) -> Iterator[Role]:
    """The repository's own roles as far as they can be read: no hub runs with one that cannot."""
    for path in sorted((checkout / ROLES).glob("*.md")):
        with suppress(HubError, OSError, UnicodeDecodeError):
            yield parse_role(path.read_text(encoding="utf-8"), name=path.stem, file=path.name)


def _read_in(directory: Path) -> Iterator[str]:
    """What a worker there reads by itself. The names are absolute, so that they say where."""
    for name in READ_BY_WORKERS:
        inside = _below(directory, name) if (directory / name).is_dir() else [name]
        yield from (str(directory / each) for each in inside if (directory / each).is_file())


def _below(checkout: Path, folder: str) -> list[str]:
    """The files of a folder, sorted. Raises HubError where there are more than a person could have read."""
    found: list[str] = []
    for path, folders, files in os.walk(checkout / folder):
        here = Path(path).relative_to(checkout)
        folders[:] = [name for name in folders if not f"{(here / name).as_posix()}/".startswith(NOT_OURS)]
        found += [(here / name).as_posix() for name in files if Path(path, name).is_file()]
    if len(found) > MOST_FILES:
        raise HubError(
            f"`{checkout / folder}` holds {len(found)} files, and at most {MOST_FILES} can be trusted.",
            "Move what no worker reads out of it.",
        )
    return sorted(found)


def _hash(path: Path) -> str | None:
    """None for a file that went away meanwhile; UNREADABLE, also what a pipe is, is never trusted."""
    try:
        with FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
            return _digest(file.readall()) if S_ISREG(os.fstat(file.fileno()).st_mode) else UNREADABLE
    except FileNotFoundError:
        return None
    except OSError:
        return UNREADABLE


def _digest(content: bytes) -> str:
    import hashlib  # on use, as git: rules that were kept need neither

    return hashlib.sha256(content).hexdigest()


def git_hashes(common: Path) -> dict[str, str]:
    """The same of what git obeys, by its path in the repository: its configuration, and hooks with their right to run."""
    found = {".git/config": _hash(common / "config") or UNREADABLE}
    for path in sorted((common / "hooks").glob("*")):
        if path.suffix != ".sample" and path.is_file():
            runs = "x" if os.access(path, os.X_OK) else ""
            found[f".git/hooks/{path.name}"] = (_hash(path) or UNREADABLE) + runs
    return found


def trusted(place: Place) -> dict[str, str]:
    """What was accepted; nothing before the first time, or where the record cannot be read."""
    return read_record(place) or {}


def read_record(place: Place) -> dict[str, str] | None:
    """The same, and None where there is no record that can be read."""
    try:
        known = json.loads(place.trusted.read_text())
    except (OSError, ValueError):
        return None
    return {str(name): str(value) for name, value in known.items()} if isinstance(known, dict) else None


def changes(place: Place) -> tuple[Change, ...]:
    """What differs from the trusted hashes now. With a file that is gone, what it forbade is gone too."""
    known, now = trusted(place), hashes(place.checkout)
    differing = (name for name in {**now, **known} if known.get(name) != now.get(name))
    return tuple(
        Change(file=name, what=_what(name, known, now), holds=_is_kept(place, name, known))
        for name in differing
    )


def _what(name: str, known: Mapping[str, str], now: Mapping[str, str]) -> str:
    if name not in now:
        return "gone"
    return "changed" if name in known else "new"


def is_read_by_hub(name: str) -> bool:
    """Not by the worker CLI from its worktree or a directory, where no other version could be put in its place."""
    return name != ".mcp.json" and not name.startswith((".claude/", "/"))


def _is_kept(place: Place, name: str, known: Mapping[str, str]) -> bool:
    if not is_read_by_hub(name) or name not in known:
        return False
    return known[name] != UNREADABLE and _hash(place.accepted / known[name]) == known[name]


def held(place: Place, hashed: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """The files that the hub goes by, as they were trusted (or those of `hashed`). Raises HubError: one was not kept."""
    known = trusted(place) if hashed is None else hashed
    return {name: _content(place, name, value) for name, value in known.items() if is_read_by_hub(name)}


def _content(place: Place, name: str, value: str) -> bytes:
    for path in (place.accepted / value, place.checkout / name):
        with suppress(OSError):
            content = path.read_bytes()
            if _digest(content) == value:
                return content
    raise HubError(
        f"`{name}` is not as it was trusted, and the trusted version was not kept.",
        "Look at it, then run `hubctl trust`.",
    )


def keep(place: Place) -> None:
    """Keeps what is trusted and unchanged: an older hubctl wrote down the hashes alone."""
    for name, content in held(place).items():
        _keep(place, name, content)


def _keep(place: Place, name: str, content: bytes) -> str:
    """Returns the hash under which it lies."""
    from hubctl.disk import writing

    value = _digest(content)
    path = place.accepted / value
    if is_read_by_hub(name) and not path.exists():
        with writing(path):
            place.accepted.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, content)
    return value


def accept(place: Place, *, only: frozenset[str] | None = None) -> tuple[str, ...]:
    """Trusts the files as they are now (or `only` those that a verb itself wrote); returns their names."""
    from hubctl.disk import writing

    now = hashes(place.checkout)
    names = [name for name in now if only is None or name in only]
    if unread := [name for name in names if now[name] == UNREADABLE]:
        raise HubError(f"`{place.checkout / unread[0]}` cannot be read.", "Mend its rights.")
    kept: Mapping[str, str] = trusted(place) if only is not None else {}
    with writing(place.trusted):
        text = json.dumps({**kept, **{name: _accepted(place, name, now[name]) for name in names}}, indent=1)
        write_whole(place.trusted, text + "\n")
    wake(place.db)
    return tuple(names)


def _accepted(place: Place, name: str, value: str) -> str:
    """The hash to write down. What is kept is what is read here, whatever is written over it meanwhile."""
    return _keep(place, name, (place.checkout / name).read_bytes()) if is_read_by_hub(name) else value


def is_accepted(place: Place, folder: Path, name: str) -> bool:
    """Whether a file that the worker CLI reads in a worktree or a directory is as it was trusted, or is not there.

    Its worker may have written it since the commit was looked at, and would be started anew by its own settings.
    """
    known, found = trusted(place), _hash(folder / name)
    return found is None or found in (known.get(name), known.get(str(folder / name)))


def demand(place: Place, *, only: str = "") -> None:
    """Raises HubError unless every file that can order things (or `only` this one) is trusted as it is."""
    _refuse([change for change in changes(place) if only in ("", change.file)])


def demand_start(place: Place) -> None:
    """The same but for changes in whose place the trusted version holds: what a running hub may start workers with."""
    _refuse([change for change in changes(place) if not change.holds])


def _refuse(changed: Sequence[Change]) -> None:
    if changed:
        named = ", ".join(f"`{change.file}` ({change.what})" for change in changed[:NAMED])
        named += f" and {len(changed) - NAMED} more" if changed[NAMED:] else ""
        raise HubError(
            f"Not trusted on this machine: {named}. Such files can make hubctl execute things, so nothing is started.",
            "Read them, then run `hubctl trust`.",
        )


def demand_commit(place: Place, commit: str) -> None:
    """The same for what the worker CLI would read in a worktree of this commit."""
    from hubctl.git.program import git

    known = trusted(place)
    listed = git(place.checkout, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *READ_BY_WORKERS).out
    for entry in filter(None, listed.split("\0")):
        facts, _, name = entry.partition("\t")
        mode, kind = facts.split(" ")[:2]
        if kind != "blob" or name.startswith(NOT_OURS):
            continue
        if mode == LINK:
            raise HubError(
                f"`{name}` in commit {commit[:10]} is a link: what a worker would read there cannot be trusted.",
                "Commit the file itself in its place.",
            )
        # With filters: the hash is that of the file as a worktree has it, with its line ends.
        content = git(place.checkout, "cat-file", "--filters", f"{commit}:{name}").out
        if known.get(name) != _digest(os.fsencode(content)):
            raise HubError(
                f"`{name}` in commit {commit[:10]} is not trusted on this machine, and a worker would obey it.",
                f"Look at it with `git show {commit[:10]}:{name}`; check it out, then run `hubctl trust`.",
            )
