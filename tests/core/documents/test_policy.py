from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.documents.policy import (
    NUDGE,
    FileLine,
    Key,
    Override,
    Policy,
    PolicyPatch,
    Requirement,
    Restarts,
    Rule,
    RuleId,
    Setting,
    Severity,
    Step,
    Value,
    merge,
    override,
)
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.core.vocabulary.values import replace
from hubctl.errors import HubError

SHIPPED = Path(__file__).parents[3] / "policies" / "POLICY.md"
DEFAULT = parse_policy_text(SHIPPED.read_text(encoding="utf-8"), file="default")

durations = st.integers(min_value=0, max_value=10_000).map(lambda n: timedelta(seconds=n))
steps = st.lists(st.sampled_from(Step), max_size=4).map(tuple)
VALUES: Mapping[str, st.SearchStrategy[Value]] = {
    "after": durations,
    "nudges": st.integers(min_value=0, max_value=9),
    "pause": durations,
    "then": steps,
    "severity": st.sampled_from(Severity),
    "off": st.booleans(),
}
rule_keys = st.tuples(st.sampled_from(RuleId), st.sampled_from(sorted(VALUES)))


@st.composite
def patches(draw: st.DrawFn) -> PolicyPatch:
    """What a repository's file may say."""
    place = FileLine(file=draw(st.sampled_from(["a.md", "b.md"])), line=draw(st.integers(1, 99)))
    said: dict[Key, Value] = {
        ("rules", *key): draw(VALUES[key[1]]) for key in draw(st.lists(rule_keys, max_size=6))
    }
    for evidence in draw(st.lists(st.sampled_from(Requirement))):
        said["done", "requires", evidence] = evidence
    for rule in draw(st.lists(st.sampled_from(["Bash(rm *)", "WebFetch", "Bash(git push *)"]))):
        said["permissions", "deny", rule] = rule
    if draw(st.booleans()):
        said["permissions", "allow"] = tuple(draw(st.lists(st.sampled_from(["Read", "Bash"]))))
    overrides = draw(st.none() | st.just(()) | st.just((overriding(role="coder", after=timedelta(hours=1)),)))
    settings = {key: Setting(value=value, place=place) for key, value in said.items()}
    return PolicyPatch(
        file=place.file, settings=settings, overrides=overrides, prose=draw(st.sampled_from("ab "))
    )


def overriding(*, role: str | None = None, label: str | None = None, **values: Value) -> Override:
    place = FileLine(file="POLICY.md", line=3)
    changes: dict[Key, Setting] = {
        (RuleId.STALLED, key): Setting(value=value, place=place) for key, value in values.items()
    }
    return override(changes, role=role, label=label, place=place)


def shipped(*overrides: Override) -> Policy:
    return replace(merge([DEFAULT]), overrides=overrides)


def patch(text: str) -> PolicyPatch:
    return parse_policy_text(f"```yaml hubctl\n{text}\n```\n", file="POLICY.md")


class TestTheShippedDefault:
    def test_is_complete(self) -> None:
        assert set(merge([DEFAULT]).rules) == set(RuleId)

    def test_tells_a_person_about_every_drop(self) -> None:
        for id, rule in merge([DEFAULT]).rules.items():
            assert Step.ALERT in rule.then, id

    def test_says_the_values_that_the_readme_promises(self) -> None:
        policy = merge([DEFAULT])
        assert policy.rules[RuleId.IDLE_NO_HANDOFF] == Rule(
            after=timedelta(seconds=90), nudges=1, pause=timedelta(minutes=3), then=(Step.ALERT,)
        )
        assert policy.rules[RuleId.HUB_DEAD].after == timedelta(seconds=30)
        assert policy.rules[RuleId.PING_PONG].count == 4
        assert policy.limits.restarts == Restarts(count=3, within=timedelta(minutes=10))
        assert policy.requires == set(Requirement)
        assert "Bash(git push *)" in policy.permissions.deny
        assert policy.alerting.quiet is None

    def test_keeps_its_prose_for_its_own_readers(self) -> None:
        assert DEFAULT.prose
        assert merge([DEFAULT]).prose == ""

    def test_that_lacks_a_value_is_refused_with_the_value(self) -> None:
        settings = {
            key: said for key, said in DEFAULT.settings.items() if key != ("rules", "stalled", "then")
        }
        with pytest.raises(HubError, match=r"rules\.stalled\.then"):
            merge([replace(DEFAULT, settings=settings)])


