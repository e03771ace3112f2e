"""A worker's words out of its cell: files of a folder of its own, each answered through a named pipe beside it.

Rules: whose words they are is known from the folder; of what a worker may lay there only plain files of a known name are
opened, links are not followed, and no more is read than a worker's verb can need. The verbs and their options are a closed
list, for others name files and repositories. A file goes when it has been answered, so a hub that was dead meanwhile
takes it up.
"""

import errno
import os
import re
import select
import stat
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hubctl import clock
from hubctl.core.vocabulary.values import Struct

WORDS_FILE = re.compile(r"\d{1,19}-\d{1,10}\.words")
MOST_BYTES = 64 * 1024
SECONDS = 60.0
OPEN_SECONDS, LOOK_SECONDS = 5.0, 0.01
"""How long a shell may take to open the pipe; a word that nobody waits for keeps only its own worker."""
OPTIONS: Mapping[str, Mapping[str, bool]] = {
    "done": {"--summary": True, "--help": False},
    "progress": {"--help": False},
    "ask": {"--help": False},
    "handoff": {"--to": True, "--why": True, "--help": False},
    "status": {"--json": False, "--help": False},
}
"""The verbs that a worker may say, and their options: whether a value follows."""
SCRIPT = Path(__file__).with_name("words.sh")


class Exit(Struct, frozen=True, kw_only=True):
    """What the worker's shell prints and how it exits; 0 prints to stdout, everything else to stderr."""

    code: int
    text: str


def refusal(words: Sequence[str]) -> str:
    """Why these are no words of a worker; empty where they are."""
    verb, rest = (words[0], words[1:]) if words else ("", ())
    if verb in ("--help", "") and not rest:
        return f"hubctl: a worker's words are {', '.join(OPTIONS)}; each explains itself with --help"
    if verb not in OPTIONS:
        return f"hubctl: `{verb[:40]}` is no worker's word: these are {', '.join(OPTIONS)}"
    value = False
    for word in rest:
        if value:
            value = False
        elif word == "--":
            return ""
        elif word.startswith("-"):
            name, said, _ = word.partition("=")
            if name not in OPTIONS[verb]:
                return f"hubctl: `{verb}` has no option `{name[:40]}` for workers; text that begins so goes behind `--`"
            value = OPTIONS[verb][name] and not said
    return ""


def read_words(path: Path) -> tuple[str, ...] | None:
    """The words in a worker's file; None where it is none. A link, a pipe or a huge file is none."""
    if not WORDS_FILE.fullmatch(path.name):
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            return None
        said = os.read(descriptor, MOST_BYTES)
    finally:
        os.close(descriptor)
    return (
        tuple(word.decode(errors="replace") for word in said.removesuffix(b"\0").split(b"\0")) if said else ()
    )


def spoken(words: Sequence[str], *, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Exit:
    """Says the words for the worker; `command` is hubctl outside, `env` proves the worker to it."""
    if why := refusal(words):
        return Exit(code=2, text=why)
    try:
        done = subprocess.run(
            [*command, *words],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Exit(code=1, text=f"hubctl: {error}")
    return Exit(code=done.returncode, text=(done.stdout + done.stderr).rstrip("\n"))


def answered(path: Path, ended: Exit) -> None:
    """Through the pipe to whoever still waits there; then the words are dealt with."""
    gate = path.with_suffix(".gate")
    text = f"{ended.code}\n{ended.text}\n".encode(errors="replace")
    if _is_pipe(gate):
        # The shell opens it just after it has laid its words there.
        clock.wait_until(lambda: _written(gate, text), seconds=OPEN_SECONDS, every=LOOK_SECONDS)
    with suppress(OSError):
        path.unlink()


def _is_pipe(gate: Path) -> bool:
    try:
        return stat.S_ISFIFO(gate.lstat().st_mode)
    except OSError:
        return False


def _written(gate: Path, text: bytes) -> bool:
    """False: nobody reads there yet. What became another thing meanwhile, or is left, gets nothing."""
    try:
        descriptor = os.open(gate, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return error.errno != errno.ENXIO
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLOUT)
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        while is_pipe and text and poller.poll(OPEN_SECONDS * 1000):
            text = text[os.write(descriptor, text) :]
    except OSError:  # the shell was interrupted
        return True
    finally:
        os.close(descriptor)
    return True
