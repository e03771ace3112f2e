"""The planner `claude` against shell scripts that say what the two measured versions of the CLI say."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from hubctl.core.documents.config import Config, WorkerConfig
from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.documents.roles import Role
from hubctl.errors import HubError
from hubctl.planners.claude import plan, planner_environment, planner_words
from support.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]
ANSWER = {"goal": "Count", "issues": [{"key": "a", "title": "Do it", "validate": "tests"}]}
SOUND = {"type": "result", "is_error": False, "result": "...", "structured_output": ANSWER}
PLAN = Plan(goal="Count", issues=(PlannedIssue(key="a", title="Do it", validate="true"),))
ROLES = {
    name: Role(name=name, description=name, prompt=f"You are a {name}.", version="0", deny=("Read(secret)",))
    for name in ("coder", "planner")
}


def silent(_: str) -> None:
    """Nobody listens."""


class Stage:
    """A checkout, and a CLI that is a script; `kept` is where the script may write."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.kept, self.cli = folder / "checkout", folder / "kept", folder / "a claude"
        self.checkout.mkdir()
        self.kept.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GITHUB_TOKEN": "no worker's business"}

    def script(self, text: str) -> None:
        self.cli.write_text(f"#!/bin/sh\nkept={shlex.quote(str(self.kept))}\n{text}\n", encoding="utf-8")
        self.cli.chmod(0o755)

    def says(self, result: object, code: int = 0) -> None:
        (self.kept / "result").write_text(json.dumps(result), encoding="utf-8")
        self.script(f'cat >"$kept/stdin"; cat "$kept/result"; exit {code}')

    @property
    def config(self) -> Config:
        return Config(worker=WorkerConfig(command=(str(self.cli),)), validate={"tests": "true"})

    def plan(self, task: str = "Count words", seconds: float = 60) -> Plan:
        return plan(
            task,
            checkout=self.checkout,
            config=self.config,
            roles=ROLES,
            env=self.env,
            told=silent,
            seconds=seconds,
        )

    def refusal(self) -> HubError:
        with pytest.raises(HubError) as caught:
            self.plan()
        assert caught.value.cure
        return caught.value


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_the_structured_output_becomes_the_plan(stage: Stage) -> None:
    stage.says(SOUND)
    assert stage.plan() == PLAN


def test_with_verbose_settings_the_result_ends_a_list(stage: Stage) -> None:
    stage.says([{"type": "system"}, SOUND])
    assert stage.plan() == PLAN


def test_a_task_beyond_the_size_of_an_argument_arrives_whole(stage: Stage) -> None:
    stage.says(SOUND)
    task = "It's a 'word'. " * 20_000
    assert stage.plan(task) == PLAN
    assert (stage.kept / "stdin").read_text().endswith(f"{task.strip()}\n")


@pytest.mark.parametrize(
    ("result", "code", "message", "cure"),
    [
        (
            {"is_error": False, "result": "Here is my plan."},
            0,
            "words instead of a plan: `Here is",
            "--planner",
        ),
        ({**SOUND, "is_error": True}, 0, "failed: `...`", "--planner file"),
        (SOUND, 1, "failed: `...`", "--planner file"),
        (
            {"is_error": True, "api_error_status": 400, "result": "API Error: 400 bad"},
            1,
            "(400)",
            "--planner file",
        ),
        ({"is_error": True, "api_error_status": 401, "result": "Failed"}, 1, "credential (401)", "/login"),
        ({"is_error": True, "api_error_status": 404, "result": "No"}, 1, "no model `opus`", "models:"),
        ({"is_error": True, "api_error_status": 429, "result": "No"}, 1, "a limit", "Wait"),
        ({"is_error": True, "api_error_status": 529, "result": "No"}, 1, "overloaded", "minutes"),
        (
            {"is_error": True, "api_error_status": None, "result": "Not logged in · Please run /login"},
            1,
            "not logged in",
            "/login",
        ),
        (
            {"is_error": True, "stop_reason": "refusal", "result": "API Error: unable to respond"},
            1,
            "declined to plan",
            "--planner file",
        ),
        (
            {"is_error": True, "subtype": "error_max_turns", "errors": ["too many"]},
            1,
            "failed: `['too many']`",
            "--planner file",
        ),
        (
            {
                "is_error": False,
                "structured_output": {"issues": [{"key": "a", "title": "t", "role": "cook"}]},
            },
            0,
            "issue 1 (`a`): there is no role `cook`",
            "--planner file",
        ),
    ],
)
def test_each_failure_says_what_it_means(
    stage: Stage, result: Mapping[str, object], code: int, message: str, cure: str
) -> None:
    stage.says(result, code)
    error = stage.refusal()
    assert message in error.message
    assert cure in error.cure


