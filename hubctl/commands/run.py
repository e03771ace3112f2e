"""Runs what the hub executes on behalf of workers (`validate`, `setup`): code that a worker wrote.

Rules: the environment is exactly what is given; stdin is `/dev/null`; no descriptor of the hub leaks in; time and
output are limited; what the command started ends with it, and all of it ends with the hub, however the hub ends. The
work is done by `reaper.py`, whose lifeline this module holds.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from time import monotonic

from hubctl.commands import reaper
from hubctl.core.vocabulary.limits import Excess
from hubctl.core.vocabulary.text import last_words
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.errors import HubError
from hubctl.ports.workspaces import CommandResult

OUTPUT_BYTES = 8 * 1024 * 1024
TAIL_BYTES = 64 * 1024
TAIL_LINES, TAIL_CHARACTERS = 3, 700
STOP_LOOK_SECONDS = 0.2
"""`Event` has no descriptor to poll beside the report's."""
USE_LOOK_SECONDS = 1.0
LATE_SECONDS = 10.0
"""The reaper's own limits (grace, last rounds) and its start; beyond them it is stopped or broken."""
SHELLS = ("/bin/bash", "/bin/sh")
"""People write their commands for bash, not for dash; `-c` reads no profile."""
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Some Pythons do not start without them; the command does not see them."""


class _Report(Struct, frozen=True, kw_only=True):
    """What the reaper has said so far; `reason` empty: not the last word."""

    started: int = 0
    failed: str = ""
    reason: str = ""
    status: int | None = None


def run_command(
    command: str,
    *,
    cwd: Path,
    env: Mapping[str, str],
    output: Path,
    seconds: float,
    stop: Event | None = None,
    output_bytes: int = OUTPUT_BYTES,
    way_in: Sequence[str] = (),
    excess: Callable[[int], Excess | None] = lambda _: None,
) -> CommandResult:
    """Runs `command` in bash (sh where there is none) and waits for its end; `way_in` are the words that start it in a cell.

    stdout and stderr go to `output`, interleaved; `stop` ends it early, and so does what `excess` says of all below a process.
    Raises HubError when it did not start or was lost.
    """
    order = {"words": [*way_in, _shell(), "-c", command], "cwd": str(cwd), "env": dict(env)}
    with _reaper(output) as process:
        _send(process, json.dumps(order | {"seconds": seconds, "room": output_bytes}))
        looks = _Looks(process.pid, stop, excess)
        report = _followed(process, looks, monotonic() + seconds + LATE_SECONDS)
    if not report.reason:
        raise _lost(command, cwd, report)
    return CommandResult(
        exit_code=_exit_code(report),
        timed_out=report.reason == "timeout",
        stopped=report.reason == "stopped" and looks.excess is None,
        excess=looks.excess,
        output=output,
    )


def tail_of(output: Path) -> str:
    """The last words of an output file, fit for a worker's prompt; empty where there are none."""
    try:
        with output.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return last_words(text, TAIL_LINES, TAIL_CHARACTERS)


def _shell() -> str:
    return next((shell for shell in SHELLS if os.access(shell, os.X_OK)), SHELLS[-1])


@contextlib.contextmanager
def _reaper(output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A reaper that waits for its order. Leaving drops its lifeline and waits until it is gone."""
    kept = {name: os.environ[name] for name in LIBRARY_PATHS if name in os.environ}
    try:
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", reaper.__file__],
                cwd="/",
                env=kept,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
    except OSError as error:
        raise HubError(
            f"`{error.filename or output}`, for a command's output, cannot be used: {error.strerror}.",
            f"Look at it: `ls -ld '{output.parent}'`.",
        ) from error
    with process:
        try:
            yield process
        finally:
            _drop(process)


def _drop(process: "subprocess.Popen[bytes]") -> None:
    _cut(process)
    try:
        process.wait(LATE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _cut(process: "subprocess.Popen[bytes]") -> None:
    """Drops the lifeline."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def _send(process: "subprocess.Popen[bytes]", order: str) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # a dead reaper is found out by its silence
        process.stdin.write(order.encode() + b"\n")
        process.stdin.flush()


class _Looks:
    """What may end a command early."""

    def __init__(self, pid: int, stop: Event | None, excess: Callable[[int], Excess | None]) -> None:
        self._pid, self._stop, self._look = pid, stop, excess
        self._due = monotonic() + USE_LOOK_SECONDS
        self.excess: Excess | None = None

    def ends(self) -> bool:
        if self.excess is None and monotonic() >= self._due:
            self.excess = self._look(self._pid)
            self._due = monotonic() + USE_LOOK_SECONDS
        return self.excess is not None or (self._stop is not None and self._stop.is_set())


def _followed(process: "subprocess.Popen[bytes]", looks: _Looks, until: float) -> _Report:
    """Reads to the report's end, or to the time when even a slow reaper must be through."""
    assert process.stdout is not None
    source = process.stdout.fileno()
    poller = select.poll()
    poller.register(source, select.POLLIN)
    text = b""
    while (left := until - monotonic()) > 0:
        ended = looks.ends()
        if ended:
            _cut(process)
        if poller.poll((left if ended else min(left, STOP_LOOK_SECONDS)) * 1000):
            data = os.read(source, TAIL_BYTES)
            if not data:
                break
            text += data
    return _read(text, process)


def _read(text: bytes, process: "subprocess.Popen[bytes]") -> _Report:
    report = _Report()
    for line in text.splitlines():
        report = replace(report, **json.loads(line))
    if report.started and not report.reason and not report.failed:
        # The reaper was killed or stopped: its command's group is all that can be found without it.
        process.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(report.started, signal.SIGKILL)
    return report


def _exit_code(report: _Report) -> int | None:
    if report.reason != "ended" or report.status is None:
        return None
    return 128 - report.status if report.status < 0 else report.status


def _lost(command: str, cwd: Path, report: _Report) -> HubError:
    if report.failed:
        return HubError(
            f"`{command}` could not be started in `{cwd}`: {report.failed}.", "Look at that path."
        )
    return HubError(
        f"`{command}` was lost: the process that watched over it was killed; whether it passed is unknown.",
        "Look for a full memory (`dmesg`), then try again.",
    )
