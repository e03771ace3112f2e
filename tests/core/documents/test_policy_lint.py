from pathlib import Path

import pytest

from hubctl.core.documents.policy import PolicyPatch, merge
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.core.documents.policy_lint import lint

SHIPPED = Path(__file__).parents[3] / "policies" / "POLICY.md"
DEFAULT = parse_policy_text(SHIPPED.read_text(encoding="utf-8"), file="default")


def patch(text: str) -> PolicyPatch:
    return parse_policy_text(f"```yaml hubctl\n{text}\n```\n", file="POLICY.md")


class TestLint:
    def test_finds_nothing_in_the_shipped_default(self) -> None:
        assert lint(merge([DEFAULT])) == ()

    @pytest.mark.parametrize(
        ("text", "line", "says"),
        [
            ("rules:\n  stalled: {then: [resume]}", 3, "nobody is told"),
            ("rules: {stalled: {after: 0s}}", 2, "shorter than `1s`"),
            ("rules: {stalled: {pause: 0s}}", 2, "all steps come at once"),
            ("rules: {worker-dead: {nudges: 2}}", 2, "no worker is there"),
            ("rules: {hub-dead: {then: [alert, fail]}}", 2, "about no thread"),
            ("rules: {stalled: {then: [alert, fail, resume]}}", 2, "`fail` ends the worker"),
            ("overrides:\n- for: {role: a}\n  rules: {hub-dead: {after: 5m}}", 3, "can never hold"),
            ("overrides:\n- for: {role: a}", 3, "changes nothing"),
            ("overrides:\n- for: {role: a}\n  rules: {stalled: {then: []}}", 4, "nobody is told"),
            ("alerts: {repeat: 1s}", 2, "shorter than `group`"),
            ("permissions: {allow: ['Read(.env*)']}", 2, "deny wins"),
            ("permissions: {allow: [Edit]}", 2, "allows nothing"),
            ("permissions: {allow: ['Write(./**)']}", 2, "allows nothing"),
        ],
    )
    def test_finds_the_foolish_with_its_line(self, text: str, line: int, says: str) -> None:
        (finding,) = lint(merge([DEFAULT, patch(text)]))
        assert str(finding).startswith(f"`POLICY.md` line {line}: ")
        assert says in finding.text

    def test_has_nothing_against_a_rule_that_is_off(self) -> None:
        assert lint(merge([DEFAULT, patch("rules: {stalled: {off: true, then: [], after: 0s}}")])) == ()

    @pytest.mark.parametrize(
        ("later", "hidden"),
        [("{role: a}", True), ("{role: a, label: ui}", False), ("{role: b}", False), ("{label: ui}", False)],
    )
    def test_finds_an_override_that_a_later_wider_one_undoes(self, later: str, hidden: bool) -> None:
        rules = "rules: {stalled: {after: 5m}}"
        policy = merge(
            [DEFAULT, patch(f"overrides:\n- for: {{role: a}}\n  {rules}\n- for: {later}\n  {rules}")]
        )
        assert ["line 5" in finding.text for finding in lint(policy)] == [True] * hidden
