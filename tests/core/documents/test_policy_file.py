import re
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.documents.policy import COUNTED, PolicyPatch, Restarts, RuleId, Step
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.errors import HubError

DEFAULT = (Path(__file__).parents[3] / "policies" / "POLICY.md").read_text(encoding="utf-8")


def fenced(text: str) -> str:
    return f"```yaml hubctl\n{text}\n```\n"


def parse(text: str) -> PolicyPatch:
    return parse_policy_text(text, file="POLICY.md")


def problems(text: str) -> list[str]:
    """One a line, without the name of the file."""
    with pytest.raises(HubError) as refused:
        parse(text)
    assert refused.value.cure
    lines = refused.value.message.split("\n")
    assert all(line.startswith("`POLICY.md` line ") for line in lines)
    return [line.removeprefix("`POLICY.md` ") for line in lines]


class TestWhatIsRead:
    def test_the_whole_vocabulary(self) -> None:
        patch = parse(
            fenced(
                """\
rules:
  idle-no-handoff: {after: 90s, nudges: 2, pause: 3m, then: [alert, fail], severity: warning}
  ping-pong:       {count: 4}
  stalled:         {off: true}
overrides:
  - for: {role: reviewer, label: urgent}
    rules: {idle-no-handoff: {after: 30s}}
limits: {workers: 4, attempts: 3, restarts: 3 in 10m}
done: {requires: [clean-worktree, commit]}
permissions: {allow: ["Read", "Bash(git diff *)"], ask: [mcp__x__y, "WebFetch(domain:x.org)"], deny: ["Bash(git push *)"]}
alerts: {group: 30s, repeat: 4h, quiet: "22:00-07:00"}"""
            )
        )
        assert {key: said.value for key, said in patch.settings.items()} == {
            ("rules", "idle-no-handoff", "after"): timedelta(seconds=90),
            ("rules", "idle-no-handoff", "nudges"): 2,
            ("rules", "idle-no-handoff", "pause"): timedelta(minutes=3),
            ("rules", "idle-no-handoff", "then"): (Step.ALERT, Step.FAIL),
            ("rules", "idle-no-handoff", "severity"): "warning",
            ("rules", "ping-pong", "count"): 4,
            ("rules", "stalled", "off"): True,
            ("limits", "workers"): 4,
            ("limits", "attempts"): 3,
            ("limits", "restarts"): Restarts(count=3, within=timedelta(minutes=10)),
            ("done", "requires", "clean-worktree"): "clean-worktree",
            ("done", "requires", "commit"): "commit",
            ("permissions", "allow"): ("Read", "Bash(git diff *)"),
            ("permissions", "ask"): ("mcp__x__y", "WebFetch(domain:x.org)"),
            ("permissions", "deny", "Bash(git push *)"): "Bash(git push *)",
            ("alerts", "group"): timedelta(seconds=30),
            ("alerts", "repeat"): timedelta(hours=4),
            ("alerts", "quiet"): (time(22), time(7)),
        }
        assert patch.overrides is not None
        (override,) = patch.overrides
        assert (override.role, override.label, override.place.line) == ("reviewer", "urgent", 7)
        assert list(override.changes) == [("idle-no-handoff", "after")]

    @pytest.mark.parametrize("rule", RuleId)
    def test_every_rule_of_the_design(self, rule: RuleId) -> None:
        key = "count: 2" if rule in COUNTED else "after: 2s"
        assert len(parse(fenced(f"rules: {{{rule}: {{{key}, nudges: 0, then: [escalate]}}}}")).settings) == 3

    @pytest.mark.parametrize(
        "text", ["", "Only prose.\n", fenced(""), fenced("# a comment"), fenced("rules:")]
    )
    def test_a_file_that_says_nothing(self, text: str) -> None:
        patch = parse(text)
        assert not patch.settings
        assert patch.overrides is None

    @pytest.mark.parametrize("quiet", ["off", "null", "~"])
    def test_no_quiet_hours(self, quiet: str) -> None:
        assert parse(fenced(f"alerts: {{quiet: {quiet}}}")).settings["alerts", "quiet"].value is None

    def test_several_blocks_with_the_prose_between_them(self) -> None:
        patch = parse(
            f"# Ours\n\n{fenced('rules: {stalled: {after: 1h}}')}\nBe kind.\n{fenced('rules: {stalled: {off: true}}')}"
        )
        assert [key[2] for key in patch.settings] == ["after", "off"]
        assert patch.prose == "# Ours\n\n\nBe kind."
        assert patch.settings["rules", "stalled", "off"].place.line == 9

    def test_overrides_of_several_blocks_follow_each_other(self) -> None:
        one, two = (fenced(f"overrides: [{{for: {{role: {name}}}, rules: {{}}}}]") for name in ("a", "b"))
        overrides = parse(one + two).overrides
        assert overrides is not None
        assert [override.role for override in overrides] == ["a", "b"]

    def test_fences_of_every_kind(self) -> None:
        for opened, closed in (
            ("~~~ yaml  hubctl", "~~~~"),
            ("  ````yaml hubctl", "````"),
            ("\ufeff```yaml hubctl", "```"),
        ):
            assert parse(f"{opened}\r\nlimits: {{workers: 2}}\r\n{closed}\r\n").settings, opened

    def test_other_code_is_prose_also_when_it_shows_a_block(self) -> None:
        text = f"```yaml\nrules: 3\n```\n````markdown\n{fenced('rules: 3')}````"
        assert parse(text).prose == text
        assert not parse(text).settings


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "line", "wrong", "right"),
        [
            ("rules: {stalld: {after: 3m}}", 2, "`stalld`", "`stalled`"),
            ("rules:\n  stalled:\n    aftr: 3m", 4, "`aftr`", "`after`"),
            ("rules: {stalled: {count: 3}}", 2, "`count`", "`nudges`"),
            ("rules: {stalled: {after: 5 minutes}}", 2, "`5 minutes`", "`5m`"),
            ("rules: {stalled: {after: 90}}", 2, "`90`", "`90s`"),
            ("rules: {stalled: {after: -5m}}", 2, "`-5m`", "`5m`"),
            ("rules: {stalled: {pause: 999d}}", 2, "`999d`", "`365d`"),
            ("rules: {stalled: {nudges: -1}}", 2, "`-1`", "from 0"),
            ("rules: {stalled: {nudges: true}}", 2, "`true`", "whole number"),
            ("rules: {stalled: {nudges: 1000000000}}", 2, "`1000000000`", "to 100"),
            ("rules: {ping-pong: {count: 0}}", 2, "`0`", "from 1"),
            ("rules: {stalled: {then: alert}}", 2, "`alert`", "`[alert]`"),
            ("rules: {stalled: {then: [alert,\n resum]}}", 3, "`resum`", "`resume`"),
            ("rules: {stalled: {severity: warn}}", 2, "`warn`", "`warning`"),
            ("rules: {stalled: {off: 1}}", 2, "`1`", "`true`"),
            ("rules: {stalled: off}", 2, "`false`", "`key: value`"),
            ("rule: {}", 2, "`rule`", "`rules`"),
            ("- rules", 2, "a list", "`key: value`"),
            ("limits: {workers: 0}", 2, "`0`", "from 1"),
            ("limits: {restarts: 3}", 2, "`3`", "`3 in 10m`"),
            ("limits: {restarts: 3 in 0s}", 2, "`3 in 0s`", "`3 in 10m`"),
            ("limits: {restarts: 3 in 10x}", 2, "`3 in 10x`", "`3 in 10m`"),
            ("done: {requires: [tests]}", 2, "`tests`", "`validation`"),
            ("permissions: {deny: [git push]}", 2, "`git push`", "`Bash(git push *)`"),
            ("permissions: {deny: ['bash(rm *)']}", 2, "`bash(rm *)`", "`Tool(pattern)`"),
            ("permissions: {deny: ['Bash()']}", 2, "`Bash()`", "`Tool(pattern)`"),
            ("permissions: {allow: [3]}", 2, "`3`", "quotes"),
            ("alerts: {quiet: '25:00-07:00'}", 2, "`25:00-07:00`", '"22:00-07:00"'),
            ("alerts: {quiet: '7:00-7:00'}", 2, "`7:00-7:00`", '"22:00-07:00"'),
            ("overrides: {for: {role: a}}", 2, "`overrides`", "list"),
            ("overrides:\n  - rules: {}", 3, "nobody", "`for: {role: NAME, label: NAME}`"),
            ("overrides:\n  - for: {rol: a, label: b}", 3, "`rol`", "`role`"),
            ("overrides:\n  - for: {role: 3}", 3, "`3`", "quotes"),
            ("overrides:\n  - for: {role: a}\n    rules: {stalled: {after: x}}", 4, "`x`", "`5m`"),
            ("rules: {stalled: {off: true}, stalled: {}}", 2, "`stalled`", "line 2"),
            ("rules: [", 2, "this is no valid YAML", ""),
            ("rules: *all", 2, "aliases", ""),
        ],
    )
    def test_names_line_wrong_word_and_right_word(self, text: str, line: int, wrong: str, right: str) -> None:
        (problem,) = problems(fenced(text))
        assert problem.startswith(f"line {line}: ")
        assert wrong in problem
        assert right in problem

    def test_all_problems_at_once_in_order_of_lines(self) -> None:
        text = (
            fenced("limits: {wrkers: 3, attempts: x}\nrules:\n  stalled: {then: [a, b]}")
            + fenced("- x")
            + "```yaml hubctl"
        )
        assert [line.split(":")[0] for line in problems(text)] == [
            "line 2",
            "line 2",
            "line 4",
            "line 4",
            "line 7",
            "line 9",
        ]

    def test_the_same_key_in_two_blocks_with_both_lines(self) -> None:
        (problem,) = problems(
            fenced("rules: {stalled: {after: 1m}}") + fenced("rules: {stalled: {after: 1m}}")
        )
        assert "line 5" in problem
        assert "`rules.stalled.after` stands in line 2" in problem

    @pytest.mark.parametrize("after", ["", "\n\nprose", f"\n{fenced('limits: {workers: 2}')}"])
    def test_a_block_without_an_end(self, after: str) -> None:
        (problem,) = problems(f"# Ours\n```yaml hubctl\nrules: {{}}{after}")
        assert "never closed" in problem
        assert problem.startswith("line 2: ")

    @pytest.mark.parametrize(
        "info", ["yaml hubctrl", "yml hubctl", "hubctl", "YAML hubctl", "yaml hubctl rules"]
    )
    def test_a_block_that_is_nearly_ours(self, info: str) -> None:
        (problem,) = problems(f"```{info}\nrules: {{}}\n```")
        assert f"`{info}`" in problem
        assert "write `yaml hubctl`" in problem

    def test_a_block_that_another_code_block_would_swallow(self) -> None:
        (problem,) = problems(f"```python\nprint()\n\n{fenced('rules: {}')}")
        assert problem.startswith("line 4: ")
        assert "line 1" in problem

    def test_a_problem_stays_on_one_line_and_short(self) -> None:
        (problem,) = problems(fenced('rules: {"stalled\\nstalled%s": {}}' % ("x" * 500)))
        assert "x" * 100 not in problem

    def test_a_number_too_long_to_print(self) -> None:
        (problem,) = problems(fenced(f"limits: {{workers: 0x{'f' * 9000}}}"))
        assert "thousands of digits" in problem


