"""What people are told of the rules of a thread: the very values that `evaluate` goes by, and where they stand."""

from datetime import timedelta

from hubctl.core.documents.policy import RuleId
from hubctl.core.documents.policy_lint import UNTHREADED
from hubctl.core.intake.notice import notice
from hubctl.core.intake.observations import RequestSeen
from hubctl.core.ledger.fold import fold
from hubctl.core.reports.explain import HeldRule, fires_next, held_rules, shown, stated
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import View
from support.core.builders import (
    IDLE,
    NOW,
    ONE,
    TWO,
    WORKING,
    assigned,
    opened,
    policy,
    proven,
    started,
    viewed,
)
from support.core.stage import play

URGENT = policy(
    "rules: {idle-no-handoff: {nudges: 0}}",
    "overrides:",
    "  - for: {role: coder}",
    "    rules: {idle-no-handoff: {after: 30s}}",
    "  - for: {label: urgent}",
    "    rules: {idle-no-handoff: {after: 10s, then: [fail]}}",
    'alerts: {quiet: "22:00-07:00"}',
)


def rule(held: tuple[HeldRule, ...], id: RuleId) -> dict[str, tuple[object, str]]:
    found = next(one for one in held if one.rule is id)
    return {value.key[-1]: (value.value, f"{value.place}") for value in found.values}


def test_every_value_is_stated_with_its_place() -> None:
    values = {".".join(value.key): value for value in stated(URGENT) if value.key != ("permissions", "deny")}
    assert (
        values["rules.idle-no-handoff.nudges"].value,
        f"{values['rules.idle-no-handoff.nudges'].place}",
    ) == (
        0,
        "`own` line 2",
    )
    assert f"{values['rules.idle-no-handoff.after'].place}".startswith("`shipped` line ")
    assert values["rules.stalled.nudges"].place is None, "the vocabulary's own"
    assert values["alerts.quiet"].value == "22:00-07:00"
    assert values["limits.restarts"].value == "3 in 10m"
    denied = [value for value in stated(policy()) if value.key == ("permissions", "deny")]
    assert [value.value for value in denied] == sorted(policy().permissions.deny)
    assert all(value.place for value in denied)


def test_values_are_written_as_a_file_writes_them() -> None:
    assert shown(timedelta(seconds=90)) == "90s"
    assert shown(None) is None
    assert shown(True) is True
    assert shown(()) == []


def test_the_last_override_that_fits_is_named() -> None:
    plain = replace(fold(IDLE).threads[ONE], labels=())
    held = held_rules(URGENT, plain)
    assert not {one.rule for one in held} & UNTHREADED
    assert rule(held, RuleId.IDLE_NO_HANDOFF)["after"] == ("30s", "`own` line 5")
    urgent = rule(held_rules(URGENT, replace(plain, labels=("urgent",))), RuleId.IDLE_NO_HANDOFF)
    assert (urgent["after"], urgent["then"]) == (("10s", "`own` line 7"), (["fail"], "`own` line 7"))
    other = rule(held_rules(URGENT, replace(plain, role="reviewer")), RuleId.IDLE_NO_HANDOFF)
    assert other["after"][0] == "90s"


def test_a_rule_that_is_off_does_not_act() -> None:
    thread = fold(IDLE).threads[ONE]
    acts = {one.rule: one.acts for one in held_rules(policy(), thread)}
    assert acts[RuleId.IDLE_NO_HANDOFF]
    off = held_rules(policy("rules: {idle-no-handoff: {off: true}}"), thread)
    assert not {one.rule: one.acts for one in off}[RuleId.IDLE_NO_HANDOFF]


def test_what_fires_next_is_what_a_turn_then_does() -> None:
    rules, state = policy(), fold(IDLE)
    due = fires_next(rules, state, state.threads[ONE], NOW)
    assert due
    assert (due.because, due.does) == ("idle-no-handoff", "deliver (nudge)")
    assert due.at == NOW + timedelta(seconds=90)
    early = play(rules, state, [due.at - NOW - timedelta(seconds=1)])
    assert early.orders == []
    assert [order.because for order in early.wait(timedelta(seconds=1))] == [due.because]


def test_what_is_due_already_is_due_now() -> None:
    late = NOW + timedelta(hours=1)
    state = fold(IDLE)
    due = fires_next(policy(), state, state.threads[ONE], late)
    assert due
    assert due.at == late


def test_of_a_busy_worker_nothing_is_due_by_itself() -> None:
    state = fold((*WORKING, viewed(View.BUSY)))
    assert fires_next(policy("rules: {stalled: {off: true}}"), state, state.threads[ONE], NOW) is None


def test_others_that_are_due_before_do_not_hide_it() -> None:
    later = NOW + timedelta(seconds=30)
    second = (opened(TWO), assigned(TWO), started(TWO), proven(TWO), viewed(View.IDLE, TWO, at=later))
    state = fold((*IDLE, *second))
    due = fires_next(policy(), state, state.threads[TWO], NOW)
    assert due
    assert due.at == later + timedelta(seconds=90)


def test_a_message_goes_before_the_rules() -> None:
    told = RequestSeen(at=NOW, number=1, verb="send", by="human", thread=ONE, text="Go on.")
    stage = play(policy(), fold(IDLE), [])
    stage.fold(*notice(stage.state, told))
    due = fires_next(stage.policy, stage.state, stage.thread(), NOW)
    assert due
    assert (due.at, due.does) == (NOW, "deliver (message)")
