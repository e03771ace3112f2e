"""Stand-ins for workers, driven by one process that `watch` starts; by itself it measures nothing.

Each pane holds a process that does nothing; the driver writes into its terminal what the worker CLI writes there, and
into a session file and a spool what that leaves on disk. Before the first byte of a change it writes a line of truth:
`<CLOCK_MONOTONIC ns> <worker> <view>`; and after each hook's end `<ns> hooks <their CPU so far, in ns>`.
Imitated: the title turns 2-11 ms before the screen is drawn; busy, the title's glyph moves each 960 ms and the spinner
each 110 ms, or text streams; idle and dialog are silent; a killed worker leaves title, screen and session file.
"""

import heapq
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

CAPTURES = Path(__file__).resolve().parents[2] / "tests" / "captures" / "2.1.329"
SPINNER, BUSY_GLYPHS, REST_GLYPH = "·✢*✶✻✽", "◐◑", "✳"
FRAME_SECONDS, TITLE_SECONDS = 0.11, 0.96
BUSY_SECONDS, DIALOG_SECONDS = 4.0, 2.0
DIALOGS, STREAMING = 0.2, 0.25
"""The share of turns that meet a dialog, and of workers that stream text while they work."""
SPINNER_AT = "\x1b[18;1H"


def _screen(recording: str) -> bytes:
    ansi = (CAPTURES / recording / "screen.ansi").read_text(encoding="utf-8")
    return b"\x1b[H\x1b[2J" + ansi.rstrip("\n").encode()


SCREENS = {"idle": "idle_fresh", "busy": "running_thinking", "waiting": "perm_bash"}


@dataclass(kw_only=True)
class StandIn:
    """One worker. Times are CLOCK_MONOTONIC seconds; `terminal` is a descriptor, -1 when it is dead."""

    worker: str
    pid: int
    start: str
    token: str
    spool: str
    session: str
    tty: str
    terminal: int = -1
    view: str = "idle"
    until: float = 0.0
    draw_at: float = 0.0
    title_at: float = 0.0
    frame: int = 0
    streams: bool = False

    def write(self, text: bytes) -> None:
        os.write(self.terminal, text)

    def title(self, glyph: str) -> None:
        self.write(f"\x1b]0;{glyph} Claude Code\x07".encode())

    def tell_file(self) -> None:
        """In place, as the worker CLI does: a reader may meet half of it."""
        now = int(time.time() * 1000)  # noqa: TID251 -- the file holds the wall clock's milliseconds
        found = {"pid": self.pid, "sessionId": f"s-{self.worker}", "procStart": self.start, "cwd": "/"}
        found |= {"version": "2.1.329", "status": self.view, "statusUpdatedAt": now}
        if self.view == "waiting":
            found["waitingFor"] = "permission prompt"
        Path(self.session).write_text(json.dumps(found), encoding="utf-8")


