"""A host that the doors refuse becomes an ask once a thread; a person's yes opens it for this thread, and the worker is told."""

import json
from datetime import timedelta

import pytest

from hubctl.core.intake.asks import MOST_HOSTS
from hubctl.core.intake.observations import Delivered, RefusalSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Action, RaiseAlert
from hubctl.core.ledger.asks import ANSWERED, Ask, open_asks
from hubctl.core.ledger.fold import fold
from hubctl.core.messages.asks import cure_of, in_a_line
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import HUMAN, WORKER, Door, Proof, ThreadState, View
from hubctl.store.codec import decode_event, encode_data, encode_time
from support.core.builders import ONE, TWO, issue, policy
from support.core.stage import Stage, names, working

HOST = "pypi.example:443"
SECOND = timedelta(seconds=1)


def refused(*lines: str) -> Stage:
    """A worker whose turn goes on, and that was refused a host."""
    stage = working(issue("a"), policy=policy(*lines) if lines else None)
    stage.view(View.BUSY)
    stage.wait(SECOND)
    stage.refuse(HOST)
    return stage


def only(stage: Stage) -> Ask:
    (ask,) = stage.state.asks.values()
    return ask


def decide(stage: Stage, verb: str, ask: str = "a1", text: str = "") -> list[Action]:
    return stage.ask(verb, None, by="human", text=text, words={"ask": ask, "who": "anna"})


def decided(stage: Stage, verb: str, text: str = "") -> list[Action]:
    """The same, and the doors have heard of it."""
    assert "answer-ask 1" in names(decide(stage, verb, text=text))
    return stage.end("answer-ask", ONE)


def keep(stage: Stage) -> None:
    """Its worker is a standing one."""
    thread = stage.thread()
    assert thread.worker
    kept = replace(thread, worker=replace(thread.worker, standing=True))
    stage.state = replace(stage.state, threads={ONE: kept})


def told(stage: Stage) -> list[str]:
    return [event.text for event in stage.log if isinstance(event, e.MessageWritten)]


def test_a_refused_host_is_a_persons_ask_and_the_work_goes_on() -> None:
    stage = refused()
    ask = only(stage)
    assert (ask.id, ask.kind, ask.text, ask.worker) == ("a1", e.AskKind.DOOR, HOST, "w1-1")
    assert open_asks(stage.state.asks) == (ask,)
    assert (in_a_line(ask), ask.fields, "hubctl approve a1" in cure_of(ask)) == (HOST, {"host": HOST}, True)
    assert (stage.thread().state, stage.thread().ball.holder) == (ThreadState.WORKING, WORKER)
    assert not stage.state.pending


def test_a_host_is_asked_for_once_a_thread_also_after_a_no_and_a_restart() -> None:
    stage = refused()
    stage.refuse(HOST)
    decided(stage, "deny", "Use the mirror.")
    stage.refuse(HOST)
    stage.restart()
    stage.refuse(HOST)
    assert list(stage.state.asks) == ["a1"]
    stage.refuse("pypi.example:8443")
    assert list(stage.state.asks) == ["a1", "a2"]
    stage.replayed()


def test_each_thread_asks_for_itself() -> None:
    stage = working(issue("a"), issue("b"))
    stage.start(TWO)
    stage.prompt(TWO)
    stage.refuse(HOST)
    stage.refuse(HOST, TWO)
    assert [ask.thread for ask in open_asks(stage.state.asks)] == [ONE, TWO]
    decided(stage, "approve")
    assert (stage.thread().open_hosts, stage.thread(TWO).open_hosts) == ((HOST,), ())


def test_what_was_refused_before_the_worker_took_its_thread_is_not_asked() -> None:
    """Of a standing worker, that is: any other has one thread, and its clock may have been corrected."""
    stage = working()
    early = RefusalSeen(at=stage.now - SECOND, worker="w1-1", host=HOST)
    keep(stage)
    stage.see(early, replace(early, worker="nobody", at=stage.now))
    assert stage.state.asks == {}
    other = working()
    other.see(early)
    assert list(other.state.asks) == ["a1"]


def test_a_yes_opens_the_host_and_the_worker_is_told() -> None:
    stage = refused()
    assert names(decided(stage, "approve")) == ["deliver 1"]
    assert only(stage).over == ANSWERED
    assert stage.thread().open_hosts == (HOST,)
    assert told(stage) == [f"{HOST} is open now; try it again."]
    stage.end("deliver", ONE, Delivered(proof=Proof.HOOK))
    assert stage.thread().messages == ()
    stage.replayed()


def test_a_no_says_why_and_opens_nothing() -> None:
    stage = refused()
    decided(stage, "deny", "Use the mirror.")
    assert told(stage) == [f"{HOST} stays closed: Use the mirror."]
    assert stage.thread().hosts == {HOST: Door.CLOSED}


def test_only_a_person_may_and_words_are_no_answer() -> None:
    stage = refused("rules: {ask-unanswered: {after: 60s, pause: 30s, then: [alert], answer: allow}}")
    stage.ask("approve", ONE, words={"ask": "a1"})
    decide(stage, "answer", text="Yes.")
    assert "is no question" in stage.state.refusals[stage.state.requests]
    for _ in range(9):
        stage.wait(timedelta(minutes=1))
    assert (only(stage).is_open, stage.thread().open_hosts) == (True, ())


