"""What a run of tests must not leave behind: processes, tmux servers, files, a changed checkout.

A run is known by its id. It stands in the name of the run's temporary folder, and so, through TMPDIR, HOME,
TMUX_TMPDIR or HUBCTL_TEST_RUN, in the environment, the words or the working directory of what the run starts, also
after `env -i`.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

SETTLE_SECONDS = 5.0
"""A killed process is gone only when its parent has read its end."""

SOCKET_PREFIX = "hubctl-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's id and folder, and what was there before it began."""

    id: str
    folder: Path
    checkout: Path
    sockets: frozenset[Path]
    tree: frozenset[str]

    @property
    def tmp(self) -> Path:
        """TMPDIR of the run: empty at its end, whatever the tests did."""
        return self.folder / "tmp"


def begin(checkout: Path) -> Run:
    """Makes the run's folder; the caller ends it by `clear`."""
    run_id = secrets.token_hex(4)
    folder = Path(tempfile.gettempdir()).resolve() / f"hubctl-test-{run_id}"
    (folder / "tmp").mkdir(parents=True)
    folder.chmod(0o700)
    return Run(
        id=run_id,
        folder=folder,
        checkout=checkout,
        sockets=frozenset(_sockets(_default_tmux_folder())),
        tree=_tree(checkout),
    )


def environment(run: Run) -> dict[str, str]:
    """What the run's processes get beside the surrounding environment."""
    return {"TMPDIR": str(run.tmp), "HUBCTL_TEST_RUN": run.id}


def find(run: Run, seconds: float = SETTLE_SECONDS) -> list[str]:
    """What is left after `seconds` of grace, a sentence each; empty when the run left the place as it was."""
    end = monotonic() + seconds
    while (left := list(_look(run))) and monotonic() < end:
        Event().wait(0.1)
    return left


def clear(run: Run) -> None:
    """Ends what the run left running, and removes its files."""
    for socket in _servers(run):
        subprocess.run(["tmux", "-S", socket, "kill-server"], check=False, capture_output=True)
    for pid, _ in processes(run.id):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(run.folder, ignore_errors=True)
    # The worker CLI keeps a folder for each working directory in the system's place, whatever TMPDIR says.
    for folder in Path(tempfile.gettempdir()).glob(f"claude-{os.getuid()}/*{run.id}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _look(run: Run) -> Iterator[str]:
    yield from (f"process {pid}: {words}" for pid, words in processes(run.id))
    yield from (f"tmux socket: {socket}, of {_owner(run, socket)}" for socket in _servers(run))
    yield from (f"file: {path}" for path in sorted(run.tmp.iterdir()))
    yield from (f"changed in the checkout: {line}" for line in sorted(_tree(run.checkout) ^ run.tree))


def processes(run_id: str) -> list[tuple[int, str]]:
    """The living processes that mention the run, with their words; never the caller."""
    mark, found = run_id.encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile, or is somebody else's
            words = (folder / "cmdline").read_bytes()
            place = os.fsencode((folder / "cwd").readlink())
            if mark in words + place + (folder / "environ").read_bytes():
                found.append((int(folder.name), words.replace(b"\0", b" ").decode(errors="replace")[:200]))
    return [(pid, words) for pid, words in sorted(found) if pid != os.getpid()]


# --- tmux ---------------------------------------------------------------------------------------------------------


def _servers(run: Run) -> list[Path]:
    """Sockets in the run's own folders, and new ones in the user's that no stranger's server listens on."""
    own = [path for place in run.folder.rglob(f"tmux-{os.getuid()}") for path in place.iterdir()]
    new = sorted(_sockets(_default_tmux_folder()) - run.sockets)
    return own + [path for path in new if not _is_strangers(path, run.id)]


def _owner(run: Run, socket: Path) -> str:
    """The folder of the test whose hub has this socket: the hub's state ends with the same id."""
    found = run.folder.rglob(f"*-{socket.name.removeprefix('hubctl-')}")
    return next((str(path) for path in found if path.is_dir()), "nobody known")


def _default_tmux_folder() -> Path:
    return Path(os.environ.get("TMUX_TMPDIR") or "/tmp") / f"tmux-{os.getuid()}"


def _sockets(folder: Path) -> set[Path]:
    return set(folder.glob(f"{SOCKET_PREFIX}*"))


def _is_strangers(socket: Path, run_id: str) -> bool:
    words = ["tmux", "-S", str(socket), "display-message", "-p", "#{pid}"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return done.returncode == 0 and int(done.stdout) not in dict(processes(run_id))


# --- the checkout -------------------------------------------------------------------------------------------------


def _tree(checkout: Path) -> frozenset[str]:
    words = ["git", "-C", str(checkout), "status", "--porcelain", "--untracked-files=all"]
    done = subprocess.run(
        words, check=False, capture_output=True, text=True
    )  # no repository: nothing to compare
    return frozenset(done.stdout.splitlines())
