"""Standing workers and directories: one thread at a time, one process for many threads, one thread for each word."""

from datetime import timedelta

import pytest

from hubctl.core.decisions.lanes import session_holder
from hubctl.core.documents.policy import Lane, Policy
from hubctl.core.documents.roles import Lifetime, Role
from hubctl.core.intake.observations import Delivered, Filed, TokensSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.board import BOARD_ORDERS
from hubctl.core.messages.prompts import next_prompt
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ActionId, Proof, ThreadId, ThreadState, View
from support.core.builders import NOW, ONE, THREE, TWO, issue, plan, policy, started
from support.core.stage import Stage, names, planned, request

S = ThreadState
STANDING = Lane(key="keeper", standing=True)
KEEPER = Role(name="keeper", description="", lifetime=Lifetime.STANDING, prompt="Keep it.", version="v1")


def laned(lane: Lane = STANDING) -> Policy:
    return replace(policy(), lanes={"keeper": lane})


def kept(*keys: str, lane: Lane = STANDING) -> Stage:
    """A plan of as many issues for one keeper."""
    return planned(*(issue(key, role="keeper") for key in keys), policy=laned(lane))


def start(stage: Stage, thread: ThreadId = ONE, **more: str) -> None:
    """A process is started for this thread."""
    made = replace(started(thread, start=stage.thread(thread).start), standing=True)
    stage.end("start-worker", thread, replace(made, **more))  # type: ignore[arg-type]


def take(stage: Stage, thread: ThreadId, worker: ThreadId = ONE, start: int = 1) -> list[str]:
    """The living worker that was made by `worker` takes the thread."""
    made = replace(started(worker, start=start), thread=thread, start=stage.thread(thread).start)
    return names(stage.end("start-worker", thread, replace(made, standing=True, untold=True)))


def finish(stage: Stage, thread: ThreadId = ONE) -> list[str]:
    """The worker claims done, its turn ends, the claim is accepted."""
    stage.ask("done", thread, text="All of it.")
    stage.view(View.IDLE, thread)
    return names(stage.judge(thread))


def first_done(*keys: str) -> Stage:
    """The keeper has done the first issue, and waits."""
    stage = kept(*keys)
    start(stage)
    stage.prompt()
    finish(stage)
    return stage


# --- lanes --------------------------------------------------------------------------------------------------------


def test_threads_of_one_lane_run_one_after_the_other() -> None:
    stage = planned(
        issue("a", role="keeper"), issue("b", role="keeper"), issue("c"), policy=laned(Lane(key="/other"))
    )
    assert names(stage.orders)[-2:] == ["start-worker 1", "start-worker 3"]
    start(stage, standing="")
    stage.prompt()
    assert finish(stage) == ["end-worker 1", "close-issue 1"]
    assert "start-worker 2" in names(stage.end("end-worker"))


@pytest.mark.parametrize("name", sorted(BOARD_ORDERS - {"file-issue"}))
def test_a_slow_board_takes_no_lane(name: str) -> None:
    """While an issue is shown, closed, opened again or offered, its worker is free for the next thread."""
    stage = kept("a", "b")
    start(stage)
    stage.prompt()
    stage.fold(
        e.ActionBegan(
            at=stage.now, thread=ONE, action=ActionId("x"), name=name, because="face", episode="face-1"
        )
    )
    assert "start-worker 2" in finish(stage)


def test_two_roles_in_one_directory_share_a_lane() -> None:
    lanes = {"one": Lane(key="/there"), "two": Lane(key="/there", standing=True)}
    stage = planned(issue("a", role="one"), issue("b", role="two"), policy=replace(policy(), lanes=lanes))
    assert names(stage.orders)[-1:] == ["start-worker 1"]


def test_a_standing_worker_takes_the_next_issue_and_is_told_when_it_is_idle() -> None:
    stage = first_done("a", "b")
    assert names(stage.orders)[-2:] == ["close-issue 1", "start-worker 2"]
    assert take(stage, TWO) == []
    assert stage.thread(TWO).state is S.STARTING
    assert names(stage.view(View.IDLE, TWO)) == ["deliver 2"]
    stage.prompt(TWO)
    stage.end("deliver", TWO, Delivered(proof=Proof.HOOK))
    assert stage.thread(TWO).state is S.WORKING
    assert "end-worker" not in " ".join(names(stage.orders))
    stage.replayed()