yamlish = st.recursive(
    st.sampled_from(
        ["3", "-1", "x", "5m", "true", "null", "[alert]", "", "'", "*a", "!!set {}", "0x", "1e999", "\x00"]
    ),
    lambda inner: st.lists(
        st.tuples(
            st.sampled_from(
                ["rules", "stalled", "ping-pong", "after", "count", "limits", "overrides", "for", "? ", "<<"]
            ),
            inner,
        ).map(": ".join),
        max_size=3,
    ).map(lambda pairs: "{" + ", ".join(pairs) + "}"),
    max_leaves=8,
)


def refusal(text: str) -> list[str]:
    """The lines of the refusal; none when the text can be read. Anything but a HubError comes through."""
    try:
        parse(text)
    except HubError as refused:
        return refused.message.split("\n")
    return []


class TestArbitraryText:
    @given(st.text() | st.text().map(fenced) | yamlish.map(fenced))
    def test_is_read_or_refused_with_lines(self, text: str) -> None:
        assert all(re.match(r"`POLICY\.md` line [1-9][0-9]*: .", line) for line in refusal(text))

    @given(st.integers(min_value=0, max_value=len(DEFAULT)), st.text(max_size=3), st.integers(0, 5))
    def test_is_read_or_refused_after_a_slip_of_the_pen(self, at: int, typed: str, lost: int) -> None:
        text = DEFAULT[:at] + typed + DEFAULT[at + lost :]
        assert all(re.match(r"`POLICY\.md` line [1-9][0-9]*: .", line) for line in refusal(text))