def test_a_worker_that_rests_for_a_host_waits_for_the_person() -> None:
    stage = refused()
    stage.view(View.IDLE)
    thread = stage.thread()
    assert (thread.state, thread.ball.holder, thread.ball.why) == (
        ThreadState.WAITING,
        HUMAN,
        f"asks for {HOST}",
    )
    stage.wait(timedelta(minutes=4))
    assert "deliver 1" not in names(stage.orders)  # nobody nudges it
    decided(stage, "approve")
    assert (stage.thread().state, stage.thread().ball.holder) == (ThreadState.WORKING, WORKER)
    assert [order.words["purpose"] for order in stage.state.pending.values()] == ["message"]


def test_the_ball_comes_back_with_the_next_turn() -> None:
    stage = refused()
    stage.view(View.IDLE)
    stage.view(View.BUSY)
    assert (stage.thread().state, stage.thread().ball.holder) == (ThreadState.WORKING, WORKER)


def test_a_refusal_that_is_read_after_the_turns_end_moves_the_ball_too() -> None:
    stage = working()
    stage.view(View.IDLE)
    stage.refuse(HOST)
    assert stage.thread().ball.holder == HUMAN


def test_nobody_answers_in_time_and_the_human_is_called() -> None:
    stage = refused()
    assert [order for order in stage.wait(timedelta(minutes=5)) if isinstance(order, RaiseAlert)]
    stage.wait(timedelta(minutes=10))
    called = stage.thread().called
    assert called is not None
    assert HOST in called.why
    decided(stage, "approve")
    assert stage.thread().called is None


def test_at_most_ten_wait_and_the_rest_is_one_alert() -> None:
    stage = refused()
    for number in range(2 * MOST_HOSTS):
        stage.refuse(f"h{number}.example:443")
    assert len(open_asks(stage.state.asks)) == MOST_HOSTS
    (alert,) = stage.state.open_alerts
    assert "h9.example:443" in alert.text
    decided(stage, "approve")
    assert [alert.id for alert in stage.state.open_alerts] == []
    stage.refuse("h9.example:443")
    assert len(open_asks(stage.state.asks)) == MOST_HOSTS
    stage.refuse("h19.example:443")
    assert len(stage.state.open_alerts) == 1
    stage.replayed()


@pytest.mark.parametrize("verb", ["stop", "done"])
def test_the_end_of_its_thread_ends_the_ask_and_what_was_open(verb: str) -> None:
    stage = refused()
    decided(stage, "approve")
    stage.end("deliver", ONE, Delivered(proof=Proof.HOOK))
    stage.refuse("other.example:443")
    if verb == "stop":
        stage.ask("stop", by="human")
    else:
        stage.ask("done", text="All.")
        stage.view(View.IDLE)
        stage.judge()
    assert stage.state.asks["a2"].over == "its thread has ended"
    stage.die()
    for name in ("end-worker", "close-issue"):
        stage.end(name, ONE)
    stage.ask("retry" if verb == "stop" else "send", by="human", text="Once more.")
    assert stage.thread().hosts == {}


def test_a_worker_that_was_started_again_keeps_what_is_open_and_what_is_asked() -> None:
    stage = refused()
    stage.refuse("other.example:443")
    decided(stage, "approve")
    stage.die()
    stage.wait(timedelta(minutes=1))
    stage.start()
    assert (stage.thread().open_hosts, open_asks(stage.state.asks)[0].id) == ((HOST,), "a2")


def test_a_door_is_not_opened_while_a_start_is_under_way() -> None:
    """The start reads what is open before it writes the doors' rules."""
    stage = refused()
    stage.die()
    stage.wait(timedelta(minutes=1))
    assert decide(stage, "approve") == []
    assert "answer-ask 1" in names(stage.start())


def test_who_claims_done_has_gone_on_without_it() -> None:
    stage = refused()
    stage.ask("done", text="All.")
    decided(stage, "approve")
    assert (told(stage), stage.thread().open_hosts) == ([], (HOST,))


def test_a_host_explains_no_dialog_and_ends_with_none() -> None:
    stage = refused()
    stage.hook("PermissionRequest", tool="Bash", input=json.dumps({"command": "touch x"}), gate="g")
    stage.view(View.WAITING, why="permission for Bash")
    stage.hook("PostToolUse", tool="Bash", input=json.dumps({"command": "touch x"}))
    stage.view(View.BUSY)
    assert [ask.id for ask in open_asks(stage.state.asks)] == ["a1"]
    stage.screen("a dialog")
    assert names(decided(stage, "approve")) == []
    assert stage.thread().dialog == "a dialog"
    assert "deliver 1" in names(stage.view(View.BUSY))  # what the hub writes waits for the dialog's end


def test_a_standing_worker_loses_the_hosts_of_a_thread_that_ended() -> None:
    stage = refused()
    keep(stage)
    decided(stage, "approve")
    stage.end("deliver", ONE, Delivered(proof=Proof.HOOK))
    assert "close-hosts 1" in names(stage.ask("stop", by="human"))


def test_the_facts_survive_the_log() -> None:
    stage = refused()
    decided(stage, "approve")
    rows = [
        (e.kind_of(event), encode_time(event.at), event.thread, encode_data(event)) for event in stage.log
    ]
    read = [decode_event(kind=kind, at=at, thread=thread, data=data) for kind, at, thread, data in rows]
    assert (fold(read), {"host-refused", "host-decided"} <= {row[0] for row in rows}) == (stage.state, True)