@dataclass(kw_only=True)
class Driver:
    """All stand-ins of a server. `active` is the share of its time that a worker is busy."""

    standins: list[StandIn]
    hook: str
    truth: int
    active: float
    queue: list[tuple[float, int]] = field(default_factory=list)
    hooks: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    hooks_cpu: int = 0

    def __post_init__(self) -> None:
        self.screens = {view: _screen(recording) for view, recording in SCREENS.items()}

    def start(self, deaths: Mapping[int, float]) -> None:
        """`deaths` are seconds from now, by the stand-in's index."""
        now = time.monotonic()
        for index, each in enumerate(self.standins):
            each.terminal = os.open(each.tty, os.O_WRONLY | os.O_NOCTTY)
            each.streams = random.random() < STREAMING
            each.title(REST_GLYPH)
            each.write(self.screens["idle"])
            each.tell_file()
            each.until = now + random.uniform(0, 1.5 * self._mean("idle"))
            self.queue.append((each.until, index))
        self.queue += [(now + seconds, ~index) for index, seconds in deaths.items()]
        heapq.heapify(self.queue)

    def run(self, end: float) -> None:
        while (now := time.monotonic()) < end:
            while self.queue and self.queue[0][0] <= now:
                self._step(heapq.heappop(self.queue)[1], now)
            self._reap()
            Event().wait(
                max(0.0, min([end, now + 0.5, *(at for at, _ in self.queue[:1])]) - time.monotonic())
            )

    def _step(self, index: int, now: float) -> None:
        each = self.standins[max(index, ~index)]
        if each.terminal < 0:
            return
        if index < 0:
            self._die(each)
            return
        if each.draw_at and now >= each.draw_at:
            each.draw_at = 0.0
            each.write(self.screens[each.view])
        elif now >= each.until:
            self._turn(each, now)
        else:
            self._animate(each, now)
        heapq.heappush(self.queue, (self._next(each, now), index))

    def _next(self, each: StandIn, now: float) -> float:
        if each.draw_at:
            return each.draw_at
        return min(each.until, now + FRAME_SECONDS) if each.view == "busy" else each.until

    def _animate(self, each: StandIn, now: float) -> None:
        each.frame += 1
        if now >= each.title_at:
            each.title_at = now + TITLE_SECONDS
            each.title(BUSY_GLYPHS[each.frame % 2])
        text = SPINNER[each.frame % len(SPINNER)]
        if each.streams:
            text += " Kneading… " + "word " * (each.frame % 20) + "\x1b[K"
        each.write(f"{SPINNER_AT}{text}".encode())

    def _mean(self, view: str) -> float:
        idle = BUSY_SECONDS * (1 - self.active) / self.active
        return {"busy": BUSY_SECONDS, "waiting": DIALOG_SECONDS}.get(view, idle)

    def _turn(self, each: StandIn, now: float) -> None:
        before = each.view
        each.view = "busy" if before != "busy" else ("waiting" if random.random() < DIALOGS else "idle")
        self._tell(f"{each.worker} {each.view}")
        each.until = now + self._mean(each.view) * random.uniform(0.5, 1.5)
        each.draw_at, each.title_at = now + random.uniform(0.002, 0.011), now + TITLE_SECONDS
        each.title(BUSY_GLYPHS[0] if each.view == "busy" else REST_GLYPH)
        each.tell_file()
        self._hook(each, before)

    def _die(self, each: StandIn) -> None:
        self._tell(f"{each.worker} gone")
        os.close(each.terminal)
        each.terminal = -1
        os.kill(each.pid, signal.SIGKILL)

    def _tell(self, words: str) -> None:
        os.write(self.truth, f"{time.monotonic_ns()} {words}\n".encode())

    def _hook(self, each: StandIn, before: str) -> None:
        """The product's own hook, run as the worker CLI runs it."""
        busy = "UserPromptSubmit" if before == "idle" else "PostToolUse"
        name = {"busy": busy, "waiting": "PermissionRequest", "idle": "Stop"}[each.view]
        payload = {
            "hook_event_name": name,
            "session_id": f"s-{each.worker}",
            "tool_name": "Bash",
            "prompt": "x",
        }
        env = {"PATH": os.environ["PATH"], "HUBCTL_SPOOL": each.spool, "HUBCTL_TOKEN": each.token}
        process = subprocess.Popen(["/bin/sh", self.hook], stdin=subprocess.PIPE, env=env)
        assert process.stdin
        with process.stdin as pipe:
            pipe.write(json.dumps(payload).encode())
        self.hooks.append(process)

    def _reap(self) -> None:
        while self.hooks:
            process = self.hooks[0]
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not pid:
                return
            process.returncode = os.waitstatus_to_exitcode(status)
            self.hooks.pop(0)
            self.hooks_cpu += int((usage.ru_utime + usage.ru_stime) * 1e9)
            self._tell(f"hooks {self.hooks_cpu}")


def main(words: list[str]) -> int:
    """The one word is a file with JSON: `standins`, `hook`, `truth`, `active`, `seconds`, `deaths`."""
    if len(words) != 1:
        print("standins: `watch` starts it\nscripts/bench watch --quick", file=sys.stderr)
        return 2
    given = json.loads(Path(words[0]).read_text(encoding="utf-8"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    truth = os.open(given["truth"], os.O_WRONLY | os.O_APPEND)
    standins = [StandIn(**each) for each in given["standins"]]
    driver = Driver(standins=standins, hook=given["hook"], truth=truth, active=given["active"])
    seconds = given["seconds"]
    deaths = random.sample(range(len(standins)), given["deaths"])
    driver.start({index: random.uniform(0.2, 0.9) * seconds for index in deaths})
    driver.run(time.monotonic() + seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
