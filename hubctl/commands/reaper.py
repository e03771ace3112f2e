"""Runs one command of a worker's and ends all that it started: a program of its own, so that it outlives a killed hub.

It is started as `python -I -S reaper.py` with three descriptors and nothing else:
0  the order, one line of JSON (see `Order`); what follows is the lifeline: its end means stop
1  the report: a line of JSON when the command starts, one when it could not, a line when all is over
2  the output, a file

Rules: the standard library alone, one thread, no waiting but in `poll`. On Linux everything that the command started
is found again, whatever session it went to, because orphans fall to a subreaper; elsewhere its process group must do.
What it asks others to start for it (a tmux server, a container daemon, systemd) is theirs.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from time import monotonic

ORDER, REPORT, OUTPUT = 0, 1, 2
GRACE_SECONDS = 2.0
"""Between TERM and KILL, for a command that has something to put away."""
LAST_SECONDS = 5.0
"""For what even KILL does not end: a process stuck in the kernel, or another user's."""
LOOK_SECONDS = 0.1
ROUNDS = 50
CHUNK = 65_536
TAIL_BYTES = 262_144
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


class Order:
    """What to run. `words` is the argv, `env` the exact environment, `room` the bytes that the output may take."""

    def __init__(self, line: bytes) -> None:
        said = json.loads(line)
        self.words: list[str] = said["words"]
        self.cwd: str = said["cwd"]
        self.env: dict[str, str] = said["env"]
        self.seconds: float = said["seconds"]
        self.room: int = said["room"]


class Record:
    """The output file: the beginning as it comes, and at the end what came last, with a note of what is missing."""

    def __init__(self, room: int) -> None:
        self.last_room = min(room // 2, TAIL_BYTES)
        self.first_room = room - self.last_room
        self.last = bytearray()
        self.left_out = 0

    def add(self, data: bytes) -> None:
        first = data[: self.first_room]
        self.first_room -= len(first)
        self.write(first)
        self.last += data[len(first) :]
        surplus = len(self.last) - self.last_room
        if surplus > 0:
            del self.last[:surplus]
            self.left_out += surplus

    def close(self) -> None:
        if self.left_out:
            self.write(b"\n[hubctl: %d bytes are left out here]\n" % self.left_out)
        self.write(bytes(self.last))

    def write(self, data: bytes) -> None:
        """A full disk must not stop the command: it would look like the command's own failure."""
        while data:
            try:
                data = data[os.write(OUTPUT, data) :]
            except OSError:
                return


class CommandRun:
    """One command from its start to the death of the last of its descendants."""

    def __init__(self, order: Order, *, wakeup: int, subreaper: bool) -> None:
        self.wakeup = wakeup
        self.subreaper = subreaper
        self.record = Record(order.room)
        self.status: int | None = None
        self.reason = "ended"
        self.source, mouth = os.pipe()
        os.set_blocking(self.source, False)
        self.source_open = True
        self.poller = select.poll()
        for descriptor in (ORDER, wakeup, self.source):
            self.poller.register(descriptor, select.POLLIN)
        try:
            self.child = start(order, mouth)
        finally:
            os.close(mouth)
        self.deadline = monotonic() + order.seconds

    def run(self) -> None:
        while self.status is None:
            left = self.deadline - monotonic()
            if left <= 0 and not self.end("timeout"):
                break
            ready = {descriptor for descriptor, _ in self.poller.poll(max(left, 0) * 1000)}
            if self.source in ready:
                self.read()
            if self.wakeup in ready:
                self.reap()
            if ORDER in ready:
                self.poller.unregister(ORDER)
                self.end("stopped")
        self.clear()

    def end(self, reason: str) -> bool:
        """Asks politely, once. False: it was asked before."""
        if self.reason != "ended":
            return False
        self.reason = reason
        self.deadline = monotonic() + GRACE_SECONDS
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child, signal.SIGTERM)
        return True

    def read(self) -> None:
        if not self.source_open:
            return
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.source, CHUNK)
            self.record.add(data)
            if not data:  # all writers have closed it, and poll would say so for ever
                self.poller.unregister(self.source)
                self.source_open = False

    def reap(self) -> bool:
        """Buries who has died; False when no child is left."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.wakeup, CHUNK)
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                if found[0] == self.child:
                    self.status = os.waitstatus_to_exitcode(found[1])
            return True
        return False

    def clear(self) -> None:
        """Kills in rounds: whoever dies hands its children to the subreaper, who finds them in the next one."""
        until = monotonic() + LAST_SECONDS
        self.kill()
        while self.reap() and monotonic() < until:
            self.poller.poll(LOOK_SECONDS * 1000)
            self.read()
            self.kill()
        self.drain()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if not self.subreaper or self.status is None:
                os.killpg(self.child, signal.SIGKILL)
        for process in frozen() if self.subreaper else ():
            send(process, signal.SIGKILL)

    def drain(self) -> None:
        """What the dead still had in the pipe."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.source, CHUNK):
                self.record.add(data)
        self.record.close()


def start(order: Order, mouth: int) -> int:
    told = os.dup(REPORT)

    def begin() -> None:
        """In the child, before the command: whoever kills the reaper from now on, the hub knows the group."""
        if sys.platform == "linux":
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        report(told, started=os.getpid())

    try:
        process = subprocess.Popen(
            order.words,
            cwd=order.cwd,
            env=order.env,
            stdin=subprocess.DEVNULL,
            stdout=mouth,
            stderr=mouth,
            start_new_session=True,
            preexec_fn=begin,
        )
    finally:
        os.close(told)
    process.returncode = 0  # `reap` waits for it, not subprocess
    return process.pid


def prctl(option: int, value: int) -> bool:
    """False where the system has no such call."""
    try:
        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def descendants() -> set[int]:
    """All processes below this one, the dead that nobody has buried too."""
    parents = {int(name): parent_of(name) for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208 -- names are enough
    found = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def frozen() -> set[int]:
    """Stops them all before any is killed: a stopped process cannot fork while the others are dying."""
    found: set[int] = set()
    for _ in range(ROUNDS):
        fresh = descendants() - found
        if not fresh:
            break
        found |= fresh
        for process in fresh:
            send(process, signal.SIGSTOP)
    return found


def send(process: int, order: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, order)


def parent_of(process: str) -> int:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123 -- no pathlib: it would cost more than the rest
            # The name, in brackets, may hold anything; the parent is the second word behind it.
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def read_line(descriptor: int) -> bytes:
    """Up to the first newline; empty when the hub died before it had written one."""
    line = bytearray()
    while not line.endswith(b"\n"):
        data = os.read(descriptor, CHUNK)
        if not data:
            return b""
        line += data
    return bytes(line)


def open_wakeup() -> int:
    """A descriptor that becomes readable with each signal."""
    wakeup, signaled = os.pipe()
    for end in (wakeup, signaled):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(signaled, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return wakeup


def report(descriptor: int = REPORT, /, **words: object) -> None:
    with contextlib.suppress(OSError):  # the hub may be gone
        os.write(descriptor, json.dumps(words).encode() + b"\n")


def main() -> None:
    line = read_line(ORDER)
    if not line:
        return
    subreaper = sys.platform == "linux" and prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        watch = CommandRun(Order(line), wakeup=open_wakeup(), subreaper=subreaper)
    except OSError as error:
        report(failed=f"{error.filename}: {error.strerror}")
        return
    watch.run()
    report(status=watch.status, reason=watch.reason)


if __name__ == "__main__":
    main()