class TestMerging:
    def test_changes_the_named_key_and_no_other(self) -> None:
        before = merge([DEFAULT])
        after = merge([DEFAULT, patch("rules: {stalled: {after: 1h}}")])
        assert after.rules[RuleId.STALLED] == replace(before.rules[RuleId.STALLED], after=timedelta(hours=1))
        assert replace(after, rules=before.rules) == before

    def test_replaces_lists_and_unites_what_forbids(self) -> None:
        mine = patch("permissions: {allow: [Read], deny: ['Bash(rm *)']}\nrules: {stalled: {then: [fail]}}")
        policy = merge([DEFAULT, patch("permissions: {allow: [Bash]}"), mine])
        assert policy.permissions.allow == ("Read",)
        assert policy.permissions.deny == (*merge([DEFAULT]).permissions.deny, "Bash(rm *)")
        assert policy.rules[RuleId.STALLED].then == (Step.FAIL,)

    def test_asks_for_no_less_evidence_than_the_default(self) -> None:
        assert merge([DEFAULT, patch("done: {requires: []}")]).requires == set(Requirement)

    def test_takes_the_overrides_of_the_nearest_file_that_has_any(self) -> None:
        far = patch("overrides: [{for: {role: coder}, rules: {stalled: {off: true}}}]")
        assert merge([DEFAULT, far, patch("limits: {workers: 2}")]).overrides == far.overrides
        assert merge([DEFAULT, far, patch("overrides: []")]).overrides == ()

    def test_joins_the_prose_of_the_users_files_in_order(self) -> None:
        far, near = (replace(DEFAULT, prose=prose) for prose in ("Be kind.", "Be brief."))
        assert merge([DEFAULT, far, near]).prose == "Be kind.\n\nBe brief."

    def test_knows_where_each_value_comes_from(self) -> None:
        policy = merge([DEFAULT, patch("rules:\n  stalled:\n    after: 1h\npermissions: {deny: [WebFetch]}")])
        assert policy.places["rules", "stalled", "after"] == FileLine(file="POLICY.md", line=4)
        assert policy.places["permissions", "deny", "WebFetch"] == FileLine(file="POLICY.md", line=5)
        assert policy.places["rules", "stalled", "then"].file == "default"

    @given(patches())
    def test_is_idempotent(self, one: PolicyPatch) -> None:
        assert merge([DEFAULT, one, one]) == merge([DEFAULT, one])

    @given(patches(), patches())
    def test_is_key_wise_the_nearest_wins(self, far: PolicyPatch, near: PolicyPatch) -> None:
        policy = merge([DEFAULT, far, near])
        for id, rule in policy.rules.items():
            for key in VALUES:
                said = [
                    one.settings[name]
                    for one in (DEFAULT, far, near)
                    if (name := ("rules", id, key)) in one.settings
                ]
                assert getattr(rule, key) == (said[-1].value if said else getattr(Rule(), key))

    @given(patches(), patches())
    def test_unites_deny_and_requires_in_any_order(self, one: PolicyPatch, other: PolicyPatch) -> None:
        merged, turned = merge([DEFAULT, one, other]), merge([DEFAULT, other, one])
        parts = [merge([DEFAULT, part]) for part in (one, other)]
        assert set(merged.permissions.deny) == {rule for part in parts for rule in part.permissions.deny}
        assert set(merged.permissions.deny) == set(turned.permissions.deny)
        assert merged.requires == turned.requires == parts[0].requires | parts[1].requires


class TestARuleForAThread:
    def test_without_overrides_is_the_rule(self) -> None:
        policy = shipped()
        assert policy.rule(RuleId.STALLED, role="coder") == policy.rules[RuleId.STALLED]

    @pytest.mark.parametrize(
        ("role", "labels", "holds"),
        [
            ("reviewer", {"urgent"}, True),
            ("reviewer", {"ui"}, False),
            ("coder", {"urgent"}, False),
            (None, set(), False),
        ],
    )
    def test_takes_an_override_when_role_and_label_both_fit(
        self, role: str | None, labels: set[str], holds: bool
    ) -> None:
        policy = shipped(overriding(role="reviewer", label="urgent", nudges=7))
        rule = policy.rule(RuleId.STALLED, role=role, labels=frozenset(labels))
        assert (rule.nudges == 7) is holds

    def test_takes_the_later_override_key_by_key(self) -> None:
        policy = shipped(overriding(role="coder", nudges=7, off=True), overriding(label="ui", nudges=2))
        rule = policy.rule(RuleId.STALLED, role="coder", labels=frozenset({"ui"}))
        assert (rule.nudges, rule.off) == (2, True)

    def test_leaves_the_other_rules_alone(self) -> None:
        policy = shipped(overriding(role="coder", nudges=7))
        assert policy.rule(RuleId.HUB_DEAD, role="coder") == policy.rules[RuleId.HUB_DEAD]


class TestTheLadder:
    def test_climbs_the_nudges_first_and_pauses_between_all(self) -> None:
        rule = Rule(
            after=timedelta(seconds=90), nudges=2, pause=timedelta(minutes=3), then=(Step.ALERT, Step.FAIL)
        )
        assert [(rung.does, rung.offset.total_seconds()) for rung in rule.rungs] == [
            (NUDGE, 90),
            (NUDGE, 270),
            (Step.ALERT, 450),
            (Step.FAIL, 630),
        ]

    def test_starts_at_once_where_the_fact_is_the_drop(self) -> None:
        assert Rule(after=None).rungs[0].offset == timedelta(0)

    def test_is_empty_when_the_rule_is_off(self) -> None:
        assert Rule(nudges=2, off=True).rungs == ()


def test_the_hosts_that_cells_reach() -> None:
    policy = merge([DEFAULT, patch("doors: {hosts: [Example.org, '*.mirror.example:8443 private']}")])
    assert [str(host) for host in policy.doors.hosts] == ["example.org", "*.mirror.example:8443 private"]
    assert merge([DEFAULT]).doors.hosts == ()


@pytest.mark.parametrize("host", ["https://example.org/", "a b", "exa mple", "*", "host:0", "host:99999"])
def test_what_is_no_host_is_refused_with_its_line(host: str) -> None:
    with pytest.raises(HubError, match=r"line \d+: .* is no host: write"):
        patch(f"doors: {{hosts: ['{host}']}}")