@pytest.mark.parametrize("text", ["[]", '"word"', "no json", "", "[" * 100_000])
def test_an_answer_that_is_no_result_is_none(stage: Stage, text: str) -> None:
    (stage.kept / "result").write_text(text)
    stage.script('echo "error: unknown option" >&2; cat "$kept/result"; exit 1')
    error = stage.refusal()
    assert "no answer (exit code 1): `error: unknown option`" in error.message


def test_a_missing_program_is_named_with_its_cure(stage: Stage) -> None:
    error = stage.refusal()
    assert f"`'{stage.cli}'` cannot be started" in error.message
    assert "npm install" in error.cure


def test_the_limit_ends_the_cli_and_its_children(stage: Stage) -> None:
    stage.script('sleep 600 & echo $! >"$kept/child"; echo $$ >"$kept/self"; wait')
    with pytest.raises(HubError, match="no plan after"):
        stage.plan(seconds=1.5)
    assert [alive((stage.kept / name).read_text()) for name in ("self", "child")] == [False, False]


def alive(pid: str) -> bool:
    return Path(f"/proc/{int(pid)}").exists()


CALL = """
import sys
from pathlib import Path
from hubctl.core.documents.config import Config, WorkerConfig
from hubctl.planners.claude import plan
cli, checkout = sys.argv[1:]
config = Config(worker=WorkerConfig(command=(cli,)))
plan("x", checkout=Path(checkout), config=config, roles={}, env={}, told=lambda line: print(line, flush=True))
"""


def test_ctrl_c_ends_the_cli_and_its_children(stage: Stage) -> None:
    stage.script('sleep 600 & echo $! >"$kept/child"; wait')
    caller = subprocess.Popen(
        [sys.executable, "-c", CALL, str(stage.cli), str(stage.checkout)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    child = int(
        wait_until(lambda: (file := stage.kept / "child").exists() and file.read_text(), what="the child")
    )
    caller.send_signal(signal.SIGINT)
    _, told = caller.communicate(timeout=PATIENCE)
    assert "KeyboardInterrupt" in told
    assert not alive(str(child))


def test_the_cli_runs_in_the_checkout_with_a_workers_clean_environment(stage: Stage) -> None:
    stage.says(SOUND)
    stage.script(
        'env >"$kept/env"; pwd >"$kept/pwd"; for w in "$@"; do echo "$w"; done >"$kept/words"; cat "$kept/result"'
    )
    assert stage.plan() == PLAN
    names = {line.partition("=")[0] for line in (stage.kept / "env").read_text().splitlines()}
    assert "HOME" in names
    assert not {name for name in names if name.startswith(("GITHUB_", "HUBCTL_"))}
    assert (stage.kept / "pwd").read_text().strip() == str(stage.checkout.resolve())
    words = (stage.kept / "words").read_text().splitlines()
    assert words[words.index("--tools") + 1] == "Read,Glob,Grep"
    assert words[words.index("--model") + 1] == "opus"
    assert {"Bash", "Write", "Read(secret)"} <= set(words[words.index("--disallowedTools") :])


def test_the_retries_of_the_cli_can_be_set_from_outside() -> None:
    made = planner_environment(Config(), None, {"CLAUDE_CODE_MAX_RETRIES": "1", "PATH": "/bin", "HOME": "/h"})
    assert made["CLAUDE_CODE_MAX_RETRIES"] == "1"
    assert (made["PATH"], made["HOME"]) == ("/bin", "/h")
    own = Config(worker=WorkerConfig(env={"CLAUDE_CODE_MAX_RETRIES": "3", "HOME": "/w"}))
    made = planner_environment(own, None, {"CLAUDE_CODE_MAX_RETRIES": "1", "HOME": "/h"})
    assert (made["CLAUDE_CODE_MAX_RETRIES"], made["HOME"]) == ("3", "/w")


def test_denials_are_each_a_word_of_their_own_and_said_once() -> None:
    words = planner_words(("claude",), model="opus", schema="{}", deny=("Bash", "Read(a, b)"))
    assert words.count("Bash") == 1
    assert words[-1] == "Read(a, b)"
