"""A folder is read whole where no secret lies in it."""

from pathlib import Path

import pytest

from hubctl.permissions.judgement import ToolCall
from hubctl.permissions.rules import Ruling, parse_rule
from hubctl.permissions.secret_files import judge_here

RULES = (
    parse_rule("Bash(grep *)", Ruling.ALLOW),
    parse_rule("Read(.env*)", Ruling.DENY),
    parse_rule("Read(*.pem)", Ruling.ASK),
)


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("src/a.py", Ruling.ALLOW),
        ("src/.env", Ruling.ASK),
        ("src/b.pem", Ruling.ASK),
        ("x/.env", Ruling.ALLOW),
    ],
)
def test_grep_is_allowed_where_no_secret_lies(tmp_path: Path, name: str, decision: Ruling) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text("KEY=1")
    call = ToolCall(
        tool="Bash",
        input={"command": "grep -rn KEY src"},
        cwd=str(tmp_path),
        worktree=str(tmp_path),
        home="/home/dev",
    )
    assert judge_here(RULES, call).decision is decision
