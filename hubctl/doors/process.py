"""The doors' process as the hub has it: started, brought back when it dies, told of new rules, ended.

Rules: it is no child that ends with the hub: workers go on while the hub is away. A hub that comes starts it anew, with its
own environment and code; the one before ends when what runs through it has ended. Lines go over a socket of its own.
"""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from hubctl import clock
from hubctl.doors.rules import FOLDER, WorkerDoors, write_rules
from hubctl.doors.sockets import connect
from hubctl.errors import HubError

CONTROL: Final = "control.sock"
ERRORS: Final = "errors.log"
LOOK, OPEN, END = b"look\n", b"open\n", b"end\n"
"""Said to the process: read the rules (answered when their doors are open), and end."""
ANSWER_SECONDS, LOOK_SECONDS = 20.0, 0.05
END_SECONDS: Final = 2.0
"""How long the hub waits at its end for doors that nothing runs through."""
SHORT_SECONDS, LONGEST_PAUSE = 5.0, 30.0
"""A process that lived shorter than this comes back later each time."""


class Doors:
    """Of one hub. `env` is where the process finds logins."""

    def __init__(self, state: Path, *, env: Mapping[str, str]) -> None:
        self._state, self._env = state, env
        self._closing, self._lock = threading.Event(), threading.Lock()
        self._life: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Thread(target=self._keep, name="doors", daemon=True)

    def start(self) -> None:
        """Returns when the doors of the rules are open. Raises HubError."""
        (self._state / FOLDER).mkdir(mode=0o700, exist_ok=True)
        self._spawn()
        self._guard.start()

    def put(self, doors: Iterable[WorkerDoors]) -> None:
        """Writes the rules, and returns when they are in force. Raises HubError where the process does not answer."""
        write_rules(self._state, doors)
        if not clock.wait_until(self._is_in_force, seconds=ANSWER_SECONDS, every=LOOK_SECONDS):
            raise HubError(
                "The doors of the cells do not open.", f"Look at `{self._state / FOLDER / ERRORS}`."
            )

    def close(self, *, end: bool) -> None:
        """The hub goes. `end`: and the doors with it, when what runs through them has ended."""
        with self._lock:
            self._closing.set()
            if self._life and end:
                with suppress(OSError):
                    self._life.sendall(END)
            self._cut()
        if self._guard.is_alive():
            self._guard.join()
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS if end else 0)
            self._process.returncode = self._process.returncode or 0  # it may outlive this hub, and shall

    def _is_in_force(self) -> bool:
        try:
            with connect(self._state / FOLDER, CONTROL, seconds=ANSWER_SECONDS) as line:
                line.sendall(LOOK)
                return line.recv(len(OPEN)) == OPEN
        except OSError:
            return False

    # --- its life -------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Holds the line of life; when it ends the process is started anew, unless the hub goes."""
        pause = 0.0
        while True:
            began = time.monotonic()
            self._hold()
            pause = 0.0 if time.monotonic() - began > SHORT_SECONDS else min(2 * pause + 0.1, LONGEST_PAUSE)
            if self._closing.wait(pause):
                return
            with suppress(HubError, OSError):
                self._spawn()

    def _hold(self) -> None:
        """Until the process, or `close`, ends the line."""
        if self._life:
            with self._life, suppress(OSError):
                while self._life.recv(64):
                    continue
            self._life = None
        if self._process and not self._closing.is_set():
            self._process.wait()

    def _cut(self) -> None:
        if self._life:
            with suppress(OSError):
                self._life.shutdown(socket.SHUT_RDWR)

    def _spawn(self) -> None:
        errors = self._state / FOLDER / ERRORS
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", "hubctl.doors", str(self._state)],
                cwd="/",
                env=dict(self._env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        assert self._process.stdout
        with self._process.stdout as said:
            opened = said.readline() == OPEN
        if not opened:
            self._process.wait()
            why = errors.read_text(errors="replace").strip().rpartition("\n")[2]
            raise HubError(f"The doors of the cells do not open: {why}", f"Look at `{errors}`.")
        life = connect(self._state / FOLDER, CONTROL, seconds=ANSWER_SECONDS)
        life.settimeout(None)
        with self._lock:
            self._life = life
            if self._closing.is_set():
                self._cut()