def test_what_runs_in_the_background_does_not_keep_the_next_task_away() -> None:
    stage = first_done("a", "b")
    stage.view(View.BACKGROUND)
    take(stage, TWO)
    assert names(stage.view(View.BACKGROUND, TWO)) == ["deliver 2"]


def test_a_task_that_was_not_accepted_is_the_humans_ball_and_said_out_loud() -> None:
    stage = first_done("a", "b")
    take(stage, TWO)
    stage.view(View.IDLE, TWO)
    assert names(stage.end("deliver", TWO, error="Enter was swallowed")) == ["raise-alert 2", "call-human 2"]
    assert stage.thread(TWO).ball.holder == "human"


def test_a_persons_words_before_the_task_make_it_due_again() -> None:
    stage = first_done("a", "b")
    take(stage, TWO)
    stage.view(View.IDLE, TWO)
    stage.end("deliver", TWO, error="a draft stood there")
    stage.hook("UserPromptSubmit", TWO, prompt="Wait.")
    assert stage.thread(TWO).ball.holder == "worker"
    stage.view(View.BUSY, TWO)
    assert "deliver 2" in names(stage.view(View.IDLE, TWO))


def test_a_task_that_finds_no_room_is_said_out_loud() -> None:
    stage = first_done("a", "b")
    take(stage, TWO)
    stage.view(View.BACKGROUND, TWO)
    assert names(stage.wait(timedelta(hours=1))) == ["raise-alert 2", "call-human 2"]


# --- the end of a thread --------------------------------------------------------------------------------------------


def test_an_idle_standing_worker_holds_no_slot() -> None:
    stage = planned(
        issue("a", role="keeper"),
        issue("b"),
        policy=replace(laned(), limits=replace(policy().limits, workers=1)),
    )
    start(stage)
    stage.prompt()
    assert "start-worker 2" in finish(stage)


def test_a_canceled_turn_is_cut_before_the_next_thread_begins() -> None:
    """Else the worker would say `done` of the old issue for the new one."""
    stage = kept("a", "b")
    start(stage)
    stage.prompt()
    stage.view(View.BUSY)
    assert names(stage.ask("stop", by="human")) == ["close-issue 1", "interrupt 1"]
    stage.end("close-issue")
    assert names(stage.end("interrupt")) == []
    assert names(stage.view(View.IDLE)) == ["start-worker 2"]
    assert stage.thread().state is S.CANCELED
    stage.replayed()


def test_where_escape_does_not_help_the_process_goes() -> None:
    stage = kept("a", "b")
    start(stage)
    stage.prompt()
    stage.view(View.BUSY)
    stage.ask("stop", by="human")
    stage.end("close-issue")
    assert names(stage.end("interrupt", error="the turn goes on")) == ["end-worker 1"]
    assert names(stage.end("end-worker")) == ["start-worker 2"]


def test_a_standing_worker_whose_cell_used_too_much_goes() -> None:
    stage = kept("a", "b")
    start(stage)
    stage.prompt()
    assert names(stage.excess()) == ["end-worker 1", "raise-alert 1"]
    assert (stage.thread().state, stage.thread().ball.holder) == (S.FAILED, "human")
    assert names(stage.end("end-worker")) == ["start-worker 2"]


def test_a_worker_that_waits_for_a_person_after_its_thread_is_said_by_the_next() -> None:
    stage = first_done("a")
    stage.view(View.WAITING)
    stage.see(request(stage.state, "plan", content=plan(issue("b", role="keeper"))))
    assert names(stage.end("file-issue", None, Filed(number=2))) == ["raise-alert 2", "call-human 2"]
    assert (stage.thread(TWO).state, stage.thread(TWO).ball.holder) == (S.QUEUED, "human")
    assert names(stage.view(View.IDLE)) == ["start-worker 2", "resolve-alert 2"]


def test_a_start_that_was_canceled_meanwhile_is_cut_when_it_runs() -> None:
    stage = kept("a", "b")
    stage.ask("stop", by="human")
    start(stage)
    assert "start-worker 2" not in names(stage.orders)
    assert names(stage.view(View.BUSY)) == ["interrupt 1"]


