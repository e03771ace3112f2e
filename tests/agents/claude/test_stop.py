"""The Stop hook as a shell runs it: it speaks once, where nothing was said, and in no other case."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hubctl.agents.claude.hook_scripts import ANSWER, MARK, answer, leave_mark, stop_script
from hubctl.agents.claude.launch import hook_script, settings_text
from hubctl.core.messages.prompts import OPEN_DUTY

TASK = {"id": "b1", "type": "shell", "status": "running"}
LIE = 'I say {"stop_hook_active":true} and "background_tasks":[{"id": 1}] and "prompt":"<task-notification>'


class Worker:
    """The folder of one worker, and what its hooks say and lay into the spool."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.spool = folder, folder / "spool"
        self.spool.mkdir()
        (folder / "hook.sh").write_text(hook_script())
        (folder / "stop.sh").write_text(stop_script())
        (folder / ANSWER).write_text(answer("7"))

    def run(self, first: str, **payload: Any) -> str:
        return self.run_text(first, json.dumps(payload, separators=(",", ":"), ensure_ascii=False))

    def run_text(self, first: str, text: str) -> str:
        env = {"PATH": os.environ["PATH"], "HUBCTL_SPOOL": str(self.spool), "HUBCTL_TOKEN": "secret"}
        ended = subprocess.run(
            ["sh", str(self.folder / "stop.sh"), first],
            env=env,
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stderr == ""
        return ended.stdout

    def stop(self, **payload: Any) -> str:
        known = {"stop_hook_active": False, "last_assistant_message": "Next.", "background_tasks": []}
        return self.run("stop", hook_event_name="Stop", **{**known, **payload})

    def prompt(self, text: str) -> None:
        assert self.run("prompt", hook_event_name="UserPromptSubmit", prompt=text) == ""

    @property
    def reported(self) -> list[str]:
        """The names of the events that the hub will hear of; the spool is emptied."""
        files = sorted(self.spool.glob("*.json"))
        said = [json.loads(file.read_text().partition("\n")[2])["hook_event_name"] for file in files]
        for file in files:
            file.unlink()
        return said


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path)


def test_a_silent_end_is_sent_back_with_the_words_of_the_nudge_and_not_reported(worker: Worker) -> None:
    worker.prompt("Do it.")
    said = json.loads(worker.stop())
    assert said == {"decision": "block", "reason": f"hubctl thread 7: {OPEN_DUTY}"}
    assert worker.reported == ["UserPromptSubmit"]


def test_the_second_end_in_a_row_is_let_go_and_reported(worker: Worker) -> None:
    assert worker.stop(stop_hook_active=True) == ""
    assert worker.reported == ["Stop"]


def test_a_word_lets_the_turn_end_and_the_next_prompt_wants_another(worker: Worker) -> None:
    worker.prompt("Do it.")
    leave_mark(str(worker.spool))
    assert worker.stop() == ""
    assert worker.reported == ["UserPromptSubmit", "Stop"]
    worker.prompt("<task-notification>\n<id>b1</id>")
    assert worker.stop() == ""
    worker.prompt("And now this.")
    assert worker.stop() != ""


def test_what_runs_in_the_background_lets_the_turn_end(worker: Worker) -> None:
    assert worker.stop(background_tasks=[TASK]) == ""
    assert worker.reported == ["Stop"]


def test_a_workers_text_decides_nothing(worker: Worker) -> None:
    assert worker.stop(last_assistant_message=LIE) != ""
    leave_mark(str(worker.spool))
    worker.prompt(LIE)
    assert not (worker.folder / MARK).exists()


@pytest.mark.parametrize("text", ["", "{", "null", "\\", "%s%n", '{"stop_hook_active"' * 9000])
def test_any_payload_at_all_goes_through(worker: Worker, text: str) -> None:
    leave_mark(str(worker.spool))
    for first in ("stop", "prompt", ""):
        assert worker.run_text(first, text) == ""
    spooled = sorted(file.read_text().partition("\n")[2] for file in worker.spool.glob("*.json"))
    assert spooled == [text] * 3


def test_without_its_folder_the_turn_ends(worker: Worker) -> None:
    (worker.folder / ANSWER).unlink()
    assert worker.stop() == ""
    worker.reported  # noqa: B018 -- empties the spool
    worker.spool.rmdir()
    assert worker.stop() == ""


def test_a_mark_that_cannot_be_left_is_no_error(tmp_path: Path) -> None:
    leave_mark("")
    leave_mark(str(tmp_path / "gone" / "spool"))


def test_a_standing_worker_is_told_of_no_thread() -> None:
    assert json.loads(answer(""))["reason"] == f"hubctl: {OPEN_DUTY}"


def test_the_settings_name_it_where_a_turn_begins_and_ends() -> None:
    made = json.loads(settings_text(hook_script=Path("hook.sh"), stop_script=Path("a b/stop.sh")))
    lines = {name: hooks[0]["hooks"][0]["command"] for name, hooks in made["hooks"].items()}
    assert lines["Stop"] == "sh 'a b/stop.sh' stop"
    assert lines["UserPromptSubmit"] == "sh 'a b/stop.sh' prompt"
    assert lines["PostToolUse"] == "sh hook.sh"
    assert "Stop" not in json.loads(settings_text(hook_script=None, stop_script=Path("stop.sh")))["hooks"]
