"""Two tables of commands without a cell: of what misleads a judge of text nothing is allowed, of a day's work little is asked."""

import subprocess
from pathlib import Path

import pytest

from hubctl.core.documents.policy import merge
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.permissions.judgement import ToolCall
from hubctl.permissions.rules import Ruling, parse_rule, rules_of
from hubctl.permissions.secret_files import judge_here
from tests.cells.test_attacks import CHANNELS, LINES

HERE = Path(__file__).parent
POLICY = merge(
    [parse_policy_text((HERE.parents[1] / "policies" / "POLICY.md").read_text(), file="POLICY.md")]
)
RULES = (
    *rules_of(POLICY, None, ("python -m pytest -q",)),
    *(
        parse_rule(text, Ruling.ALLOW, source="role `coder`")
        for text in ("Edit(/**)", "Bash(mkdir *)", "Bash(touch *)")
    ),
)
"""The shipped policy, and what a coder may write."""
MOST_ASKED = 57
"""Of a day's work, before there were cells."""


def read(name: str) -> list[str]:
    """A command a line; one that ends with a here-document goes on to its end."""
    found: list[str] = []
    for line in (HERE / name).read_text().splitlines():
        if (found and "<<'EOF'" in found[-1] and not found[-1].endswith(("\nEOF", ')"'))) or (
            found and found[-1].startswith("git commit") and line == ')"'
        ):
            found[-1] += f"\n{line}"
        elif line and not line.startswith("#"):
            found.append(line)
    return found


ATTACKS = sorted({*LINES, *CHANNELS, *read("attacks.txt")})
ORDINARY = read("ordinary.txt")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A worktree with everything in it that the attacks name."""
    work = tmp_path_factory.mktemp("attacked")
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    subprocess.run(["git", "config", "core.hooksPath", ".githooks"], cwd=work, check=True)
    for name in (
        "README.md",
        ".env",
        "fixture/.git/config",
        "fixture/README.md",
        "bare/HEAD",
        "bare/objects/x",
    ):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("KEY=1")
    for name, target in (("away", "/etc"), ("away-file", "/etc/passwd"), ("innocent", ".env")):
        (work / name).symlink_to(target)
    return work


def decision(work: Path, command: str) -> Ruling:
    call = ToolCall(
        tool="Bash", input={"command": command}, cwd=str(work), worktree=str(work), home="/nobody"
    )
    return judge_here(RULES, call).decision


@pytest.mark.parametrize("command", ATTACKS)
def test_what_misleads_a_judge_of_text_is_not_allowed(tree: Path, command: str) -> None:
    assert decision(tree, command) is not Ruling.ALLOW


def test_of_a_days_work_little_is_asked(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "src").mkdir()
    asked = [command for command in ORDINARY if decision(tmp_path, command) is not Ruling.ALLOW]
    print(len(asked), "of", len(ORDINARY), "are asked:", *asked, sep="\n")  # noqa: T201 -- shown by `-rP`: people want the figure
    assert len(asked) <= MOST_ASKED
    assert not [
        command
        for command in asked
        if command.startswith(("ls", "git status", "git commit", "hubctl")) and "*" not in command
    ]


def test_the_tables_are_long() -> None:
    assert len(ATTACKS) >= 400
    assert len(ORDINARY) >= 160
