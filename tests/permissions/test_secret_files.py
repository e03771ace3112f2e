"""A folder is read whole where no secret lies in it, and no name leads somewhere else than it says."""

import subprocess
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


READING = (
    *(
        parse_rule(f"Bash({command} *)", Ruling.ALLOW)
        for command in (
            "cat",
            "ls",
            "grep",
            "git -C * status",
            "git status",
            "git diff",
            "git commit",
            "make",
        )
    ),
    parse_rule("Read(.env*)", Ruling.DENY),
    parse_rule("Edit(/**)", Ruling.ALLOW),
    parse_rule("Read(/**)", Ruling.ALLOW),
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """With links out and to a secret, a repository in a folder, and one without a checkout."""
    work = tmp_path / "repository" / ".hubctl" / "worktrees" / "1-a"
    (tmp_path / "outside").mkdir()
    (tmp_path / "repository" / "shared").mkdir(parents=True)
    for folder in ("src", "docs", "fixture/.git", "fixture/deep", "bare/objects"):
        (work / folder).mkdir(parents=True)
    (work / "bare" / "HEAD").write_text("x")
    (work / "README.md").write_text("x")
    (work / "src" / "away").symlink_to(tmp_path / "outside")
    (work / "src" / "innocent").symlink_to(work / ".env")
    (work / "docs" / "readme").symlink_to(work / "README.md")
    (work / "shared").symlink_to(tmp_path / "repository" / "shared")
    return work


def judged(tree: Path, tool: str, **given: str) -> Ruling:
    call = ToolCall(tool=tool, input=given, cwd=str(tree), worktree=str(tree), home="/nobody")
    return judge_here(READING, call).decision


def bash(tree: Path, command: str) -> Ruling:
    return judged(tree, "Bash", command=command)


@pytest.mark.parametrize(
    "command",
    [
        "cat src/away/passwd",
        "cat src/aw''ay/passwd",
        "cat 'src/away'/passwd",
        "cat src/away/../../README.md",
        "cd src && cat away/passwd",
        "cd src/away && ls",
        "grep -rn KEY src/away/",
        "cat src/innocent",
        "cat README.md < src/innocent",
        "cat README.md > src/away/new",
        "cat README.md > src/innocent",
        "make src/away/target",
        "git -C fixture status",
        "git -C fixture/deep status",
        "cd fixture && git status",
        "cd fixture/deep && git diff",
        "git -C bare status",
        "cd bare && git status",
    ],
)
def test_a_name_that_leads_elsewhere_is_asked(tree: Path, command: str) -> None:
    assert bash(tree, command) is Ruling.ASK


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
        "ls fixture",
    ],
)
def test_an_ordinary_look_is_not(tree: Path, command: str) -> None:
    assert bash(tree, command) is Ruling.ALLOW


@pytest.mark.parametrize("tool", ["Read", "Edit", "Write"])
def test_the_tools_for_files_follow_no_link_either(tree: Path, tool: str) -> None:
    assert judged(tree, tool, file_path=f"{tree}/docs/readme") is Ruling.ALLOW
    for name in ("src/away/x", "src/innocent"):
        assert judged(tree, tool, file_path=f"{tree}/{name}") is Ruling.ASK


def run(path: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=path, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A worktree, as workers have it."""
    run(tmp_path, "init", "-q", "main")
    run(tmp_path / "main", "commit", "-q", "--allow-empty", "-m", "first")
    run(tmp_path / "main", "worktree", "add", "-q", str(tmp_path / "work"))
    return tmp_path / "work"


def test_git_is_asked_where_the_branch_holds_a_repository(repository: Path) -> None:
    """`git status` runs another git in it, which obeys its settings."""
    assert bash(repository, "git status") is Ruling.ALLOW
    run(repository, "init", "-q", "inner")
    run(repository / "inner", "commit", "-q", "--allow-empty", "-m", "first")
    run(repository, "add", "inner")
    assert bash(repository, "git status") is Ruling.ASK
    assert bash(repository, "ls") is Ruling.ALLOW


@pytest.mark.parametrize(
    ("place", "decision"), [(".githooks", Ruling.ASK), ("", Ruling.ALLOW), ("/etc/hooks", Ruling.ALLOW)]
)
def test_a_commit_is_asked_where_it_runs_hooks_of_the_branch(
    repository: Path, place: str, decision: Ruling
) -> None:
    if place:
        run(repository, "config", "core.hooksPath", place)
    assert bash(repository, "git commit -m x") is decision
    assert bash(repository, "git status") is Ruling.ALLOW


@pytest.mark.parametrize("option", ["--o=.git/config", "--output=x", "--ou x", "-o x", "-ox", "--outpu=x"])
def test_an_option_that_is_not_listed_is_asked_however_it_is_written(tmp_path: Path, option: str) -> None:
    call = ToolCall(
        tool="Bash",
        input={"command": f"sort {option} README.md"},
        cwd=str(tmp_path),
        worktree=str(tmp_path),
        home="",
    )
    assert judge_here((parse_rule("Bash(sort *)", Ruling.ALLOW),), call).decision is Ruling.ASK
