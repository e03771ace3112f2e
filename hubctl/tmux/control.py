"""One standing control-mode connection to a tmux server: commands without a fork, and tmux's own notifications.

What is measured of it stands in docs/facts/tmux.md#the-control-connection.
- Answers are matched by order, so one late answer makes all of them suspect: the connection is ended and made anew.
- Nothing is sent before `%session-changed` (commands sent earlier may run without a session), and never an empty line
  (it detaches the client).
- `no-output`, else a busy pane that nobody reads fills the server's memory; `ignore-size`, else people's windows shrink.
- Inside a block only `%end` or `%error` with the block's own numbers ends it: a captured screen may show anything.
"""

import os
import select
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from hubctl.ports.worker import RuntimeUnavailable
from hubctl.tmux.program import CURE, clean_env

DEADLINE_SECONDS = 5.0
"""For one answer, and for the greeting of a new connection; tmux takes under a millisecond."""
PROBE_SECONDS = 15.0
"""After so long without a word tmux is asked whether it is there."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
"""Before the next try to connect: doubled after each failure, back to the first with each greeting."""
_PROBE = "refresh-client"
_CHUNK = 1 << 18


@dataclass(slots=True)
class _Asked:
    command: str
    deadline: float
    answer: "Future[list[str]]" = field(default_factory=Future)


class ControlClient:
    """`tmux -C attach` to one session, kept up by a thread of its own until `close`.

    `greeting` is sent first on each connection, its answers unread. `turned` is called after it and after a loss, `told`
    with each notification (`%window-renamed @3 name`), both on this client's thread: they must not call `run`.
    """

    def __init__(
        self,
        *,
        socket: str,
        session: str,
        told: Callable[[str], None],
        turned: Callable[[], None] = lambda: None,
        greeting: Sequence[str] = (),
        deadline_seconds: float = DEADLINE_SECONDS,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        self._target = (socket, session)
        self._told, self._turned, self._greeting = told, turned, tuple(greeting)
        self._deadline_seconds, self._probe_seconds = deadline_seconds, probe_seconds
        # -u: under cron's locale `✳` would arrive as `_`. -N: no server with the hub's own environment.
        self._words = ["-u", "-N", "-L", socket, "-C", "attach-session", "-f", "no-output,ignore-size"]
        self._words += ["-t", f"={session}"]
        self._lock = threading.Lock()
        self._asked: deque[_Asked] = deque()
        self._link: _Link | None = None
        self._greeted = self._closed = False
        self._pause = FIRST_PAUSE_SECONDS
        self._bell, self._rope = os.pipe()
        self._thread = threading.Thread(target=self._keep_up, name="tmux-control", daemon=True)
        self.connections = 0

    def start(self) -> None:
        """Returns at once: `turned` tells when there is a connection."""
        self._thread.start()

    def close(self) -> None:
        """Ends the connection and its process; what is still asked fails. A second call does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        os.write(self._rope, b".")
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._bell)
        os.close(self._rope)

    @property
    def pid(self) -> int | None:
        """The client's process, None while there is none."""
        link = self._link
        return link.process.pid if link else None

    def run(self, *commands: str) -> list[str]:
        """What the commands print, in order. One command each: no `;`, which would have two answers.

        Raises RuntimeUnavailable where there is no connection, tmux refuses one of them, or an answer is late.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("the thread that reads the answers cannot wait for one")
        asked = self._ask(commands)
        return [line for each in asked for line in each.answer.result()]

    def _ask(self, commands: Sequence[str]) -> list[_Asked]:
        if any(not command.strip() or "\n" in command for command in commands):
            raise ValueError("a command is one line, and not an empty one")
        with self._lock:
            if self._link is None or not self._greeted:
                raise self._unavailable("there is no connection")
            asked = [_Asked(command, time.monotonic() + self._deadline_seconds) for command in commands]
            self._asked += asked
            self._link.write("".join(f"{command}\n" for command in commands).encode())
        return asked

    def _unavailable(self, why: str) -> RuntimeUnavailable:
        return RuntimeUnavailable(
            f"tmux on the socket `{self._target[0]}` was not asked or did not answer: {why}", CURE
        )

    # --- the client's own thread ----------------------------------------------------------------------------------

    def _keep_up(self) -> None:
        poller = select.poll()
        poller.register(self._bell, select.POLLIN)
        while not self._closed:
            try:
                self._connect_and_read(poller)
            finally:
                self._drop()
            if not self._closed:
                poller.poll(self._pause * 1000)
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def _connect_and_read(self, poller: select.poll) -> None:
        try:
            link = _Link([shutil.which("tmux") or "tmux", *self._words])
        except OSError:
            return  # no tmux, no process left: the next try may have more luck
        with self._lock:
            self._link = link
        poller.register(link.output, select.POLLIN)
        try:
            self._read(link, poller)
        finally:
            poller.unregister(link.output)

    def _read(self, link: "_Link", poller: select.poll) -> None:
        """Until the connection ends, an answer is late, or the client is closed."""
        heard = time.monotonic()
        while not self._closed and not link.broken:
            # Looked at now and then: what is asked in the meantime has a deadline too. An answer is given up after two.
            wait = min(self._next_deadline(heard) - time.monotonic(), self._deadline_seconds)
            ready = poller.poll(max(0.0, wait) * 1000)
            now = time.monotonic()
            if any(source == link.output for source, _ in ready):
                heard = now
                if not self._take(link):
                    return
            elif self._is_late(now, heard):
                return

    def _next_deadline(self, heard: float) -> float:
        with self._lock:
            if not self._greeted:
                return heard + self._deadline_seconds
            return min([heard + self._probe_seconds, *(each.deadline for each in list(self._asked)[:1])])

    def _is_late(self, now: float, heard: float) -> bool:
        with self._lock:
            if not self._greeted:
                return heard + self._deadline_seconds <= now
            if self._asked:
                return self._asked[0].deadline <= now
            idle = heard + self._probe_seconds <= now
        if idle:
            with suppress(RuntimeUnavailable):
                self._ask([_PROBE])
        return False

    def _take(self, link: "_Link") -> bool:
        """Reads what came; False at its end."""
        lines = link.read()
        for line in lines or ():
            if line.startswith("%session-changed ") and not self._greeted:
                self._greet()
            elif line.startswith("%exit"):
                return False
            elif line.startswith("%"):
                self._told(line)
        for ok, printed in link.answers():
            self._answer(ok=ok, printed=printed)
        return lines is not None

    def _greet(self) -> None:
        with self._lock:
            self._greeted, self._pause = True, FIRST_PAUSE_SECONDS
            self.connections += 1
        with suppress(RuntimeUnavailable):
            self._ask(self._greeting)
        self._turned()

    def _answer(self, *, ok: bool, printed: list[str]) -> None:
        with self._lock:
            asked = self._asked.popleft() if self._asked else None
        if asked is None:
            return
        if ok:
            asked.answer.set_result(printed)
        else:
            said = " ".join(printed) or "it did not say why"
            asked.answer.set_exception(self._unavailable(f"it refused `{asked.command}`: {said}"))

    def _drop(self) -> None:
        """Ends the process; everything that was asked fails."""
        with self._lock:
            greeted, link = self._greeted, self._link
            self._link, self._greeted = None, False
            asked, self._asked = self._asked, deque()
        if link:
            link.close()
        for each in asked:
            each.answer.set_exception(self._unavailable(f"the connection was lost at `{each.command}`"))
        if greeted:
            self._turned()


class _Link:
    """One client process: its pipes, and tmux's output cut into notifications and answers."""

    def __init__(self, words: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=clean_env(),
            start_new_session=True,  # Ctrl-C is the hub's, which closes this in order
        )
        assert self.process.stdin
        assert self.process.stdout
        self._input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        # Not even a stopped server may block a thread of ours: it keeps the reading end of the pipe open.
        os.set_blocking(self._input, False)
        self.broken = False
        self._tail = b""
        self._mark: bytes | None = None
        self._block: list[bytes] = []
        self._done: list[tuple[bool, list[str]]] = []

    def write(self, data: bytes) -> None:
        """A pipe that is full or gone breaks the link: tmux has left 64 kB unread, or is no more."""
        try:
            self.broken = self.broken or os.write(self._input, data) < len(data)
        except (BlockingIOError, BrokenPipeError):
            self.broken = True
        if self.broken:
            self.process.kill()

    def read(self) -> list[str] | None:
        """The notifications in what came, None at the end."""
        data = os.read(self.output, _CHUNK)
        if not data:
            return None
        *lines, self._tail = (self._tail + data).split(b"\n")
        return [line.decode(errors="replace") for line in lines if self._is_told(line)]

    def answers(self) -> list[tuple[bool, list[str]]]:
        """The answers that are whole: whether tmux did it, and what it printed."""
        done, self._done = self._done, []
        return done

    def _is_told(self, line: bytes) -> bool:
        """Whether the line is a notification: it is no part of a block."""
        if self._mark is None:
            if not line.startswith(b"%begin "):
                return True
            self._mark, self._block = line.removeprefix(b"%begin "), []
        elif line.startswith(b"%") and line in (b"%end " + self._mark, b"%error " + self._mark):
            # The last number: 1 is an answer to us, 0 the output of a hook.
            if self._mark.endswith(b" 1"):
                printed = [each.decode(errors="replace") for each in self._block]
                self._done.append((line.startswith(b"%end"), printed))
            self._mark = None
        else:
            self._block.append(line)
        return False

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
