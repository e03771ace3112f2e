"""What policy wants: filing, dispatch, resumes, judgements and ends, each played on a stage."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.decisions.evaluate import evaluate, is_ending, next_due
from hubctl.core.intake.observations import Delivered, Filed, TrustSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import CallHuman, Deliver, FailThread, JudgeClaim, RaiseAlert, StartWorker
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.waits import is_wait_broken
from hubctl.core.vocabulary.words import HUMAN, Proof, ThreadId, ThreadState, View
from support.core.builders import (
    FAILED,
    IDLE,
    NOW,
    ONE,
    REJECTED,
    THREE,
    TWO,
    WORKING,
    accepted,
    issue,
    opened,
    plan,
    policy,
    thread,
)
from support.core.stage import Stage, names, planned, play, request, working
from support.core.strategies import events

S = ThreadState
POLICY = policy()
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
FILE = Filed(number=1)


def alerts(stage: Stage) -> list[str]:
    return [alert.kind for alert in stage.state.open_alerts]


def done(stage: Stage, thread: ThreadId = ONE) -> list[str]:
    """Claims, is judged and accepted."""
    stage.ask("done", thread, text="All of it.")
    stage.view(View.IDLE, thread)
    return names(stage.judge(thread))


# --- the laws -----------------------------------------------------------------------------------------------------


@given(st.lists(events(), max_size=15), st.integers(0, 10_000))
def test_same_log_policy_and_time_give_the_same_actions(log: list[e.Event], seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert list(evaluate(POLICY, fold(log), now)) == list(evaluate(policy(), fold(log), now))


def test_what_is_due_may_be_asked_again_and_again() -> None:
    state = fold(IDLE)
    later = NOW + 2 * MINUTE
    assert list(evaluate(POLICY, state, later)) == list(evaluate(POLICY, state, later)) != []


def test_nothing_is_due_in_an_empty_hub() -> None:
    assert not list(evaluate(POLICY, HubState(), NOW))
    assert next_due(POLICY, HubState(), NOW) is None


def test_a_script_is_played_to_its_end() -> None:
    stage = play(POLICY, fold(IDLE), [89 * SECOND, SECOND])
    assert names(stage.orders) == ["deliver 1"]
    assert names(play(POLICY, fold(IDLE), [e.IssueClosed(at=NOW, thread=ONE), MINUTE]).orders) == []


# --- plan to board ------------------------------------------------------------------------------------------------


def test_a_plan_is_filed_one_issue_at_a_time_and_those_first_that_others_wait_for() -> None:
    stage = Stage()
    orders = stage.see(request(stage.state, "plan", content=plan(issue("b", "a"), issue("a"))))
    assert names(orders) == ["file-issue"]
    assert stage.pending("file-issue").words["key"] == "a"
    assert names(stage.end("file-issue", None, FILE)) == ["file-issue"]
    assert names(stage.end("file-issue", None, Filed(number=2))) == ["start-worker 1"]
    assert stage.thread(TWO).after == (ONE,)


def test_an_issue_that_cannot_be_filed_is_said_once_and_tried_again() -> None:
    stage = Stage()
    stage.see(request(stage.state, "plan", content=plan(issue("a"))))
    assert names(stage.end("file-issue", error="no network")) == ["raise-alert"]
    assert alerts(stage) == ["board-unreachable"]
    assert stage.wait(59 * SECOND) == []
    assert names(stage.wait(SECOND)) == ["file-issue"]
    assert stage.end("file-issue", error="no network") == []
    assert names(stage.restart()) == ["file-issue"]
    assert stage.end("file-issue", error="no network") == []
    assert alerts(stage) == ["board-unreachable"]
    stage.restart()
    assert names(stage.end("file-issue", None, FILE)) == ["start-worker 1", "resolve-alert"]
    assert alerts(stage) == []


# --- dispatch -----------------------------------------------------------------------------------------------------


def test_no_worker_starts_before_the_whole_plan_is_on_the_board() -> None:
    stage = Stage()
    stage.see(request(stage.state, "plan", content=plan(issue("a"), issue("b"))))
    assert names(stage.end("file-issue", None, FILE)) == ["file-issue"]


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_capacity_is_never_exceeded_and_always_used(slots: int) -> None:
    stage = planned(*(issue(key) for key in "abcd"), policy=policy(f"limits: {{workers: {slots}}}"))
    assert [order.thread for order in stage.orders if isinstance(order, StartWorker)] == ["1", "2", "3"][
        :slots
    ]
    stage.start()
    assert done(stage) == ["end-worker 1", "close-issue 1", f"start-worker {slots + 1}"]


def test_a_dependent_starts_when_all_it_waits_for_is_done() -> None:
    stage = planned(issue("a"), issue("b"), issue("c", "a", "b"))
    stage.start(ONE)
    stage.start(TWO)
    assert "start-worker 3" not in done(stage, ONE)
    assert "start-worker 3" in done(stage, TWO)


def test_a_broken_predecessor_leaves_the_others_queued_also_those_behind_them() -> None:
    stage = planned(issue("a"), issue("b", "a"), issue("c", "b"), issue("d"))
    stage.end("start-worker", ONE, error="`app.py` conflicts")
    assert [stage.thread(ThreadId(id)).state for id in "123"] == [S.FAILED, S.QUEUED, S.QUEUED]
    assert [is_wait_broken(stage.state, stage.thread(ThreadId(id))) for id in "1234"] == [
        False,
        True,
        True,
        False,
    ]
    assert stage.wait(60 * MINUTE) == []


def test_waiting_in_a_ring_is_not_broken_and_ends() -> None:
    state = fold([opened(ONE, TWO), opened(TWO, ONE), opened(THREE, THREE)])
    assert [is_wait_broken(state, thread) for thread in state.threads.values()] == [False] * 3


def test_a_wide_net_of_waits_is_read_in_one_walk() -> None:
    layers = [[ThreadId(f"{layer}{place}") for place in range(3)] for layer in range(10, 50)]
    log = [opened(id, *below) for below, layer in zip([[], *layers], layers, strict=False) for id in layer]
    state = fold(log)
    assert not is_wait_broken(state, state.threads[ThreadId("490")])


def test_changed_files_start_no_worker_and_are_said_until_they_are_trusted() -> None:
    stage = Stage()
    assert names(stage.see(TrustSeen(at=NOW, changed=("POLICY.md",)))) == ["raise-alert"]
    stage.see(request(stage.state, "plan", content=plan(issue("a"))))
    assert stage.end("file-issue", None, FILE) == []
    assert "`POLICY.md`" in stage.state.open_alerts[0].text
    assert names(stage.see(TrustSeen(at=NOW, changed=()))) == ["start-worker 1", "resolve-alert"]


def test_other_changed_files_are_another_alert() -> None:
    stage = Stage()
    stage.see(TrustSeen(at=NOW, changed=("POLICY.md",)))
    stage.see(TrustSeen(at=NOW, changed=("hubctl.yaml",)))
    assert [alert.text.count("hubctl.yaml") for alert in stage.state.open_alerts] == [1]


def test_changed_files_resume_no_worker_either() -> None:
    stage = working()
    stage.see(TrustSeen(at=NOW, changed=("POLICY.md",)))
    assert stage.die() == []
    assert names(stage.see(TrustSeen(at=NOW, changed=()))) == ["start-worker 1", "resolve-alert"]


# --- death --------------------------------------------------------------------------------------------------------


def test_a_death_is_answered_by_one_start_with_the_old_session() -> None:
    stage = working()
    (order,) = stage.die()
    assert isinstance(order, StartWorker)
    assert (order.start, order.resume, order.because) == (2, True, "worker-dead")
    assert stage.wait(60 * MINUTE) == []
    assert stage.start() == []
    assert stage.thread().worker is not None
    assert stage.worker(ONE) == "w1-2"


def test_without_a_proven_prompt_there_is_nothing_to_resume() -> None:
    stage = planned(issue("a"))
    stage.start()
    (order,) = stage.die()
    assert isinstance(order, StartWorker)
    assert not order.resume


def test_a_worker_that_dies_too_often_is_given_up() -> None:
    stage = working()
    for start in (2, 3, 4):
        assert names(stage.die()) == ["start-worker 1"]
        stage.start()
        assert stage.thread().start == start
    given_up, *rest = stage.die()
    assert isinstance(given_up, FailThread)
    assert (stage.thread().state, stage.thread().ball.holder) == (S.FAILED, HUMAN)
    assert given_up.because == "worker-dead"
    assert names(rest) == ["end-worker 1", "raise-alert 1"]


def test_deaths_of_long_ago_do_not_count() -> None:
    stage = working()
    for _ in range(8):
        assert names(stage.die()) == ["start-worker 1"]
        stage.start()
        stage.wait(4 * MINUTE)


def test_words_of_the_dead_do_not_keep_it_from_being_resumed() -> None:
    stage = working()
    stage.see(TrustSeen(at=NOW, changed=("POLICY.md",)))
    stage.die()
    stage.ask("progress", text="half of it")
    stage.hook("UserPromptSubmit", prompt="Go on.")
    assert "start-worker 1" in names(stage.see(TrustSeen(at=NOW, changed=())))


def test_a_rejected_worker_that_dies_is_resumed_and_told_by_its_first_prompt() -> None:
    stage = play(POLICY, fold(REJECTED), [])
    assert names(stage.orders) == ["deliver 1"]
    assert names(stage.die()) == ["start-worker 1"]
    stage.end("deliver", error="the pane is gone")
    assert alerts(stage) == []
    stage.start()
    stage.prompt(purpose="feedback")
    assert (stage.thread().attempt, stage.thread().rejection) == (2, None)


# --- the claim ----------------------------------------------------------------------------------------------------


def test_a_claim_is_judged_when_the_turn_has_ended() -> None:
    stage = working()
    assert stage.ask("done") == []
    assert stage.view(View.BUSY) == []
    (order,) = stage.view(View.IDLE)
    assert isinstance(order, JudgeClaim)


@pytest.mark.parametrize("view", [View.IDLE, View.BACKGROUND])
def test_what_runs_in_the_background_does_not_hold_a_judgement_up(view: View) -> None:
    stage = working()
    stage.ask("done")
    assert names(stage.view(view)) == ["judge-claim 1"]


def test_a_claim_outlives_its_worker() -> None:
    stage = working()
    stage.ask("done")
    assert names(stage.die()) == ["judge-claim 1"]
    assert names(stage.judge()) == ["end-worker 1", "close-issue 1"]


def test_two_judgements_never_run_at_once_and_the_newer_claim_counts() -> None:
    stage = working()
    stage.ask("done", text="first")
    stage.view(View.IDLE)
    assert stage.ask("done", text="second") == []
    assert names(stage.judge(why="the tests fail")) == ["judge-claim 1"]
    assert stage.thread().rejection is None
    stage.judge()
    assert (stage.thread().state, stage.thread().attempt) == (S.DONE, 1)


def test_a_rejected_worker_is_told_and_tries_again() -> None:
    stage = working()
    stage.ask("done")
    stage.view(View.IDLE)
    (order,) = stage.judge(why="the tests fail")
    assert isinstance(order, Deliver)
    assert order.purpose == "feedback"
    stage.prompt(purpose="feedback")
    stage.end("deliver", ONE, Delivered(proof=Proof.HOOK))
    assert (stage.thread().state, stage.thread().attempt) == (S.WORKING, 2)


def test_the_last_attempt_fails_the_thread() -> None:
    stage = working(policy=policy("limits: {attempts: 2}"))
    for last in (False, True):
        stage.ask("done")
        stage.view(View.IDLE)
        orders = stage.judge(why="the tests fail")
        assert names(orders) == (
            ["fail-thread 1", "end-worker 1", "raise-alert 1"] if last else ["deliver 1"]
        )
        if not last:
            stage.prompt(purpose="feedback")
            stage.end("deliver", ONE, Delivered(proof=Proof.HOOK))
    assert (stage.thread().state, stage.thread().ball.holder) == (S.FAILED, HUMAN)
    assert stage.thread().failed_by == "attempts-exhausted"
    assert stage.thread().ball.why == "the tests fail, 2 times"


def test_attempts_that_nobody_counts_go_on() -> None:
    stage = working(policy=policy("limits: {attempts: 1}", "rules: {attempts-exhausted: {off: true}}"))
    stage.ask("done")
    stage.view(View.IDLE)
    assert names(stage.judge(why="the tests fail")) == ["deliver 1"]


def test_a_death_is_left_alone_where_its_rule_is_off() -> None:
    stage = working(policy=policy("rules: {worker-dead: {off: true}}"))
    assert stage.die() == []


@pytest.mark.parametrize(("off", "wanted"), [("worker-dead", ["start-worker 1"]), ("orphaned", [])])
def test_whose_worker_died_unseen_is_taken_up_by_the_rule_of_orphans(off: str, wanted: list[str]) -> None:
    death = e.WorkerDied(at=NOW, thread=ONE, how="exit 1", orphaned=True)
    rules = policy(f"rules: {{{off}: {{off: true}}}}")
    assert names(list(evaluate(rules, fold([*WORKING, death]), NOW + MINUTE))) == wanted


def test_feedback_that_was_proven_by_the_transcript_alone_counts() -> None:
    stage = play(POLICY, fold(REJECTED), [])
    stage.end("deliver", ONE, Delivered(proof=Proof.TRANSCRIPT))
    assert (stage.thread().state, stage.thread().attempt) == (S.WORKING, 2)


def test_a_worker_that_was_told_by_a_person_instead_is_told_again_when_it_rests() -> None:
    stage = play(POLICY, fold(REJECTED), [])
    assert names(stage.end("deliver", error="Enter was swallowed")) == ["raise-alert 1"]
    assert names(stage.hook("UserPromptSubmit", prompt="Look at the tests.")) == ["resolve-alert 1"]
    assert names(stage.view(View.IDLE)) == ["deliver 1"]


def test_a_dialog_while_a_claim_is_judged_is_said() -> None:
    stage = working()
    stage.ask("done")
    assert names(stage.view(View.WAITING, why="dialog")) == ["raise-alert 1"]
    assert names(stage.view(View.IDLE)) == ["judge-claim 1", "resolve-alert 1"]


def test_a_claim_that_cannot_be_judged_is_a_persons() -> None:
    stage = working()
    stage.ask("done")
    stage.view(View.IDLE)
    assert names(stage.end("judge-claim", error="git is gone")) == ["end-worker 1", "raise-alert 1"]
    assert (stage.thread().state, stage.thread().ball.holder) == (S.FAILED, HUMAN)


# --- the end ------------------------------------------------------------------------------------------------------


def test_the_end_ends_the_worker_and_closes_the_issue_once() -> None:
    stage = working()
    done(stage)
    assert is_ending(stage.state, stage.thread())
    stage.end("end-worker", ONE)
    stage.end("close-issue", ONE)
    assert not is_ending(stage.state, stage.thread())
    assert stage.wait(60 * MINUTE) == []


def test_what_failed_at_the_end_is_left_to_the_next_hub_and_the_board_is_tried_again() -> None:
    stage = working()
    done(stage)
    stage.end("end-worker", ONE, error="tmux does not answer")
    stage.end("close-issue", ONE, error="the board does not answer")
    assert not is_ending(stage.state, stage.thread())
    assert names(stage.wait(MINUTE)) == ["close-issue 1"]
    stage.end("close-issue", ONE)
    assert stage.wait(60 * MINUTE) == []
    assert names(stage.restart()) == ["end-worker 1"]


def test_a_failed_threads_issue_stays_open() -> None:
    assert names(play(POLICY, fold(FAILED), [SECOND]).orders) == ["end-worker 1", "raise-alert 1"]


def test_the_window_of_a_dead_worker_is_closed_too() -> None:
    stage = play(POLICY, fold(FAILED), [SECOND])
    stage.die()
    stage.end("end-worker", ONE)
    assert stage.thread().worker is not None
    assert stage.wait(MINUTE) == []


def test_a_thread_that_never_had_a_worker_has_none_to_end() -> None:
    stage = planned(issue("a"), issue("b", "a"))
    assert names(stage.ask("stop", TWO, by="human")) == ["close-issue 2"]


def test_a_worker_that_is_just_being_started_is_ended_after_that() -> None:
    stage = planned(issue("a"))
    assert names(stage.ask("stop", by="human")) == ["close-issue 1"]
    stage.end("close-issue", ONE)
    assert is_ending(stage.state, stage.thread())
    assert names(stage.start()) == ["end-worker 1"]


@pytest.mark.parametrize("scene", [WORKING, IDLE, REJECTED], ids=["working", "idle", "rejected"])
def test_stopping_ends_the_worker_and_says_so_on_the_board(scene: tuple[e.Event, ...]) -> None:
    stage = play(POLICY, fold(scene), [])
    assert names(stage.ask("stop", by="human")) == ["end-worker 1", "close-issue 1"]
    assert stage.pending("close-issue").words["outcome"] == "not planned"


def test_a_judgement_of_a_stopped_thread_is_history() -> None:
    stage = working()
    stage.ask("done")
    stage.view(View.IDLE)
    stage.ask("stop", by="human")
    stage.end("judge-claim", ONE, accepted())
    assert stage.thread().state is S.CANCELED
    assert stage.state.anomalies == ()


# --- when to look again -------------------------------------------------------------------------------------------


def test_the_next_look_is_at_the_first_rung() -> None:
    assert next_due(POLICY, fold(IDLE), NOW) == NOW + 90 * SECOND
    assert next_due(POLICY, fold(IDLE), NOW + 90 * SECOND) is None


def test_a_busy_worker_is_looked_at_when_it_could_be_stalled_and_an_ended_thread_never() -> None:
    stage = play(POLICY, fold(WORKING), [])
    assert next_due(POLICY, stage.state, NOW) == NOW + 15 * MINUTE - 5 * SECOND
    assert names(stage.wait(15 * MINUTE - 5 * SECOND)) == ["read-screen 1"]
    assert next_due(POLICY, stage.state, stage.now) == NOW + 15 * MINUTE
    assert next_due(POLICY, fold(FAILED), NOW) is None


def test_a_prompt_on_its_way_is_looked_after() -> None:
    stage = play(POLICY, fold(REJECTED), [])
    assert next_due(POLICY, stage.state, NOW) == NOW + MINUTE
    order, call = stage.wait(MINUTE)
    assert isinstance(order, RaiseAlert)
    assert isinstance(call, CallHuman)
    assert order.kind == call.because == "prompt-undelivered"


def test_the_thread_is_the_one_of_the_builder() -> None:
    assert thread(*WORKING).state is S.WORKING


def test_a_file_that_changes_again_is_said_again() -> None:
    stage = Stage()
    for _ in range(2):
        stage.now += SECOND
        assert names(stage.see(TrustSeen(at=stage.now, changed=("POLICY.md",)))) == ["raise-alert"]
        assert names(stage.see(TrustSeen(at=stage.now, changed=()))) == ["resolve-alert"]
