"""The real worker CLI, started by hubctl's own words in a real tmux, seen by the first ring of watchers."""

import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from hubctl import clock, scripted
from hubctl.agents.claude.environment import check_ready, worker_environment
from hubctl.agents.claude.files import parse_spooled, process_alive, process_start, session_path, session_seen
from hubctl.agents.claude.gates import release_gates
from hubctl.agents.claude.launch import (
    MEASURED,
    CommandLine,
    cli_version,
    hook_script,
    session_id,
    settings_text,
    words,
)
from hubctl.agents.claude.transcripts import (
    read_transcript_lines,
    transcript_path,
    usage_by_message,
    user_prompts,
)
from hubctl.core.intake.observations import HookSeen, Observation, ProcessSeen, SessionSeen
from hubctl.core.vocabulary.pasteable import same_prompt
from hubctl.watch.hooks import HookWatcher
from hubctl.watch.processes import ProcessWatcher
from hubctl.watch.sessions import SessionWatcher
from support.waiting import PATIENCE

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-ant-api03-dummy-key-for-the-loopback-only"
SECONDS = PATIENCE

Kind = TypeVar("Kind", bound=Observation)


class Stage:
    """One HOME, one project, one tmux server and the three watchers."""

    def __init__(self, folder: Path, version: str, api: str) -> None:
        self.claude = ROOT / ".worker-cli" / version / "node_modules" / ".bin" / "claude"
        self.folder, self.api = folder, api
        self.home, self.project, self.spool = folder / "home", folder / "project", folder / "spool" / "w1"
        self.socket = f"hubctl-test-{os.getpid()}-{version.replace('.', '')}"
        self.session = session_id("live", "1", 1)
        self.pid = 0
        self.seen: queue.SimpleQueue[Observation] = queue.SimpleQueue()
        self.kept: list[Observation] = []
        self.sessions = SessionWatcher(put=self.seen.put, now=clock.now, look=session_seen)
        self.hooks = HookWatcher(put=self.seen.put, now=clock.now, parse=parse_spooled)
        self.processes = ProcessWatcher(put=self.seen.put, now=clock.now, alive=process_alive)
        self.prepare()

    def prepare(self) -> None:
        for folder in (self.home / ".claude", self.project, self.spool, self.folder / "bin"):
            folder.mkdir(parents=True)
        known = {
            "hasCompletedOnboarding": True,
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            "projects": {str(self.project.resolve()): {"hasTrustDialogAccepted": True}},
        }
        (self.home / ".claude.json").write_text(json.dumps(known))
        (self.folder / "hook.sh").write_text(hook_script())
        (self.folder / "settings.json").write_text(
            settings_text(deny=["Bash(git push *)"], hook_script=self.folder / "hook.sh")
        )
        (self.folder / "bin" / "hubctl").write_text(
            f'#!/bin/sh\necho "$HUBCTL_WORKER $@" >>{self.folder}/said\n'
        )
        (self.folder / "bin" / "hubctl").chmod(0o755)

    def environment(self) -> dict[str, str]:
        tests_only = {"ANTHROPIC_BASE_URL": self.api, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        return worker_environment(
            source={"PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": KEY, "GITHUB_TOKEN": "not for workers"},
            config_env=tests_only,
            home=self.home,
            shims=self.folder / "bin",
            worker="w1",
            token="a token",
            state=self.folder,
            spool=self.spool,
        )

    def tmux(self, *line: str) -> str:
        whole = ["tmux", "-L", self.socket, "-f", "/dev/null", *line]
        place = {**os.environ, "TMUX_TMPDIR": str(self.folder)}
        return subprocess.run(
            whole, env=place, capture_output=True, text=True, timeout=PATIENCE, check=True
        ).stdout

    def open(self, *, mode: str, prompt: str, resume: bool = False) -> None:
        """tmux execs env, env execs the CLI: the pane's pid is the worker's."""
        launch = CommandLine(
            command=(str(self.claude),),
            session=self.session,
            resume=resume,
            model="sonnet",
            permission_mode=mode,
            settings=self.folder / "settings.json",
            system_prompt="You are a worker.\nBe brief.",
            prompt=prompt,
        )
        pairs = [f"{name}={value}" for name, value in self.environment().items()]
        place = ["-d", "-x", "120", "-y", "40", "-c", str(self.project), "-P", "-F", "#{pane_pid}"]
        self.pid = int(self.tmux("new-session", *place, "--", "env", "-i", *pairs, *words(launch)))
        start = process_start(self.pid) or ""
        self.processes.watch(worker="w1", pid=self.pid, start=start)
        self.sessions.watch(worker="w1", file=session_path(self.home, self.pid), start=start)

    def start(self) -> None:
        self.tmux("start-server", ";", "set-option", "-g", "exit-empty", "off")
        for watcher in (self.sessions, self.hooks, self.processes):
            watcher.start()
        self.hooks.watch(worker="w1", spool=self.spool, token="a token")

    def close(self) -> None:
        if self.pid and process_alive(self.pid):
            # Killed, not asked: a worker that tidies up would write into the folder while it is removed.
            os.kill(self.pid, signal.SIGKILL)
            self.until(ProcessSeen, lambda seen: not seen.alive)
        for watcher in (self.sessions, self.hooks, self.processes):
            watcher.close()
        with suppress(subprocess.CalledProcessError):
            self.tmux("kill-server")
        for socket in self.folder.glob("tmux-*/*"):
            socket.unlink()

    def until(self, kind: type[Kind], true: Callable[[Kind], bool]) -> Kind:
        """The next sighting of this kind for which it is true; those before it are kept."""
        while True:
            try:
                found = self.seen.get(timeout=SECONDS)
            except queue.Empty:
                pytest.fail(f"never seen; before it: {self.kept}\n{self.screen()}")
            self.kept.append(found)
            if isinstance(found, HookSeen):
                self.hooks.settle("w1", found.receipt)
            if isinstance(found, kind) and true(found):
                return found

    def written_prompts(self, count: int) -> tuple[str, ...]:
        """The prompts of the transcript, once there are so many: it comes up to 0.2 s after the Stop hook."""
        file = transcript_path(self.home, self.project, self.session)
        pause = threading.Event()
        for _ in range(SECONDS * 20):
            lines, _ = read_transcript_lines(file)
            if len(user_prompts(lines)) >= count and any(
                usage.output for usage in usage_by_message(lines).values()
            ):
                return user_prompts(lines)
            pause.wait(0.05)
        pytest.fail(f"never written; only {file.read_text()}")

    def end(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        self.until(ProcessSeen, lambda seen: not seen.alive)

    def screen(self) -> str:
        try:
            return self.tmux("capture-pane", "-p")
        except subprocess.CalledProcessError as error:
            return str(error.stderr)

    def hook_names(self) -> list[str]:
        return [seen.name for seen in self.kept if isinstance(seen, HookSeen)]

    def statuses(self) -> list[str | None]:
        return [seen.status for seen in self.kept if isinstance(seen, SessionSeen)]


@pytest.fixture(params=MEASURED)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    # Not tmp_path: its name is so long that the CLI's own socket would not fit into it.
    api = scripted.start()
    folder = Path(tempfile.mkdtemp(prefix="hubctl-")).resolve()
    made = Stage(folder, request.param, api.url)
    made.start()
    yield made
    made.close()
    release_gates(folder / "spool" / "w1")  # a hook that waits for an answer outlives its worker
    api.close()
    shutil.rmtree(folder, ignore_errors=True)


def test_the_pinned_versions_are_what_they_say(stage: Stage) -> None:
    assert cli_version([str(stage.claude)]) in str(stage.claude)
    assert check_ready(stage.home, stage.environment(), [stage.project]) == ()


@pytest.mark.parametrize("mode", ["default", "acceptEdits"])
def test_a_worker_from_its_first_prompt_to_its_death(stage: Stage, mode: str) -> None:
    prompt = (
        "Say it by your own words: - and 'é'.\n"
        "@bash hubctl progress 'half way; more to come'\n"
        '@bash cd . && hubctl done --summary "all $(echo done)"\n'
        "@say The work is done."
    )
    stage.open(mode=mode, prompt=prompt)

    told = stage.until(HookSeen, lambda seen: seen.name == "UserPromptSubmit")
    assert (told.prompt, told.session) == (prompt, stage.session)
    assert same_prompt(prompt, told.prompt)
    stopped = stage.until(HookSeen, lambda seen: seen.name == "Stop")
    assert (stopped.message, stopped.background) == ("The work is done.", 0)
    if not stage.statuses() or stage.statuses()[-1] != "idle":
        stage.until(SessionSeen, lambda seen: seen.status == "idle")
    assert "busy" in stage.statuses()
    assert "waiting" not in stage.statuses()

    assert (stage.folder / "said").read_text().splitlines() == [
        "w1 progress half way; more to come",
        "w1 done --summary all done",
    ]
    names = stage.hook_names()
    assert names[:2] == ["SessionStart", "UserPromptSubmit"]
    assert "PermissionRequest" not in names
    assert names.count("PostToolUse") == 2
    assert stage.tmux("list-panes", "-a", "-F", "#{pane_dead}").split() == ["0"]

    os.kill(stage.pid, signal.SIGKILL)
    assert not stage.until(ProcessSeen, lambda seen: not seen.alive).alive
    assert not process_alive(stage.pid)


def test_a_resumed_worker_keeps_its_session_and_gets_its_prompt(stage: Stage) -> None:
    stage.open(mode="default", prompt="@say First.")
    stage.until(HookSeen, lambda seen: seen.name == "Stop")
    # Scar: 2.1.197, ended by SIGTERM right after its Stop hook, loses what it had not written yet.
    assert stage.written_prompts(1) == ("@say First.",)
    stage.end()

    stage.open(mode="default", prompt="@say Second.", resume=True)
    began = stage.until(HookSeen, lambda seen: seen.name == "SessionStart")
    assert (began.source, began.session) == ("resume", stage.session)
    assert stage.until(HookSeen, lambda seen: seen.name == "Stop").message == "Second."
    assert stage.written_prompts(2) == ("@say First.", "@say Second.")


def test_the_same_start_a_second_time_is_refused_by_the_cli_itself(stage: Stage) -> None:
    stage.open(mode="default", prompt="@say First.")
    stage.until(HookSeen, lambda seen: seen.name == "Stop")
    stage.written_prompts(1)
    stage.end()
    heard = len(stage.hook_names())
    stage.open(mode="default", prompt="@say Again.")
    stage.until(ProcessSeen, lambda seen: not seen.alive)
    assert "UserPromptSubmit" not in stage.hook_names()[heard:]


def test_a_tool_that_must_ask_is_seen_waiting(stage: Stage) -> None:
    stage.open(mode="default", prompt="@bash touch outside-of-the-rules\n@say Never.")
    asked = stage.until(HookSeen, lambda seen: seen.name == "PermissionRequest")
    assert (asked.tool, asked.agent) == ("Bash", "")
    if "waiting" not in stage.statuses():
        stage.until(SessionSeen, lambda seen: seen.status == "waiting")
    waiting = [seen for seen in stage.kept if isinstance(seen, SessionSeen) and seen.status == "waiting"]
    assert waiting[-1].waiting_for == "permission prompt"
