"""What is asked of a worker in a cell: what a person named, and nothing of what the cell holds anyway."""

import pytest

from hubctl.core.documents.policy import SHIPPED_POLICY, FileLine
from hubctl.permissions.contained import FREE, free_rules, in_cell
from hubctl.permissions.judgement import Judgement, asked
from hubctl.permissions.rules import PermissionRule, Ruling


def rule(decision: Ruling, file: str | None) -> PermissionRule:
    place = FileLine(file=file, line=1) if file else None
    return PermissionRule(decision=decision, tool="Bash", pattern="rm *", place=place)


@pytest.mark.parametrize("tool", FREE)
def test_what_no_rule_names_is_allowed(tool: str) -> None:
    assert in_cell(asked("nobody knows it"), tool).decision is Ruling.ALLOW


@pytest.mark.parametrize(
    "tool", ["WebFetch", "mcp__server__act", "AskUserQuestion", "Elicitation", "ExitPlanMode"]
)
def test_a_tool_that_reaches_beyond_the_cell_is_asked(tool: str) -> None:
    assert in_cell(asked("nobody knows it"), tool).decision is Ruling.ASK


@pytest.mark.parametrize(
    ("decision", "file", "then"),
    [
        (Ruling.DENY, SHIPPED_POLICY, Ruling.DENY),
        (Ruling.DENY, "POLICY.md", Ruling.DENY),
        (Ruling.ASK, SHIPPED_POLICY, Ruling.ALLOW),
        (Ruling.ASK, "POLICY.md", Ruling.ASK),
        (Ruling.ASK, None, Ruling.ASK),
        (Ruling.ALLOW, "POLICY.md", Ruling.ALLOW),
    ],
)
def test_whose_rule_it_is_decides(decision: Ruling, file: str | None, then: Ruling) -> None:
    """A role's rule has no place in a file."""
    said = Judgement(decision=decision, why="a rule", rule=rule(decision, file))
    assert in_cell(said, "Bash").decision is then


def test_the_settings_free_what_the_cell_holds_once() -> None:
    assert free_rules(["Bash(ls *)", "Edit(/**)", "WebFetch(domain:example.org)"]) == [
        *FREE,
        "WebFetch(domain:example.org)",
    ]
