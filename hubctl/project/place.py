"""Where a hub keeps its things, and how it is found again from a shell, from cron, and from inside a pane.

Rules: the state lies outside the work tree, for `git clean -fdx` must not reach it. `hubctl-id` in the common git folder
names it by its absolute path (cron has no XDG variables); the state names the repository back, so a copied repository
is told apart from its original.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

if TYPE_CHECKING:  # imported on use: a verb that only reads needs no git
    from hubctl.git.location import Repository

ID_FILE = "hubctl-id"
RECORD = "place.json"


class Place(Struct, frozen=True, kw_only=True):
    """A hub's home: its random id, the state's folder (0700), the main checkout."""

    id: str
    state: Path
    checkout: Path

    @property
    def db(self) -> Path:
        return self.state / "hub.db"

    @property
    def lock(self) -> Path:
        return self.state / "hub.lock"

    @property
    def git_lock(self) -> Path:
        return self.state / "git.lock"

    @property
    def trusted(self) -> Path:
        return self.state / "trusted.json"

    @property
    def accepted(self) -> Path:
        """The contents of trusted files, each under its SHA-256 (0700)."""
        return self.state / "accepted"

    @property
    def rules(self) -> Path:
        """The rules in force, as they were read from what is accepted."""
        return self.state / "rules.cache"

    @property
    def workers(self) -> Path:
        """One 0700 folder a worker: its token, its settings, its spool."""
        return self.state / "workers"

    @property
    def screens(self) -> Path:
        return self.state / "screens"

    @property
    def notes(self) -> Path:
        """What deliveries write down before they type."""
        return self.state / "deliveries"

    @property
    def starts(self) -> Path:
        """One file a thread whose worker works in a directory: the commit that it began from."""
        return self.state / "starts"

    @property
    def shims(self) -> Path:
        """The folder that comes first in a worker's PATH and holds only `hubctl`."""
        return self.state / "bin"

    @property
    def tmux_socket(self) -> str:
        """The name of the hub's own tmux server, where the project names no other."""
        return f"hubctl-{self.id}"

    @property
    def cell_shims(self) -> Path:
        """The same for cells: this `hubctl` opens no database."""
        return self.state / "cell-bin"

    @property
    def homes(self) -> Path:
        """One folder a thread, and one a standing worker: what its cells have as HOME (0700)."""
        return self.state / "homes"

    @property
    def kept(self) -> tuple[Path, ...]:
        """What no cell may write."""
        return (self.checkout, self.state)

    @property
    def crashes(self) -> Path:
        return self.state / "crashes"

    @property
    def hub_output(self) -> Path:
        """What a detached hub prints."""
        return self.state / "hub.log"

    @property
    def repository(self) -> Repository:
        from hubctl.git.repository import find_repository

        return find_repository(self.checkout)

    @property
    def name(self) -> str:
        return self.checkout.name


def find_place(env: Mapping[str, str], start: Path) -> Place:
    """By `HUBCTL_STATE`, then by git from `start`. Raises HubError: no repository, or none that `init` prepared."""
    if env.get("HUBCTL_STATE"):
        return _read_place(Path(env["HUBCTL_STATE"]).absolute(), cure="Correct `HUBCTL_STATE`, or unset it.")
    start = _around_threads(start)
    quick = _quick_place(start)
    if quick:
        return quick
    from hubctl.git.repository import find_repository

    repository = find_repository(start)
    found = _pointer(repository.common)
    if found is None:
        raise HubError(f"`{repository.path}` is not prepared for hubctl yet.", "Run `hubctl init` in it.")
    place = _read_place(found, cure=_afresh(repository))
    if place.checkout != repository.path:
        raise HubError(
            f"`{repository.path}` carries the id of the hub of `{place.checkout}`: it is a copy of it, or was moved.",
            "Run `hubctl init` here: a copy gets a hub of its own, a moved repository keeps its hub.",
        )
    return place


def _around_threads(start: Path) -> Path:
    """The checkout of the hub whose thread's folder this is: a clone is a repository of its own. Else `start`."""
    folders = (one for one in (start, *start.parents) if one.parent.parts[-2:] == (".hubctl", "worktrees"))
    thread = next(folders, None)
    return thread.parent.parent.parent if thread else start