def test_a_worker_whose_role_stands_no_longer_is_ended() -> None:
    stage = first_done("a")
    assert names(stage.turn()) == []
    stage.policy = policy()
    assert names(stage.turn()) == ["end-worker 1"]


# --- whose words ----------------------------------------------------------------------------------------------------


def test_a_worker_has_one_current_thread() -> None:
    stage = first_done("a", "b", "c")
    worker = stage.worker(ONE)
    take(stage, TWO)
    now = stage.state.worker_thread(worker)
    assert now is stage.thread(TWO)
    assert stage.worker(TWO) == worker
    left = stage.thread(ONE).worker
    assert left
    assert (left.alive, left.pane) == (False, "")
    assert stage.thread(ONE).view is View.GONE


def test_its_death_is_that_of_its_current_thread() -> None:
    stage = first_done("a", "b")
    take(stage, TWO)
    assert names(stage.die(TWO)) == ["start-worker 2"]
    assert not stage.thread(ONE).deaths
    start(stage, TWO)
    assert stage.state.worker_thread("w1-1") is None
    assert stage.state.worker_thread("w2-2") is stage.thread(TWO)


def test_a_death_between_two_issues_is_nobodys_loss() -> None:
    stage = first_done("a")
    assert names(stage.die(ONE)) == []
    known = stage.state.standing_worker("keeper")
    assert known
    assert not known.alive


def test_tokens_are_counted_for_the_thread_that_used_them() -> None:
    stage = first_done("a", "b")
    stage.see(TokensSeen(at=NOW, worker="w1-1", input_tokens=100, output_tokens=10))
    take(stage, TWO)
    stage.see(TokensSeen(at=NOW, worker="w1-1", input_tokens=150, output_tokens=12))
    used = {name: (t.input_tokens, t.output_tokens) for name, t in stage.state.threads.items()}
    assert used == {ONE: (100, 10), TWO: (50, 2)}


# --- the session ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resume", [False, True])
def test_a_standing_worker_keeps_its_session_until_its_role_changes(resume: bool) -> None:
    stage = first_done("a", "b")
    two = stage.thread(TWO)
    known = session_holder(stage.state, two, KEEPER, resume=resume)
    assert known
    assert known.session == "session-1"
    assert session_holder(stage.state, two, replace(KEEPER, version="v2"), resume=resume) is None


def test_another_worker_keeps_its_session_where_it_is_told_to() -> None:
    stage = first_done("a")
    role = replace(KEEPER, lifetime=Lifetime.THREAD)
    assert session_holder(stage.state, stage.thread(), role, resume=False) is None
    assert session_holder(stage.state, stage.thread(), role, resume=True) == stage.thread().worker


def test_the_session_is_that_of_the_last_thread_not_of_the_last_opened() -> None:
    """Threads wait for others, so the lane does not run them by their numbers."""
    stage = planned(
        issue("x"),
        issue("a", "x", role="keeper"),
        issue("b", role="keeper"),
        policy=laned(),
    )
    start(stage, THREE)
    stage.prompt(THREE)
    finish(stage, THREE)
    stage.end("start-worker", ONE, started())
    stage.prompt(ONE)
    finish(stage, ONE)
    stage.end("close-issue", THREE)
    assert stage.thread(TWO).state is S.STARTING
    take(stage, TWO, THREE)
    assert stage.state.worker_thread("w3-1") is stage.thread(TWO)


@pytest.mark.parametrize(
    ("session", "told"), [("session-1", "One more thing."), ("another", "Your task stands in")]
)
def test_a_thread_that_goes_on_is_told_by_what_the_session_knows(session: str, told: str) -> None:
    """A role that changed meanwhile has begun another session, which knows nothing of the thread."""
    stage = first_done("a")
    stage.end("close-issue")
    orders = names(stage.ask("send", by="human", text="One more thing."))
    assert {"reopen-issue 1", "start-worker 1"} <= {*orders}
    made = replace(started(), start=2, standing=True, untold=True, session=session)
    stage.end("start-worker", ONE, made)
    assert names(stage.view(View.IDLE)) == ["deliver 1"]
    assert told in next_prompt(stage.state, stage.thread()).text
