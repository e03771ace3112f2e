"""A sample project as a user has it: a repository, `hubctl.yaml`, a hub, workers, and the model's own log."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hubctl import scripted
from hubctl.core.ledger.event import Event
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.words import ThreadState
from hubctl.errors import HubError
from hubctl.project.shipped import templates
from hubctl.store.eventlog import SqliteEventLog
from support.waiting import PATIENCE, wait_until

KEY = "sk-ant-api03-a-dummy-key-for-the-loopback-only"
SECONDS = PATIENCE
VERB_SECONDS = PATIENCE
HUBCTL = (sys.executable, "-m", "hubctl")


@dataclass(slots=True, kw_only=True)
class Project:
    """`checkout` is the repository; verbs run in it as a user's shell would run them."""

    checkout: Path
    home: Path
    log: Path
    model: scripted.Server
    env: dict[str, str]
    cell: str = "off"
    """of workers, where a test asks for nothing else"""
    hubs: list[subprocess.Popen[str]] = field(default_factory=list)
    _db: Path | None = None
    _socket: str = ""

    @classmethod
    def make(cls, checkout: Path, claude: Path, folder: Path, *, cell: str = "off") -> "Project":
        home, log = folder / "workers-home", folder / "requests.jsonl"
        home.mkdir()
        known = {
            "hasCompletedOnboarding": True,
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            "projects": {str(checkout): {"hasTrustDialogAccepted": True}},
        }
        (home / ".claude.json").write_text(json.dumps(known))
        # Workers do not see the tests' own git configuration.
        for name, value in (("user.name", "A Worker"), ("user.email", "worker@example.invalid")):
            subprocess.run(["git", "config", name, value], cwd=checkout, check=True)
        model = scripted.start(log=log)
        env = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
        project = cls(checkout=checkout, home=home, log=log, model=model, env=env, cell=cell)
        project.role("coder", free_coder())
        project.configure(claude)
        return project

    def role(self, name: str, text: str) -> None:
        """A role of the project's own; it holds from the next `hubctl trust` on."""
        roles = self.checkout / ".hubctl" / "roles"
        roles.mkdir(parents=True, exist_ok=True)
        (roles / f"{name}.md").write_text(text if self.cell == "off" else self._sharing(text))

    @property
    def shared(self) -> Path:
        """A folder outside of the repository in which workers, in cells, too, and the test leave each other files."""
        folder = self.log.parent / "shared"
        folder.mkdir(exist_ok=True)
        return folder

    def _sharing(self, text: str) -> str:
        before, front, prompt = text.split("---\n", 2)
        more = {"cell": {"rw": [str(self.shared)]}}
        front = (
            json.dumps(json.loads(front) | more) if front.startswith("{") else front + json.dumps(more)[1:-1]
        )
        return f"{before}---\n{front}\n---\n{prompt}"

    def configure(
        self,
        claude: Path,
        env: dict[str, str] | None = None,
        *,
        hooks: bool = True,
        cell: str = "",
        limits: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Writes `hubctl.yaml` (JSON is YAML), and trusts it."""
        env = {
            "HOME": str(self.home),
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": self.model.url,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_RETRIES": "2",
            **(env or {}),
        }
        worker = {"command": [str(claude)], "env": env, "hooks": hooks, "limits": limits}
        worker["cell"] = cell or self.cell
        config = {"worker": worker, **more}
        (self.checkout / "hubctl.yaml").write_text(json.dumps(config))
        self.hubctl("init")
        self.hubctl("trust")

    def as_shipped(self) -> None:
        """The coder that hubctl brings along, whose commands go by the policy."""
        (self.checkout / ".hubctl" / "roles" / "coder.md").unlink()
        self.hubctl("trust")

    # --- verbs ----------------------------------------------------------------------------------------------------

    def hubctl(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """A verb to its end; fails unless it exits with `code`."""
        try:
            ended = subprocess.run(
                [*HUBCTL, *words],
                cwd=self.checkout,
                env=self.env,
                capture_output=True,
                text=True,
                check=False,
                timeout=VERB_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            pytest.fail(
                f"hubctl {words} did not end: {error.stdout!r}\n{error.stderr!r}\n{self.log.read_text()[-2000:]}"
            )
        assert ended.returncode == code, f"hubctl {words}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return ended

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.hubctl(*words, "--json", code=code).stdout)

    def threads(self) -> dict[str, Any]:
        """The status document's threads by title."""
        return {thread["title"]: thread for thread in self.json("status")["threads"]}

    def logged(self) -> list[Event]:
        """The log as it is now, for waiting, where a verb a look would take a core; empty where it cannot be read."""
        if self._db is None:
            self._db = Path(self.json("init")["state"]) / "hub.db"
        with suppress(HubError), closing(SqliteEventLog(self._db)) as log:
            return [logged.event for logged in log.read()]
        return []

    def folded(self) -> HubState:
        return fold(self.logged())

    def peek(self) -> dict[str, Thread]:
        """The threads by title."""
        return {thread.title: thread for thread in self.folded().everyone}

    def state(self, title: str) -> str:
        thread = self.peek().get(title)
        return thread.state.value if thread else ""

    def events(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.hubctl("events", "--json", *words).stdout.splitlines()]

    def up(self) -> subprocess.Popen[str]:
        """A hub in a process of its own."""
        hub = subprocess.Popen(
            [*HUBCTL, "up"],
            cwd=self.checkout,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.hubs.append(hub)
        return hub

    def kill(self, hub: subprocess.Popen[str]) -> None:
        """`kill -9`, as a crash."""
        hub.kill()
        hub.wait()

    def tmux(self, *words: str) -> str:
        """A person at the workers' terminals: a tmux command on the hub's server."""
        self._socket = self._socket or f"hubctl-{self.json('init')['id']}"
        said = subprocess.run(
            ["tmux", "-L", self._socket, *words], env=self.env, capture_output=True, text=True, check=True
        )
        return said.stdout

    # --- files ----------------------------------------------------------------------------------------------------

    def plan(self, *issues: dict[str, Any]) -> str:
        """Writes a plan outside the repository and returns its path."""
        path = self.log.parent / "plan.yaml"
        path.write_text(json.dumps({"issues": list(issues)}))
        return str(path)

    def policy(self, **rules: Any) -> None:
        """A POLICY.md with these rules, trusted."""
        block = json.dumps(rules)
        (self.checkout / "POLICY.md").write_text(f"# Rules\n\n```yaml hubctl\n{block}\n```\n")
        self.hubctl("trust")

    def script(self, text: str) -> None:
        """The model plays this script file from now on."""
        path = self.log.parent / "script.yaml"
        path.write_text(text)
        self.model.play(path)

    # --- the model's own log --------------------------------------------------------------------------------------

    def requests(self) -> list[dict[str, Any]]:
        """The main requests of workers: the side requests of 2.1.197 carry no tools."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines())
        return [line for line in lines if line.get("method") == "POST" and line.get("tools")]

    def prompts(self) -> dict[str, list[str]]:
        """What each session was told, by the longest conversation that the model saw of it."""
        longest: dict[str, list[str]] = {}
        for request in self.requests():
            known = longest.get(request["session"], [])
            if len(request["prompts"]) >= len(known):
                longest[request["session"]] = request["prompts"]
        return longest

    # --- the end --------------------------------------------------------------------------------------------------

    def end(self) -> None:
        for hub in self.hubs:
            if hub.poll() is None:
                hub.send_signal(signal.SIGTERM)
            try:
                hub.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                hub.kill()
                hub.communicate()
        with suppress(AssertionError):
            self.hubctl("down", "--workers")
        with suppress(AssertionError, subprocess.CalledProcessError):  # what a hub opened while it was ended
            self.tmux("kill-server")
        self.model.close()


def free_coder(more: str = "") -> str:
    """The shipped coder, whose commands run unasked: most scripts of tests are no work that a policy would allow."""
    shipped = (templates() / "roles" / "coder.md").read_text()
    free = shipped.replace("permission_mode: default", "permission_mode: acceptEdits")
    assert free != shipped
    return free.replace("  - Edit(/**)\n", "  - Bash\n").replace(
        "commits: required\n", f"commits: required\n{more}"
    )


def issue(key: str, title: str, *steps: str, after: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """An issue whose body is the script that the model plays."""
    return {"key": key, "title": title, "body": "\n".join(steps), "after": list(after), **more}


def work(name: str, *before: str, summary: str = "it is there") -> tuple[str, ...]:
    """The steps of a worker that writes a file, commits it and says done."""
    return (
        *before,
        f"@write {name} made by a worker",
        f"@bash git add {name}",
        f'@bash git commit -qm "Add {name}"',
        f'@bash hubctl done --summary "{name}: {summary}"',
        "@say That was all.",
    )


def all_done(project: Project) -> bool:
    return {thread.state.value for thread in project.peek().values()} == {"done"}


def wait_for_state(project: Project, title: str, state: str, seconds: float = SECONDS) -> None:
    wait_until(lambda: project.state(title) == state, seconds, f"{title} is {state}")


def view_of(project: Project, title: str) -> str:
    """What the worker of this thread is believed to do; empty before it has been told its task."""
    thread = project.peek().get(title)
    if thread is None or thread.worker is None or thread.state in (ThreadState.QUEUED, ThreadState.STARTING):
        return ""
    return thread.view.value


def pane_of(project: Project, title: str) -> str:
    worker = project.peek()[title].worker
    return worker.pane if worker else ""


def screen_of(project: Project, title: str) -> str:
    return project.tmux("capture-pane", "-p", "-t", pane_of(project, title))


def script(*scenes: tuple[str, list[str]]) -> str:
    """The model's answers for `Project.script`: what is searched in the prompts, and the turns."""
    said = (f"  - when: {json.dumps(when)}\n    steps: {json.dumps(steps)}\n" for when, steps in scenes)
    return "scripts:\n" + "".join(said)


def wait_for_view(project: Project, title: str, view: str, seconds: float = SECONDS) -> None:
    wait_until(lambda: view_of(project, title) == view, seconds, f"{title} looks {view}")
