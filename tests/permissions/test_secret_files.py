"""A folder is read whole where no secret lies in it, and no name leads somewhere else than it says."""

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


READING = tuple(
    parse_rule(f"Bash({command} *)", Ruling.ALLOW)
    for command in ("cat", "ls", "grep", "sort", "git status", "git -C * status", "git diff", "head")
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """With links out, a repository in a folder, a bare one, and a file that is named like an option."""
    work = tmp_path / "repository" / ".hubctl" / "worktrees" / "1-a"
    (tmp_path / "outside").mkdir()
    (tmp_path / "repository" / "shared").mkdir(parents=True)
    for folder in ("src", "docs", "fixture/.git", "bare/objects", "bare/refs"):
        (work / folder).mkdir(parents=True)
    (work / "README.md").write_text("x")
    (work / "src" / "away").symlink_to(tmp_path / "outside")
    (work / "docs" / "readme").symlink_to(work / "README.md")
    (work / "shared").symlink_to(tmp_path / "repository" / "shared")
    return work


def judged(tree: Path, command: str) -> Ruling:
    call = ToolCall(
        tool="Bash", input={"command": command}, cwd=str(tree), worktree=str(tree), home="/nobody"
    )
    return judge_here(READING, call).decision


@pytest.mark.parametrize(
    "command",
    [
        "cat src/away/passwd",
        "cat src/aw''ay/passwd",
        "cat 'src/away'/passwd",
        "cat src/a*/passwd",
        "cd src && cat away/passwd",
        "grep -rn KEY src/away/",
        "git -C fixture status",
        "cd fixture && git status",
        "git -C bare status",
        "cd f* && git diff",
    ],
)
def test_a_name_that_leads_elsewhere_is_asked(tree: Path, command: str) -> None:
    assert judged(tree, command) is Ruling.ASK


@pytest.mark.parametrize(
    "command",
    [
        "cat README.md",
        "cat docs/readme",
        "ls shared",
        "git status",
        "grep -rn KEY src docs",
        "ls bar",
        "cat a/way",
    ],
)
def test_an_ordinary_look_is_not(tree: Path, command: str) -> None:
    assert judged(tree, command) is Ruling.ALLOW


def test_a_pattern_is_asked_where_a_file_is_named_like_an_option(tmp_path: Path) -> None:
    assert judged(tmp_path, "ls *.md") is Ruling.ALLOW
    (tmp_path / "-o").write_text("")
    assert judged(tmp_path, "ls *.md") is Ruling.ASK


@pytest.mark.parametrize("option", ["--o=.git/config", "--output=x", "--ou x", "-o x"])
def test_an_abbreviated_option_is_that_option(tmp_path: Path, option: str) -> None:
    assert judged(tmp_path, f"sort {option} README.md") is Ruling.ASK
