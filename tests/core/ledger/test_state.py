"""The fold: total, the same at once and one by one, and what it knows beside the threads."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.decisions.evaluate import evaluate, next_due
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import ANOMALIES_KEPT, apply, fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.words import ActionId, ThreadId, View
from support.core.builders import (
    DONE,
    FAILED,
    IDLE,
    NOW,
    ONE,
    REJECTED,
    TWO,
    WORKING,
    claimed,
    issue,
    opened,
    plan,
    policy,
    worker_of,
)
from support.core.strategies import events, unknown

POLICY = policy()
logs = st.lists(events() | unknown, max_size=15)
OF_ONE = tuple(kind for kind in e.KINDS if kind not in (e.PlanAccepted, e.ThreadOpened, e.ClockJumped))
scenes = st.sampled_from([(), (opened(),), WORKING, IDLE, REJECTED, DONE, FAILED, (*IDLE, opened(TWO, ONE))])


def began(
    action: str = "a", *, rule: str = "r", thread: ThreadId | None = ONE, **words: str
) -> e.ActionBegan:
    return e.ActionBegan(
        at=NOW, thread=thread, action=ActionId(action), name="n", because=rule, episode="1", words=words
    )


def ended(action: str = "a", error: str = "") -> e.ActionEnded:
    return e.ActionEnded(at=NOW, thread=ONE, action=ActionId(action), error=error)


def raised(alert: str = "x") -> e.AlertRaised:
    return e.AlertRaised(
        at=NOW,
        thread=ONE,
        alert=alert,
        kind="stalled",
        severity="warning",
        because="stalled",
        episode="1",
        text="!",
    )


def anomalies(*log: e.Event) -> list[str]:
    return [anomaly.why for anomaly in fold(log).anomalies]


# --- the law ------------------------------------------------------------------------------------------------------


@given(logs)
def test_any_log_folds_and_can_be_judged(log: list[e.Event]) -> None:
    state = fold(log)
    list(evaluate(POLICY, state, NOW))
    next_due(POLICY, state, NOW)


@given(scenes, st.lists(events(OF_ONE), max_size=15))
def test_any_facts_fold_into_any_scene(scene: tuple[e.Event, ...], log: list[e.Event]) -> None:
    state = fold(log, fold(scene))
    assert set(fold(scene).threads) <= set(state.threads)
    list(evaluate(POLICY, state, NOW))


@given(scenes, logs, st.data())
def test_replay_equals_life(scene: tuple[e.Event, ...], log: list[e.Event], data: st.DataObject) -> None:
    whole = [*scene, *log]
    cut = data.draw(st.integers(0, len(whole)))
    assert fold(whole) == fold(whole[cut:], fold(whole[:cut]))


@given(logs)
def test_a_closed_thread_has_no_ball_and_an_open_one_has(log: list[e.Event]) -> None:
    for thread in fold(log).threads.values():
        assert (thread.ball.holder == "nobody") is thread.state.closed


# --- misfits ------------------------------------------------------------------------------------------------------


def test_a_thread_that_does_not_exist_is_an_anomaly() -> None:
    assert anomalies(claimed()) == ["there is no such thread"]


def test_a_thread_opened_twice_is_an_anomaly_and_stays_as_it_is() -> None:
    state = fold([*WORKING, opened()])
    assert state.threads == fold(WORKING).threads
    assert [anomaly.why for anomaly in state.anomalies] == ["this thread is open already"]


def test_what_another_version_wrote_is_an_anomaly() -> None:
    assert anomalies(e.Unknown(at=NOW, kind="dreamt", data="{}")) == ["written by another version of hubctl"]


def test_a_fact_of_a_thread_without_its_name_is_an_anomaly() -> None:
    assert anomalies(e.DialogClosed(at=NOW)) == ["it names no thread"]


def test_an_end_without_a_beginning_is_an_anomaly() -> None:
    assert anomalies(ended(), e.AlertResolved(at=NOW, alert="x", why="gone")) == [
        "the action `a` had not begun",
        "there is no alert `x`",
    ]


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -float("inf"), 1e300, 1e15])
def test_no_clock_jumps_out_of_the_calendar(seconds: float) -> None:
    log = [*IDLE, e.ClockJumped(at=NOW, seconds=seconds)]
    assert fold(log).threads == fold(IDLE).threads
    assert anomalies(*log) == ["no clock can jump so far"]


def test_anomalies_are_kept_up_to_a_number() -> None:
    last = e.Unknown(at=NOW, kind="last", data="{}")
    kept = fold([*([claimed()] * (ANOMALIES_KEPT + 50)), last]).anomalies
    assert len(kept) == ANOMALIES_KEPT
    assert kept[-1].kind == "last"


# --- plans --------------------------------------------------------------------------------------------------------


def accepted_plan() -> e.PlanAccepted:
    return e.PlanAccepted(at=NOW, plan="p", base="base", content=plan(issue("b", "a"), issue("a")))


def test_a_plan_knows_what_is_not_filed_yet() -> None:
    assert fold([accepted_plan()]).plans["p"].unfiled == ("a", "b")
    assert fold([accepted_plan(), opened(key="a")]).plans["p"].unfiled == ("b",)


def test_a_thread_of_no_plan_is_a_thread() -> None:
    assert ONE in fold([opened()]).threads


# --- orders, alerts, requests -------------------------------------------------------------------------------------


def test_an_order_is_pending_from_its_beginning_to_its_end() -> None:
    assert set(fold([*WORKING, began()]).pending) == {"a"}
    assert not fold([*WORKING, began(), ended()]).pending


def test_what_was_done_is_remembered_and_what_failed_was_not_done() -> None:
    assert "r" in fold([*WORKING, began(), ended()]).threads[ONE].acted
    failed = fold([*WORKING, began(), ended(error="no tmux")])
    assert "r" not in failed.threads[ONE].acted
    assert failed.failures == {"a": "no tmux"}


def test_a_rung_is_climbed_whatever_came_of_it() -> None:
    assert "r" in fold([*WORKING, began(rung="1"), ended(error="no tmux")]).threads[ONE].acted


def test_a_later_act_of_the_rule_is_not_forgotten_with_an_older_one() -> None:
    later = e.ActionBegan(at=NOW, thread=ONE, action=ActionId("b"), name="n", because="r", episode="2")
    assert fold([*WORKING, began(), later, ended(error="no tmux")]).threads[ONE].acted["r"].episode == "2"


@pytest.mark.parametrize(
    "border", [e.HubStarted(at=NOW, pid=1, version="0"), e.HubStopped(at=NOW, why="ended in good order")]
)
def test_failures_are_forgotten_with_the_hub_that_had_them(border: e.Event) -> None:
    assert fold([*WORKING, began(), ended(error="no tmux"), border]).failures == {}


def test_an_alert_is_open_until_it_is_resolved() -> None:
    assert [alert.id for alert in fold([*WORKING, raised()]).open_alerts] == ["x"]
    resolved = fold([*WORKING, raised(), e.AlertResolved(at=NOW, alert="x", why="gone")])
    assert resolved.open_alerts == ()
    assert resolved.alerts["x"].state == "resolved"


def test_requests_are_counted_and_refusals_kept() -> None:
    taken = e.RequestTaken(at=NOW, number=4, verb="done", by="worker:1")
    refused = e.RequestTaken(at=NOW, number=3, verb="down", by="nobody", refusal="no")
    state = fold([taken, refused])
    assert (state.requests, dict(state.refusals)) == (4, {3: "no"})


def test_trust_is_what_was_said_last() -> None:
    changed, again = e.TrustChanged(at=NOW, files=("POLICY.md",)), e.TrustChanged(at=NOW, files=())
    assert fold([changed]).untrusted == ("POLICY.md",)
    assert fold([changed, again]).untrusted == ()


def test_a_clock_jump_moves_what_is_under_way_too() -> None:
    state = fold([*IDLE, began(), e.ClockJumped(at=NOW, seconds=3600)])
    assert state.threads[ONE].idle_since == state.pending[ActionId("a")].at == NOW + timedelta(hours=1)


def test_a_worker_is_found_by_its_name() -> None:
    state = fold([*WORKING, opened(TWO)])
    found = state.worker_thread(worker_of(ONE, 1))
    assert found is not None
    assert (found.id, found.view) == (ONE, View.BUSY)
    assert state.worker_thread("w9-1") is None


def test_nothing_happened_in_an_empty_log() -> None:
    assert fold([]) == HubState() == fold((), HubState())


def test_apply_is_a_step_of_the_fold() -> None:
    assert apply(fold(WORKING), claimed()) == fold([*WORKING, claimed()])