def _quick_place(start: Path) -> Place | None:
    """The same without git, where nothing is odd: verbs are called all the time, and git costs them a tenth."""
    folder = next((one for one in (start, *start.parents) if (one / ".git").exists()), None)
    if folder is None or not (folder / ".git").is_dir():
        return None
    common = (folder / ".git").resolve()
    found = _pointer(common)
    if found is None or not (found / RECORD).exists():
        return None
    try:
        place = _read_place(found, cure="")
    except HubError:
        return None
    return place if place.checkout / ".git" == common else None


def make_place(env: Mapping[str, str], repository: Repository) -> tuple[Place, bool]:
    """The repository's place, made where there is none yet (then True). A moved repository takes its state along."""
    found = _pointer(repository.common)
    if found is not None and (found / RECORD).exists():
        place = _read_place(found, cure=_afresh(repository))
        if place.checkout == repository.path:
            return place, False
        if not place.checkout.exists():
            return _write_place(Place(id=place.id, state=found, checkout=repository.path), repository), False
    id = os.urandom(4).hex()
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", repository.path.name).strip("-") or "hub"
    state = _state_home(env) / f"{name}-{id}"
    return _write_place(Place(id=id, state=state, checkout=repository.path), repository), True


def _state_home(env: Mapping[str, str]) -> Path:
    home = env.get("XDG_STATE_HOME") or str(Path(env.get("HOME") or Path.home()) / ".local" / "state")
    folder = Path(home) / "hubctl"
    if not folder.is_absolute():
        raise HubError(
            f"`XDG_STATE_HOME` is `{home}`, which is no absolute path.", "Set it to one, or unset it."
        )
    refuse_windows_disk(folder)
    return folder


def refuse_windows_disk(folder: Path) -> None:
    """On WSL2 the Windows disks are shared by a protocol without the locks and watches that a hub needs."""
    if re.match(r"/mnt/[a-z](/|$)", str(folder)) and "microsoft" in _kernel().lower():
        raise HubError(
            f"`{folder}` lies on a Windows disk, where locks and file watches fail.", "Keep it under `~`."
        )


def _kernel() -> str:
    return os.uname().release


def _pointer(common: Path) -> Path | None:
    try:
        lines = (common / ID_FILE).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HubError(
            f"`{common / ID_FILE}` cannot be read: {error.strerror}.", "Mend its rights."
        ) from error
    if len(lines) < 2 or not Path(lines[1]).is_absolute():
        raise HubError(f"`{common / ID_FILE}` is torn.", "Delete it and run `hubctl init`.")
    return Path(lines[1])


def _afresh(repository: Repository) -> str:
    pointer = repository.common / ID_FILE
    return f"Restore it from a backup; or begin with an empty log: `rm '{pointer}'`, then `hubctl init`."


def _read_place(state: Path, *, cure: str) -> Place:
    try:
        record = json.loads((state / RECORD).read_text())
        return Place(id=str(record["id"]), state=state, checkout=Path(record["checkout"]))
    except FileNotFoundError as error:
        raise HubError(f"`{state}` holds no hub's state (any more): no `{RECORD}` is there.", cure) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HubError(f"`{state / RECORD}` cannot be read: {error}.", cure) from error


def _write_place(place: Place, repository: Repository) -> Place:
    new = not place.state.exists()
    record = json.dumps({"id": place.id, "checkout": str(place.checkout)})
    from hubctl.disk import writing

    try:
        with writing(place.state):
            place.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.state.chmod(0o700)
            write_whole(place.state / RECORD, record + "\n")
            write_whole(repository.common / ID_FILE, f"{place.id}\n{place.state}\n")
    except HubError:
        if new:
            shutil.rmtree(place.state, ignore_errors=True)
        raise
    return place


def write_whole(path: Path, text: str | bytes, *, mode: int = 0o600) -> None:
    """Writes beside and renames: a reader, or a crash, meets the old text or the new one."""
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        beside.touch(mode=mode)
        beside.write_bytes(text.encode() if isinstance(text, str) else text)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def is_running(place: Place) -> bool:
    """Whether some process holds the lock: true from a hub's first moment to its last, also after kill -9."""
    try:
        with place.lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise HubError(
            f"`{place.lock}` cannot be read: {error.strerror}.", f"See whose it is: `ls -l '{place.lock}'`."
        ) from error
    return False
