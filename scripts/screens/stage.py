"""One run of a worker CLI in a private tmux, until its screen stands still."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hubctl.core.vocabulary.values import Struct
from scripts.screens.scenarios import Scenario

KEY = "sk-ant-api03-a-dummy-key-for-the-loopback-only"
ROWS = 40
SECONDS, CALM_SECONDS, LOOK_SECONDS = 40.0, 1.5, 0.1
FAR = 4102444800000
"""Milliseconds since 1970: a login that does not end."""
PLAN = {
    "claudeAiOauth": {
        "accessToken": "sk-ant-oat01-a-dummy-login-for-the-loopback-only",
        "refreshToken": "sk-ant-ort01-a-dummy-login-for-the-loopback-only",
        "expiresAt": FAR,
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max",
    }
}


class Stage(Struct, frozen=True, kw_only=True):
    """A HOME, a project and a log of requests of its own."""

    scenario: Scenario
    folder: Path
    socket: str
    url: str

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def tmux(self, *words: str) -> str:
        env = {
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
        }
        command = ["tmux", "-u", "-f", "/dev/null", "-L", self.socket, *words]
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout

    def prepare(self) -> None:
        scenario = self.scenario
        known: dict[str, object] = {"hasCompletedOnboarding": True}
        if scenario.approved:
            known["customApiKeyResponses"] = {"approved": [KEY[-20:]], "rejected": []}
        if scenario.trusted:
            known["projects"] = {str(self.project): {"hasTrustDialogAccepted": True}}
        _write(self.home / ".claude.json", json.dumps(known))
        if scenario.login == "plan":
            _write(self.home / ".claude" / ".credentials.json", json.dumps(PLAN))
        self.project.mkdir()
        _write(self.project / "CLAUDE.md", "one\n")
        for path, content in scenario.files:
            _write(self.project / path, content)

    def begin(self, claude: Path) -> None:
        given = {
            "HOME": self.home,
            "PATH": os.environ["PATH"],
            "TERM": "tmux-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PS1": "$ ",
            "ANTHROPIC_BASE_URL": self.url,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_RETRIES": self.scenario.retries,
            "DISABLE_AUTOUPDATER": "1",
            "IS_SANDBOX": "1",  # without it the mode without questions does not start as root
        }
        if self.scenario.login == "key":
            given["ANTHROPIC_API_KEY"] = KEY
        env = ["env", "-i", *(f"{name}={value}" for name, value in given.items())]
        words = [str(claude), "--permission-mode", self.scenario.mode, "--model", "sonnet"]
        words += ["--allowedTools", self.scenario.allowed] if self.scenario.allowed else []
        words += ["--", self.scenario.prompt] if self.scenario.prompt else []
        shell = ["bash", "-c", '"$@"; echo "EXIT=$?"; exec bash --norc', "bash", *words]
        size = ["-x", str(self.scenario.columns), "-y", str(ROWS)]
        self.tmux("new-session", "-d", "-s", "screen", *size, "-c", str(self.project), *env, *shell)

    def session(self) -> dict[str, object]:
        """The CLI's own session file; empty while there is none."""
        for path in (self.home / ".claude" / "sessions").glob("*.json"):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            return found if isinstance(found, dict) else {}
        return {}

    def screen(self) -> str:
        return self.tmux("capture-pane", "-e", "-p", "-t", "screen:")

    def stands(self, status: str) -> bool:
        """Whether there is a screen, and the session file says `status`; that of 2.1.104 says none."""
        if not self.screen().strip():
            return False
        session = self.session()
        return not status or (bool(session) and session.get("status", status) == status)

    def calm(self) -> None:
        """Waits until the screen has stood still for a while; what moves all the time is given that while, too."""
        pause, shown, since = threading.Event(), self.screen(), time.monotonic()
        end = since + 4 * CALM_SECONDS
        while time.monotonic() < min(since + CALM_SECONDS, end):
            pause.wait(LOOK_SECONDS)
            if (now := self.screen()) != shown:
                shown, since = now, time.monotonic()
            if not now.strip():
                end = time.monotonic() + SECONDS / 4

    def follow_up(self) -> None:
        for number, step in enumerate(self.scenario.then):
            if number:
                self.calm()
            if step == "<kill -9>":
                os.kill(int(str(self.session()["pid"])), 9)
            elif step.startswith("<"):
                self.tmux("send-keys", "-t", "screen:", *step.strip("<>").split())
            else:
                self.tmux("send-keys", "-t", "screen:", "-l", step)

    def reach(self, log: Path) -> bool:
        """Brings the scenario to its moment; False where it did not come."""
        scenario = self.scenario
        reached = _wait_for(lambda: self.stands(scenario.status) and _asked(log) >= scenario.requests)
        self.calm()
        before, busy = _asked(log), scenario.after == "busy"
        self.follow_up()
        # What is busy now may be over soon, and 2.1.104 has no status: one more request says that it has begun.
        reached = reached and _wait_for(lambda: self.stands(scenario.after) and _asked(log) >= before + busy)
        if not busy:
            self.calm()
        return reached


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def _asked(log: Path) -> int:
    """How many requests of the worker itself the model got: side requests carry no tools."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return sum(1 for line in lines if json.loads(line).get("tools"))


def _wait_for(condition: Callable[[], bool]) -> bool:
    end, pause = time.monotonic() + SECONDS, threading.Event()
    while not (met := condition()) and time.monotonic() < end:
        pause.wait(LOOK_SECONDS)
    return met
