"""However often a worker's screen announces an API retry, a silence is told of, and within the rule's time twice over."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hubctl.core.decisions.evaluate import next_due
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import RaiseAlert, ReadScreen
from hubctl.core.vocabulary.words import ThreadState, View
from support.core.builders import ONE, policy
from support.core.stage import Stage, names, retry, working

SECOND = timedelta(seconds=1)
afters = st.sampled_from([2, 6, 60, 300, 900])
announced = st.lists(st.sampled_from(["", "0", "1", "38", "251", "86400", "fails"]), max_size=40)


def stalling(after: int) -> Stage:
    return working(policy=policy(f"rules: {{stalled: {{after: {after}s, then: [alert]}}}}"))


def read(stage: Stage, said: str) -> None:
    if said == "fails":
        stage.end("read-screen", ONE, error="tmux does not answer")
    else:
        stage.end("read-screen", ONE, retry(stage, ONE, said))


@settings(max_examples=30)
@given(afters, announced)
def test_a_silence_is_told_of_within_the_rules_time_twice_over(after: int, screens: list[str]) -> None:
    stage, left = stalling(after), list(screens)
    since = stage.now
    while not any(isinstance(order, RaiseAlert) for order in stage.orders):
        due = next_due(stage.policy, stage.state, stage.now)
        assert due is not None
        stage.wait(due - stage.now)
        if any(pending.name == "read-screen" for pending in stage.state.pending.values()) and left:
            read(stage, left.pop(0))
    assert after * SECOND <= stage.now - since <= 2 * after * SECOND
    looks = [order for order in stage.orders if isinstance(order, ReadScreen)]
    assert len(looks) <= 2 + after // 25, "a screen is read seldom"
    stage.replayed()


def test_a_worker_that_moves_in_time_is_never_looked_at() -> None:
    stage = stalling(60)
    for n in range(20):
        stage.wait(50 * SECOND)
        stage.fold(e.TokensCounted(at=stage.now, thread=ONE, input_tokens=n, output_tokens=n))
        stage.turn()
    assert not [order for order in stage.orders if isinstance(order, ReadScreen)]


def test_a_hub_that_is_late_looks_before_it_alerts() -> None:
    """On a busy machine the moment of the look and that of the alert pass in one turn."""
    stage = stalling(6)
    assert names(stage.wait(8 * SECOND)) == ["read-screen 1"]
    assert names(stage.wait(SECOND)) == []
    read(stage, "38")
    assert names(stage.wait(SECOND)) == []
    assert next_due(stage.policy, stage.state, stage.now) is not None


def test_a_look_that_tells_nothing_is_waited_for_and_not_for_ever() -> None:
    stage = stalling(60)
    assert names(stage.wait(70 * SECOND)) == ["read-screen 1"]
    due = next_due(stage.policy, stage.state, stage.now)
    assert due == stage.now + 5 * SECOND
    assert names(stage.wait(5 * SECOND)) == ["raise-alert 1", "call-human 1"]


def test_a_look_that_comes_back_too_late_is_history() -> None:
    stage = stalling(60)
    stage.wait(56 * SECOND)
    stage.ask("handoff", words={"to": "human"}, text="a key")
    read(stage, "38")
    assert stage.thread().state is ThreadState.WAITING
    stage.view(View.IDLE)
    stage.ask("stop", by="human")
    assert stage.state.anomalies == ()
