"""The outbox: who is told what, when, how often, and what is held."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.decisions.notices import MOST_AT_ONCE, PAUSES, next_notice
from hubctl.core.intake.observations import OutcomeSeen, TargetsSeen, ZoneSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Notify
from hubctl.core.ledger.alerts import labelled
from hubctl.core.ledger.waits import failing_targets
from hubctl.core.messages.notices import Gravity, compose
from support.core.builders import NOW, policy
from support.core.stage import Stage

GROUP, REPEAT = timedelta(seconds=30), timedelta(hours=4)
HOOK = "json://127.0.0.1:9000"


def stage(*lines: str, targets: tuple[str, ...] = (HOOK,)) -> Stage:
    made = Stage(policy=policy(*lines))
    made.see(TargetsSeen(at=made.now, targets=targets))
    return made


def rise(stage: Stage, name: str, severity: str = "warning") -> None:
    event = e.AlertRaised(
        at=stage.now,
        alert=name,
        kind="stalled",
        severity=severity,
        because="x",
        episode=name,
        text=f"{name}!",
    )
    stage.fold(event)
    stage.turn()


def resolve(stage: Stage, name: str) -> None:
    stage.fold(e.AlertResolved(at=stage.now, alert=name, why="gone"))
    stage.turn()


def told(stage: Stage) -> list[str]:
    """What every notice so far wanted to tell."""
    return [order.alerts for order in stage.orders if isinstance(order, Notify)]


def end(stage: Stage, error: str = "", target: str = HOOK) -> None:
    (pending,) = [p for p in stage.state.pending.values() if p.words["target"] == target]
    stage.see(OutcomeSeen(at=stage.now, action=pending.action, error=error))


# --- grouping and order -------------------------------------------------------------------------------------------


def test_many_at_once_become_one_message() -> None:
    one = stage()
    for name in "abc":
        rise(one, name)
        one.wait(timedelta(seconds=9))
    assert next_notice(one.policy, one.state, one.now) == NOW + GROUP
    one.wait(timedelta(seconds=2))
    assert told(one) == []
    one.wait(timedelta(seconds=1))
    assert told(one) == ["1:raised 2:raised 3:raised"]


def test_what_comes_while_a_target_is_told_waits_for_its_own_group() -> None:
    one = stage()
    rise(one, "a")
    one.wait(GROUP)
    rise(one, "b")
    one.wait(GROUP)
    assert told(one) == ["1:raised"]
    end(one)
    assert told(one) == ["1:raised", "2:raised"]
    one.replayed()


def test_a_message_has_an_end() -> None:
    one = stage()
    for number in range(MOST_AT_ONCE + 1):
        rise(one, str(number))
    one.wait(GROUP)
    end(one)
    assert [len(words.split()) for words in told(one)] == [MOST_AT_ONCE, 1]


def test_each_target_has_a_box_of_its_own() -> None:
    one = stage(targets=(HOOK, "slack"))
    rise(one, "a")
    one.wait(GROUP)
    end(one, error="refused")
    end(one, target="slack")
    assert [target.name for target in failing_targets(one.state)] == [HOOK]
    rise(one, "b")
    one.wait(GROUP)
    last = {order.target: order.alerts for order in one.orders if isinstance(order, Notify)}
    assert last == {HOOK: "1:raised 2:raised", "slack": "2:raised"}


# --- the end of an alert ------------------------------------------------------------------------------------------


def test_the_end_is_told_once_to_who_heard_the_beginning() -> None:
    one = stage()
    rise(one, "a")
    one.wait(GROUP)
    end(one)
    resolve(one, "a")
    one.wait(GROUP)
    end(one)
    one.wait(REPEAT * 3)
    assert told(one) == ["1:raised", "1:resolved"]


def test_an_alert_that_ends_while_it_is_told_is_told_to_be_over() -> None:
    one = stage()
    rise(one, "a")
    one.wait(GROUP)
    resolve(one, "a")
    end(one)
    one.wait(GROUP)
    assert told(one) == ["1:raised", "1:resolved"]


def test_what_was_over_before_it_could_be_told_is_told_as_that() -> None:
    one = stage()
    rise(one, "a")
    resolve(one, "a")
    one.wait(GROUP)
    end(one)
    one.wait(REPEAT * 2)
    assert told(one) == ["1:resolved"]


def test_a_new_target_hears_what_is_open_and_nothing_of_what_is_over() -> None:
    one = stage()
    for name in "ab":
        rise(one, name)
    resolve(one, "a")
    one.see(TargetsSeen(at=one.now, targets=("slack",)))
    one.wait(GROUP)
    assert told(one) == ["2:raised"]
    assert next_notice(one.policy, one.state, one.now) is None


# --- repeating ----------------------------------------------------------------------------------------------------


def test_an_open_alert_is_repeated_as_policy_says_until_a_person_has_seen_it() -> None:
    one = stage("alerts: {repeat: 1h}")
    rise(one, "a")
    one.wait(GROUP)
    end(one)
    one.wait(timedelta(minutes=59, seconds=59))
    assert told(one) == ["1:raised"]
    one.wait(timedelta(seconds=1))
    end(one)
    assert told(one)[1:] == ["1:repeated"]
    one.ask("ack", None, by="human", words={"alert": "a"})
    one.wait(REPEAT)
    assert told(one)[2:] == []
    resolve(one, "a")
    one.wait(GROUP)
    assert told(one)[2:] == ["1:resolved"]


def test_a_repetition_of_zero_is_none() -> None:
    one = stage("alerts: {repeat: 0s}")
    rise(one, "a")
    one.wait(GROUP)
    end(one)
    one.wait(timedelta(days=300))
    assert told(one) == ["1:raised"]


# --- a target that fails ------------------------------------------------------------------------------------------


def test_a_failing_target_is_tried_with_growing_pauses_and_hears_all_of_it() -> None:
    one = stage()
    rise(one, "a")
    one.wait(GROUP)
    for count, pause in enumerate((*PAUSES, PAUSES[-1]), start=1):
        end(one, error="Connection refused.")
        assert next_notice(one.policy, one.state, one.now) == one.now + pause
        one.wait(pause - timedelta(seconds=1))
        assert len(told(one)) == count
        one.wait(timedelta(seconds=1))
        assert len(told(one)) == count + 1
    (failing,) = failing_targets(one.state)
    assert (failing.failures, failing.why) == (6, "Connection refused.")
    assert failing.failing_since == NOW + GROUP
    rise(one, "b")
    end(one, error="Connection refused.")
    one.wait(PAUSES[-1])
    end(one)
    assert told(one)[-1] == "1:raised 2:raised"
    assert failing_targets(one.state) == ()
    one.replayed()


def test_a_new_hub_tries_at_once() -> None:
    one = stage()
    rise(one, "a")
    one.wait(GROUP)
    for pause in PAUSES[:4]:
        end(one, error="no")
        one.wait(pause)
    end(one, error="no")
    one.restart()
    assert len(told(one)) == 6


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    one = stage()
    rise(one, "a")
    one.wait(GROUP)
    end(one, error="no")
    one.wait(-timedelta(days=30))
    end(one)
    rise(one, "b")
    one.wait(GROUP)
    assert told(one) == ["1:raised", "1:raised", "2:raised"]


# --- quiet hours --------------------------------------------------------------------------------------------------

QUIET = 'alerts: {quiet: "22:00-07:00"}'


def test_quiet_hours_hold_warnings_and_never_critical_ones() -> None:
    one = stage(QUIET)
    one.wait(timedelta(hours=13))
    rise(one, "w")
    rise(one, "c", "critical")
    one.wait(GROUP)
    assert told(one) == ["2:raised"]
    end(one)
    assert next_notice(one.policy, one.state, one.now) == one.now + REPEAT
    one.wait(REPEAT)
    assert told(one)[1:] == ["2:repeated"]
    end(one)
    one.wait(NOW + timedelta(hours=21) - one.now)
    assert told(one)[2:] == ["1:raised"]


def test_at_the_end_of_the_quiet_hours_all_that_was_held_is_one_message() -> None:
    one = stage(QUIET)
    one.wait(timedelta(hours=12, minutes=30))
    for name in "ab":
        rise(one, name)
        one.wait(timedelta(hours=3))
    resolve(one, "a")
    due = NOW + timedelta(hours=21)
    assert next_notice(one.policy, one.state, one.now) == due
    one.wait(due - one.now - timedelta(seconds=1))
    assert told(one) == []
    one.wait(timedelta(seconds=1))
    assert told(one) == ["1:resolved 2:raised"]


def test_quiet_hours_go_by_the_wall_clock_of_the_hub() -> None:
    one = stage(QUIET)
    one.see(ZoneSeen(at=one.now, offset=12 * 3600 + 1800))  # it is 22:30 there
    rise(one, "a")
    one.wait(GROUP)
    assert told(one) == []
    assert next_notice(one.policy, one.state, one.now) == NOW + timedelta(hours=8, minutes=30)
    one.see(ZoneSeen(at=one.now, offset=0))
    assert told(one) == ["1:raised"]


# --- the law ------------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.sampled_from(["raise", "critical", "resolve", "ack", "sent", "failed", "wait", "dies"]),
        max_size=40,
    )
)
def test_every_alert_is_told_in_order_whatever_fails(script: list[str]) -> None:
    one = stage()
    heard: list[int] = []
    for number, what in enumerate(script):
        _play(one, what, number, heard)
    for _ in range(20):
        _play(one, "sent", 0, heard)
        one.wait(PAUSES[-1] + GROUP)
    assert sorted(set(heard)) == [*range(1, one.state.alerted + 1)]
    first = list(dict.fromkeys(heard))
    assert first == sorted(first)
    assert not one.state.anomalies
    one.replayed()


def _play(one: Stage, what: str, number: int, heard: list[int]) -> None:
    begun = next(iter(one.state.pending.values()), None)
    match what:
        case "raise" | "critical":
            rise(one, f"a{number}", "warning" if what == "raise" else what)
        case "resolve" if one.state.open_alerts:
            resolve(one, one.state.open_alerts[-1].id)
        case "ack" if one.state.open_alerts:
            one.ask("ack", None, by="human", words={"alert": one.state.open_alerts[0].id})
        case "sent" if begun:
            heard += [int(word.partition(":")[0]) for word in begun.words.get("alerts", "").split()]
            end(one)
        case "failed" if begun:
            end(one, error="no")
        case "wait":
            one.wait(GROUP)
        case "dies":
            one.restart()
        case _:
            pass


# --- words --------------------------------------------------------------------------------------------------------


def test_a_notice_says_what_happened_and_which_alert_it_was() -> None:
    one = stage()
    rise(one, "a")
    rise(one, "b\x1b[2J", "critical")
    notice = compose(
        one.state, Notify(because="alerts", episode="1", target=HOOK, alerts="1:raised 2:raised")
    )
    assert (notice.title, notice.gravity, notice.open) == ("2 alerts", Gravity.CRITICAL, 2)
    assert notice.body.splitlines()[:2] == ["WARNING: a!", "    2026-01-01 10:00:00 UTC, a"]
    assert "\x1b" not in notice.body.splitlines()[2]
    resolve(one, "a")
    over = compose(one.state, Notify(because="alerts", episode="2", target=HOOK, alerts="1:resolved"))
    assert (over.title, over.gravity) == ("resolved: stalled", Gravity.OVER)
    nothing = compose(one.state, Notify(because="alerts", episode="3", target=HOOK, alerts="99:raised"))
    assert (nothing.gravity, nothing.open) == (Gravity.SILENT, 1)


@pytest.mark.parametrize(
    ("addresses", "labels"),
    [
        ((), ["tmux"]),
        (("json://user:secret@host:9000/path?key=secret",), [HOOK.replace("127.0.0.1", "host")]),
        (("slack://tokenA/tokenB/tokenC", "slack://other/one/two"), ["slack", "slack#2"]),
        (("ntfy://secret-topic", "tgram://123:secret/1"), ["ntfy", "tgram"]),
        (("json://h/a", "json://h/a", "JSON://h/b"), ["json://h", "json://h#2"]),
        (("json://[broken", "mailtos://me:secret@mail.example"), ["json", "mailtos://mail.example"]),
    ],
)
def test_a_label_holds_no_secret(addresses: tuple[str, ...], labels: list[str]) -> None:
    assert list(labelled(addresses)) == labels
