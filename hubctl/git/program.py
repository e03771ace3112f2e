"""The one door through which git is called, and the locks that its callers hold.

Rules: every call names its folder. Nothing that a repository's configuration or the hub's environment names is run as
a side effect: no hook, fsmonitor, alias, external diff, signature program or background upkeep. Filters and merge
drivers stay (Git LFS needs them); they see an environment without the hub's secrets.
"""

import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hubctl import clock
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError

SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "merge.verifySignatures=false",
    "rerere.enabled=false",
    "submodule.recurse=false",
    "color.ui=false",
)
# An allow-list: no GIT_* variable leads to another repository, no token of the hub reaches a filter.
KEPT = frozenset({"HOME", "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "SSH_AUTH_SOCK", "LD_LIBRARY_PATH"})
KEPT_STARTS = ("XDG_", "SSL_CERT_", "http_", "https_", "no_proxy", "HTTP_", "HTTPS_", "NO_PROXY")
PLAIN_DIFF = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")
READ_SECONDS = 60.0
LOCK_SECONDS = 120.0
LOCK_LOOK_SECONDS = 0.05
GRACE_SECONDS = 2.0
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
LOCKED = re.compile(r"Unable to create '(.*\.lock)': File exists")
# A checkout on a full disk says "unable to write file", without the reason.
UNWRITTEN = re.compile(r".*(?:No space left on device|Disk quota exceeded|unable to write|write error).*")


class GitResult(Struct, frozen=True, kw_only=True):
    """What one git call said; `out` keeps bytes that are no UTF-8 as surrogates, as `os.fsdecode` does."""

    code: int
    out: str
    error: str

    @property
    def line(self) -> str:
        """The answer without its last newline; empty when git refused."""
        return "" if self.code else self.out.removesuffix("\n")

    @property
    def names(self) -> tuple[str, ...]:
        """The answer of a `-z` call."""
        return tuple(name for name in self.out.split("\0") if name)


def ask(
    path: Path,
    *words: str,
    seconds: float = READ_SECONDS,
    holding: int | None = None,
    lent: Mapping[str, str] | None = None,
) -> GitResult:
    """Runs git in `path`; a refusal is a value. Waits a moment for another git's lock.

    `holding` is a locked descriptor that git inherits: the lock outlives a killed hub until its git has ended too.
    `lent` is more of an environment, for this one call: a login.
    """
    answer = _call(path, words, seconds, holding, lent)
    for pause in PAUSES:
        if answer.code == 0 or not LOCKED.search(answer.error):
            break
        clock.pause(pause)
        answer = _call(path, words, seconds, holding, lent)
    return answer


def git(path: Path, *words: str, seconds: float = READ_SECONDS, holding: int | None = None) -> GitResult:
    """The same, where a refusal is a HubError."""
    answer = ask(path, *words, seconds=seconds, holding=holding)
    if answer.code:
        raise refusal(path, words, answer)
    return answer


def refusal(path: Path, words: Sequence[str], answer: GitResult) -> HubError:
    """Git's refusal in our words."""
    said = answer.error.strip()
    if lock := LOCKED.search(said):
        return HubError(
            f"`{lock[1]}` exists: another git works in `{path}`, or one was killed there.",
            f"If no git runs, remove it: `rm '{lock[1]}'`.",
        )
    if "dubious ownership" in said:
        return HubError(
            f"`{path}` belongs to another user, and git refuses to work in it.",
            f"If you trust it: `git config --global --add safe.directory '{path}'`.",
        )
    if unwritten := UNWRITTEN.search(said):
        return HubError(
            f"git could not write in `{path}` ({unwritten[0]}): the disk is full, or no place of yours.",
            f"Look how much is free: `df -h '{path}'`.",
        )
    last = said.splitlines()[-1] if said else f"exit code {answer.code}"
    return HubError(f"`git {_verb(words)}` failed in `{path}`: {last}", f"See `git -C '{path}' status`.")


def _verb(words: Sequence[str]) -> str:
    """The word after `-c key=value` pairs."""
    return next((word for word in words if not word.startswith("-") and "=" not in word), "")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an operating system's refusal to write below `path` into a HubError."""
    try:
        yield
    except OSError as error:
        named = error.filename or path
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(Path(os.fsdecode(named))) from error
        raise HubError(
            f"`{named}` cannot be written: {error.strerror}.", f"Look at it with `ls -ld '{named}'`."
        ) from error


def _full(path: Path) -> HubError:
    return HubError(f"The disk that holds `{path}` is full; nothing was kept.", "Free some space: `df -h`.")


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Holds an exclusive lock on a file (made if missing) or a folder, across processes and threads.

    Yields the locked descriptor. Gives up with a HubError after two minutes.
    """
    with writing(path):
        flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
        descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        with writing(path):
            _lock(descriptor, path)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    def is_locked() -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    if not clock.wait_until(is_locked, seconds=LOCK_SECONDS, every=LOCK_LOOK_SECONDS):
        raise HubError(
            f"`{path}` is locked: another hub, or its git, still works there.",
            f"See who: `fuser -v '{path}'`.",
        )


def _call(
    path: Path, words: Sequence[str], seconds: float, holding: int | None, lent: Mapping[str, str] | None
) -> GitResult:
    program = shutil.which("git")
    if program is None:
        raise HubError("`git` is not installed, or not in `PATH`.", "Install git 2.31 or newer.")
    if not path.is_dir():
        raise HubError(f"`{path}` is no folder (any more).", "Look where it went: `git worktree list`.")
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    # Absolute: a relative entry of PATH would find a program in the worktree.
    command = [str(Path(program).absolute()), "--no-pager", *settings, *words]
    with _started(command, path, holding, lent or {}) as process:
        out, error = _outcome(process, path, words, seconds)
    return GitResult(code=process.returncode, out=os.fsdecode(out), error=error.decode(errors="replace"))


def _started(
    command: Sequence[str], path: Path, holding: int | None, lent: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=path,
            env={**_environment(), **lent},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if holding is None else (holding,),
        )
    except OSError as error:
        raise HubError(
            f"`git` could not be started in `{path}`: {error.strerror}.", "See `ulimit -a`."
        ) from error


def _outcome(
    process: subprocess.Popen[bytes], path: Path, words: Sequence[str], seconds: float
) -> tuple[bytes, bytes]:
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise HubError(
            f"`git {_verb(words)}` in `{path}` took longer than {seconds:.0f} s and was ended.",
            f"See what holds it: `git -C '{path}' status`.",
        ) from None
    finally:
        if process.returncode is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """TERM first: git removes its lock files and unfinished worktrees on it. Its children are in its group."""
    for order in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, order)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_STARTS)}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
