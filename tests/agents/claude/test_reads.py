"""The hub is asked about commands that may read more than they name, and about no others."""

import json
import subprocess
from pathlib import Path

import pytest

from hubctl.agents.claude.hook_scripts import reads_script
from hubctl.agents.claude.launch import settings_text


def decision(folder: Path, command: str) -> str:
    """What the hook says of a call; empty: nothing."""
    script = folder / "reads.sh"
    script.write_text(reads_script())
    payload = json.dumps({"tool_name": "Bash", "tool_input": {"command": command}})
    said = subprocess.run(["sh", script], input=payload, capture_output=True, text=True, check=True).stdout
    return str(json.loads(said)["hookSpecificOutput"]["permissionDecision"]) if said else ""


@pytest.mark.parametrize(
    "command",
    [
        "grep -rn KEY .",
        "cat .e??",
        "tail .env*",
        "cat .e[n]v",
        "cat < .env",
        "tac .env",
        "cat $HOME/x",
        "cat `ls`",
    ],
)
def test_what_may_read_more_than_it_names_is_asked(tmp_path: Path, command: str) -> None:
    assert decision(tmp_path, command) == "ask"


@pytest.mark.parametrize("command", ["cat a.txt", "ls -la", "git add a.txt && git commit -qm 'Add a'", ""])
def test_the_worker_cli_decides_on_what_is_plain(tmp_path: Path, command: str) -> None:
    assert decision(tmp_path, command) == ""


def test_it_stands_before_commands_alone() -> None:
    made = json.loads(settings_text(hook_script=Path("/hook.sh"), reads_script=Path("/a b.sh")))
    (entry,) = made["hooks"]["PreToolUse"]
    assert (entry["matcher"], entry["hooks"][0]["command"]) == ("Bash", "sh '/a b.sh'")
    assert "PreToolUse" not in json.loads(settings_text(hook_script=Path("/hook.sh")))["hooks"]
