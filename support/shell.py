"""A person's shell in a repository: verbs run as real processes, the state is prepared and read from here."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hubctl.core.intake.observations import RequestSeen
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import Proof, ThreadId
from hubctl.git.repository import exclude, find_repository
from hubctl.project import trust
from hubctl.project.place import Place, find_place, make_place
from hubctl.store.eventlog import SqliteEventLog

HUBCTL = (sys.executable, "-m", "hubctl")
KEY = "sk-ant-api03-a-dummy-key-for-the-loopback-only"
AT = datetime(2026, 1, 1, tzinfo=UTC)
CLI = "#!/bin/sh\necho '2.1.329 (Claude Code)'\n"
PASSING = ("hub.db-wal", "hub.db-shm")
"""Files that SQLite makes and takes away as it likes."""

Ended = subprocess.CompletedProcess[str]


@dataclass(slots=True, kw_only=True)
class Shell:
    """`root` holds all of a test: the repository in `checkout`, the HOME, the hub's state, programs of the test."""

    root: Path
    checkout: Path
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, checkout: Path) -> "Shell":
        root = checkout.parent
        for name in ("home", "bin", "sockets"):
            (root / name).mkdir()
        shutil.copy(os.environ["GIT_CONFIG_GLOBAL"], root / "home" / ".gitconfig")
        env = {
            "HOME": str(root / "home"),
            "XDG_STATE_HOME": str(root / "state"),
            "PATH": os.pathsep.join([str(root / "bin"), os.environ["PATH"]]),
            "LANG": "C.UTF-8",
            "TMUX_TMPDIR": str(root / "sockets"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{name: value for name, value in os.environ.items() if name == "HUBCTL_TEST_RUN"},
        }
        return cls(root=root, checkout=checkout, env=env)

    # --- verbs ----------------------------------------------------------------------------------------------------

    def hubctl(
        self, *words: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, stdin: bytes = b""
    ) -> Ended:
        """A verb to its end. A traceback is a failure, whatever the test is about."""
        ended = subprocess.run(
            [*HUBCTL, *words],
            cwd=cwd or self.checkout,
            env={**self.env, **(env or {})},
            input=stdin,
            capture_output=True,
            check=False,
        )
        said = Ended(words, ended.returncode, ended.stdout.decode(), ended.stderr.decode())
        assert "Traceback" not in said.stderr, said.stderr
        assert "a bug:" not in said.stderr, said.stderr
        return said

    def told(self, *words: str, **more: Any) -> str:
        """What a verb prints that succeeds."""
        ended = self.hubctl(*words, **more)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def json(self, *words: str, **more: Any) -> Any:
        return json.loads(self.told(*words, "--json", **more))

    def refused(self, *words: str, code: int = 1, **more: Any) -> tuple[str, str]:
        """(message, cure) of a verb that fails as expected and says nothing on stdout."""
        ended = self.hubctl(*words, **more)
        assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
        message, _, cure = ended.stderr.partition("\n")
        assert message.startswith("hubctl: ")
        return message.removeprefix("hubctl: "), cure.strip()

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """A verb that goes on; the caller ends it."""
        return subprocess.Popen(
            [*HUBCTL, *words],
            cwd=self.checkout,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    # --- the repository and the hub's state -----------------------------------------------------------------------

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=cwd or self.checkout,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        """A file of the checkout."""
        path = self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def prepare(self) -> Place:
        """What `hubctl init` does, without a process."""
        repository = find_repository(self.checkout)
        place, _ = make_place(self.env, repository)
        exclude(repository)
        SqliteEventLog(place.db).close()
        return place

    @property
    def place(self) -> Place:
        return find_place(self.env, self.checkout)

    def trust(self) -> None:
        trust.accept(self.place)

    def log(self, *events: e.Event) -> None:
        """Appends events as a hub would."""
        log = SqliteEventLog(self.place.db)
        head = max((logged.seq for logged in log.read()), default=0)
        log.append(events, head=head)
        log.close()

    def events(self) -> list[e.Event]:
        log = SqliteEventLog(self.place.db)
        try:
            return [logged.event for logged in log.read()]
        finally:
            log.close()

    def requests(self) -> tuple[RequestSeen, ...]:
        """What verbs left for the hub."""
        log = SqliteEventLog(self.place.db)
        try:
            return log.requests(after=0)
        finally:
            log.close()

    def beats(self) -> int | None:
        """The pid of the hub whose heart beats."""
        log = SqliteEventLog(self.place.db)
        try:
            beat = log.heartbeat()
        finally:
            log.close()
        return beat.pid if beat else None

    def files(self) -> dict[str, str]:
        """Everything there is but what passes: names, rights and contents."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            if path.name in PASSING or not os.path.lexists(path):
                continue
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path.relative_to(self.root))] = f"{path.lstat().st_mode:o} {content}"
        return found

    # --- what a hub needs -----------------------------------------------------------------------------------------

    def program(self, name: str, text: str, mode: int = 0o755) -> Path:
        """A program that is found before all others."""
        path = self.root / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def only(self, *names: str) -> dict[str, str]:
        """An environment in whose PATH are these programs of the machine, and those of the test."""
        folder = self.root / "few"
        folder.mkdir()
        for name in names:
            found = shutil.which(name)
            assert found
            (folder / name).symlink_to(found)
        return {"PATH": f"{self.root / 'bin'}{os.pathsep}{folder}"}

    def configure(self, *, command: Sequence[str] = (), key: str = KEY, **more: Any) -> None:
        """A trusted `hubctl.yaml` (JSON is YAML); without a command a program stands in that only tells its version."""
        words = list(command) or [str(self.program("claude", CLI))]
        worker = {"command": words, "env": {"HOME": self.env["HOME"], "ANTHROPIC_API_KEY": key}}
        self.write("hubctl.yaml", json.dumps({"worker": worker, **more}))
        self.prepare()
        self.trust()

    def log_in(self, *, key: str = KEY, folder: Path | None = None) -> None:
        """The worker CLI was set up in HOME, knows the key, and accepted the repository."""
        known = {
            "hasCompletedOnboarding": True,
            "customApiKeyResponses": {"approved": [key[-20:]], "rejected": []},
            "projects": {str(folder or self.checkout): {"hasTrustDialogAccepted": True}},
        }
        (self.root / "home" / ".claude.json").write_text(json.dumps(known))


def opened(thread: str = "1", **more: Any) -> e.ThreadOpened:
    words = {"title": f"Issue {thread}", "body": "", "role": "coder", "plan": "p1", "key": f"k{thread}"}
    return e.ThreadOpened(at=AT, thread=ThreadId(thread), issue=int(thread), **{**words, "base": "b", **more})


def working(pid: int, worktree: Path, start_commit: str, thread: str = "1") -> tuple[e.Event, ...]:
    """A worker of this thread took its first prompt and lives."""
    name = ThreadId(thread)
    started = e.WorkerStarted(
        at=AT,
        thread=name,
        worker=f"w{thread}-1",
        start=1,
        session="5d1bc3de-0000-4000-8000-000000000000",
        pane="%1",
        window="@1",
        pid=pid,
        worktree=str(worktree),
        branch=f"hub/{thread}-issue",
        start_commit=start_commit,
        role_version="r",
    )
    proven = e.PromptProven(at=AT, thread=name, purpose="task", proof=Proof.HOOK)
    return (e.WorkerAssigned(at=AT, thread=name, start=1), started, proven)
