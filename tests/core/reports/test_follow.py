"""What a person who follows a run is told: a line for each thing that changed, and none for what did not."""

from hubctl.core.intake.observations import TrustSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.reports.status import news, threads_of
from hubctl.core.vocabulary.words import View
from support.core.builders import FAILED, IDLE, NOW, ONE, WORKING, issue, opened, viewed
from support.core.stage import Stage, planned, working


def told(log: tuple[e.Event, ...], *more: e.Event) -> list[str]:
    before = fold(log)
    return list(news(before, fold(more, before)))


def test_a_new_thread_is_told() -> None:
    assert told((), opened()) == ["1 Do 1: filed, ready, waits for a free slot"]


def test_a_change_is_told_in_one_line() -> None:
    assert told(WORKING, e.ProgressReported(at=NOW, thread=ONE, text="half of it")) == [
        "1 Do 1: working, ball: worker, busy: half of it"
    ]


def test_a_look_alone_is_no_news() -> None:
    assert told(WORKING, viewed(View.IDLE)) == []
    assert told(IDLE, e.TokensCounted(at=NOW, thread=ONE, input_tokens=1, output_tokens=1)) == []


def test_a_failure_says_why() -> None:
    assert told(WORKING, FAILED[-1]) == ["1 Do 1: failed, ball: human, given up"]


def test_alerts_come_and_go() -> None:
    stage = working()
    before = stage.state
    stage.view(View.WAITING, why="dialog")
    raised = stage.state
    assert list(news(before, raised))[-1].startswith(
        "ALERT warning ask-unanswered: Thread 1 (Do a): it waits"
    )
    stage.view(View.BUSY)
    assert "alert ask-unanswered of thread 1: resolved" in news(raised, stage.state)


def test_an_alert_of_the_hub_names_no_thread() -> None:
    stage = Stage()
    stage.see(TrustSeen(at=NOW, changed=("POLICY.md",)))
    raised = stage.state
    stage.see(TrustSeen(at=NOW, changed=()))
    assert next(iter(news(HubState(), raised))).startswith("ALERT warning undispatched: No worker is started")
    assert list(news(raised, stage.state)) == ["alert undispatched: resolved"]


def test_a_plans_threads_stand_in_plan_order_as_far_as_they_are_filed() -> None:
    stage = planned(issue("b", "a"), issue("a"), issue("c"))
    (name,) = stage.state.plans
    assert [thread.key for thread in threads_of(stage.state, name)] == ["b", "a", "c"]
    assert threads_of(stage.state, "dreamt") == []


def test_nothing_is_told_of_the_same_state() -> None:
    state = working().state
    assert list(news(state, state)) == []
