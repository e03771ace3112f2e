"""The one door through which git is called, and the locks that its callers hold.

Rules: every call names its folder, and where a worker can write the repository, too (`location.py`). Nothing that a
repository's configuration or the hub's environment names is run as a side effect: no hook, fsmonitor, alias, external
diff, signature program or background upkeep, of filters those that are listed in `settings.py`, and no merge driver. No
remote is spoken to but by a call that says so, and no other has the person's ssh agent.
"""

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
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.location import Repository, environment, located
from hubctl.git.settings import LISTING, NO_FILES, GitSetting, settings, without_programs

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
    "safe.bareRepository=explicit",
)
# An allow-list: no GIT_* variable leads to another repository, no token of the hub reaches a filter.
KEPT = frozenset({"HOME", "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "LD_LIBRARY_PATH"})
KEPT_STARTS = ("XDG_", "SSL_CERT_", "http_", "https_", "no_proxy", "HTTP_", "HTTPS_", "NO_PROXY")
SPEAKING = frozenset({"SSH_AUTH_SOCK"})
"""Kept besides where a remote is spoken to."""
NO_REMOTE = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"}
REMOTE_PROTOCOLS = {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}
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


class _Call(Struct, frozen=True, kw_only=True):
    """One call of git; `holding`, `lent` and `speaking` are those of `ask`."""

    where: Path | Repository
    words: Sequence[str]
    seconds: float
    holding: int | None = None
    lent: Mapping[str, str] = field(default_factory=dict)
    speaking: bool = False

    @property
    def path(self) -> Path:
        return self.where.path if isinstance(self.where, Repository) else self.where

    @property
    def env(self) -> dict[str, str]:
        where = environment(self.where) if isinstance(self.where, Repository) else {}
        return {**_environment(speaking=self.speaking), **where, **self.lent}

    @property
    def entrance(self) -> tuple[str, ...]:
        return self.where.entrance if isinstance(self.where, Repository) else ()

    def command(self, program: str) -> list[str]:
        """In a cell git is the one that is found there, and what it finds it may run."""
        fixed = [word for setting in SETTINGS for word in ("-c", setting)]
        if self.entrance and isinstance(self.where, Repository):
            return [*self.entrance, "git", *located(self.where), "--no-pager", *fixed, *self.words]
        return [program, "--no-pager", *fixed, *self.words]


def ask(
    where: Path | Repository,
    *words: str,
    seconds: float = READ_SECONDS,
    holding: int | None = None,
    lent: Mapping[str, str] | None = None,
    speaking: bool = False,
) -> GitResult:
    """Runs git; a refusal is a value. Waits a moment for another git's lock.

    In a folder git looks for its repository by itself: no worker may be able to write what it finds there. `holding` is
    a locked descriptor that git inherits: the lock outlives a killed hub until its git has ended too. `lent` is more of an
    environment, for this one call: a login. `speaking`: the call may speak to a remote, with the person's ssh agent.
    """
    call = _Call(
        where=where, words=words, seconds=seconds, holding=holding, lent=lent or {}, speaking=speaking
    )
    if not call.entrance and _verb(words) not in NO_FILES:
        call = replace(call, lent={**without_programs(configuration(where)), **call.lent})
    answer = _run(call)
    for pause in PAUSES:
        if answer.code == 0 or not LOCKED.search(answer.error):
            break
        clock.pause(pause)
        answer = _run(call)
    return answer


def git(
    where: Path | Repository, *words: str, seconds: float = READ_SECONDS, holding: int | None = None
) -> GitResult:
    """The same, where a refusal is a HubError."""
    answer = ask(where, *words, seconds=seconds, holding=holding)
    if answer.code:
        raise refusal(where, words, answer)
    return answer


def configuration(where: Path | Repository) -> list[GitSetting]:
    """All settings that git obeys there, of all scopes; nothing where git cannot tell."""
    listed = _run(_Call(where=where, words=LISTING, seconds=READ_SECONDS))
    return settings([] if listed.code else listed.out.split("\0"))


def refusal(where: Path | Repository, words: Sequence[str], answer: GitResult) -> HubError:
    """Git's refusal in our words."""
    path = where.path if isinstance(where, Repository) else where
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


def _run(call: _Call) -> GitResult:
    program = shutil.which("git")
    if program is None:
        raise HubError("`git` is not installed, or not in `PATH`.", "Install git 2.31 or newer.")
    if not call.path.is_dir():
        raise HubError(f"`{call.path}` is no folder (any more).", "Look where it went: `git worktree list`.")
    # Absolute: a relative entry of PATH would find a program in the worktree.
    with _started(call.command(str(Path(program).absolute())), call) as process:
        out, error = _outcome(process, call)
    return GitResult(code=process.returncode, out=os.fsdecode(out), error=error.decode(errors="replace"))


def _started(command: Sequence[str], call: _Call) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=call.path,
            env=call.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if call.holding is None else (call.holding,),
        )
    except OSError as error:
        raise HubError(
            f"`git` could not be started in `{call.path}`: {error.strerror}.", "See `ulimit -a`."
        ) from error


def _outcome(process: subprocess.Popen[bytes], call: _Call) -> tuple[bytes, bytes]:
    try:
        return process.communicate(timeout=call.seconds)
    except subprocess.TimeoutExpired:
        raise HubError(
            f"`git {_verb(call.words)}` in `{call.path}` took longer than {call.seconds:.0f} s and was ended.",
            f"See what holds it: `git -C '{call.path}' status`.",
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


def _environment(*, speaking: bool) -> dict[str, str]:
    names = KEPT | SPEAKING if speaking else KEPT
    kept = {
        name: value for name, value in os.environ.items() if name in names or name.startswith(KEPT_STARTS)
    }
    kept |= REMOTE_PROTOCOLS if speaking else NO_REMOTE
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
