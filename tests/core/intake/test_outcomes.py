"""What the end of an order changes, also where it ends too late."""

import pytest

from hubctl.core.intake.observations import Delivered, Filed, Made, OutcomeSeen
from hubctl.core.intake.outcomes import ended
from hubctl.core.ledger import events as e
from hubctl.core.ledger.action_log import begin
from hubctl.core.ledger.actions import Deliver, FileIssue, JudgeClaim, StartWorker
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ActionId, Proof, ThreadState
from support.core.builders import (
    CANCELED,
    IDLE,
    NOW,
    ONE,
    REJECTED,
    REVIEWING,
    WORKING,
    claimed,
    died,
    fed_back,
    issue,
    opened,
    plan,
    started,
    taken,
)

NUDGE = Deliver(because="idle-no-handoff", episode="1", thread=ONE, rung=1, purpose="nudge")
FEEDBACK = Deliver(because="done", episode="feedback-1-2-1", thread=ONE, purpose="feedback")
JUDGE = JudgeClaim(because="done", episode="claim-1", thread=ONE)
START = StartWorker(because="dispatch", episode="start-1", thread=ONE, start=1)
FILE = FileIssue(because="plan", episode="p:b", plan="p", key="b")
REJECTION = e.ClaimRejected(at=NOW, thread=ONE, why="the tests fail", feedback="not yet", output="out.txt")
ACCEPTANCE = e.ClaimAccepted(at=NOW, thread=ONE, commit="c1", guarded=("POLICY.md",))

Order = Deliver | JudgeClaim | StartWorker | FileIssue


def outcome(order: Order, made: Made = None, error: str = "") -> OutcomeSeen:
    return OutcomeSeen(at=NOW, action=order.id, made=made, error=error, cure="Look." if error else "")


def after(
    order: Order,
    *log: e.Event,
    brought: Made = None,
    error: str = "",
    meanwhile: tuple[e.Event, ...] = (),
) -> list[e.Event]:
    """The facts of an order that began after `log`; the last event says that it has ended."""
    state = fold([*log, *begin(order, NOW), *meanwhile])
    (*made, last) = ended(state, outcome(order, brought, error))
    assert last == e.ActionEnded(at=NOW, thread=order.thread, action=order.id, error=error)
    assert fold([*made, last], state).anomalies == state.anomalies
    return made


def kinds(made: list[e.Event]) -> list[str]:
    return [e.kind_of(event) for event in made]


def test_an_order_ends_once() -> None:
    state = fold([*WORKING, *begin(NUDGE, NOW)])
    seen = outcome(NUDGE, Delivered(proof=Proof.HOOK))
    assert ended(fold(ended(state, seen), state), seen) == ()
    assert ended(HubState(), OutcomeSeen(at=NOW, action=ActionId("dreamt"))) == ()


def test_an_order_of_the_future_ends_without_facts() -> None:
    (began,) = begin(NUDGE, NOW)
    assert isinstance(began, e.ActionBegan)
    state = fold([*WORKING, replace(began, name="dream")])
    assert kinds(list(ended(state, outcome(NUDGE, Filed(number=1))))) == ["action-ended"]


@pytest.mark.parametrize("number", ["", "many", "-1", "\u00b2"])
def test_a_number_that_is_none_is_of_no_request(number: str) -> None:
    order = Deliver(because="send", episode="m", thread=ONE, purpose="message", message=1)
    (began,) = begin(order, NOW)
    assert isinstance(began, e.ActionBegan)
    state = fold([*WORKING, replace(began, words={"purpose": "message", "message": number})])
    assert kinds(list(ended(state, outcome(order, error="the pane is gone")))) == ["action-ended"]


# --- filing -------------------------------------------------------------------------------------------------------

ACCEPTED_PLAN = e.PlanAccepted(
    at=NOW, plan="p", base="c0", content=plan(issue("a"), issue("b", "a", validate="pytest -q"))
)


def test_a_filed_issue_opens_its_thread() -> None:
    (made,) = after(FILE, ACCEPTED_PLAN, opened(key="a"), brought=Filed(number=7))
    assert isinstance(made, e.ThreadOpened)
    assert (made.thread, made.issue, made.key, made.after) == ("7", 7, "b", (ONE,))
    assert (made.base, made.validate, made.title) == ("c0", "pytest -q", "Do b")


def test_an_issue_that_was_not_filed_opens_nothing() -> None:
    assert after(FILE, ACCEPTED_PLAN, error="no network") == []


def test_an_issue_of_no_plan_opens_nothing() -> None:
    assert after(FILE, brought=Filed(number=7)) == []
    assert after(replace(FILE, key="dreamt"), ACCEPTED_PLAN, brought=Filed(number=7)) == []


def test_what_a_plan_waits_for_and_does_not_hold_is_passed_over() -> None:
    odd = e.PlanAccepted(at=NOW, plan="p", base="c0", content=plan(issue("b", "dreamt")))
    (made,) = after(FILE, odd, brought=Filed(number=7))
    assert isinstance(made, e.ThreadOpened)
    assert made.after == ()


# --- starting -----------------------------------------------------------------------------------------------------


def test_a_started_worker_is_known() -> None:
    (made,) = after(START, opened(), brought=started())
    assert isinstance(made, e.WorkerStarted)
    assert (made.worker, made.start, made.pid) == ("w1-1", 1, 1001)


@pytest.mark.parametrize("meanwhile", [claimed(), e.ThreadCanceled(at=NOW, thread=ONE, why="stopped")])
def test_it_is_known_too_where_something_else_came_first(meanwhile: e.Event) -> None:
    assert kinds(after(START, opened(), brought=started(), meanwhile=(meanwhile,))) == ["worker-started"]


def test_a_start_that_failed_is_a_persons() -> None:
    (made,) = after(START, opened(), error="`app.py` conflicts")
    assert made == e.StartFailed(at=NOW, thread=ONE, why="`app.py` conflicts", cure="Look.")


def test_a_start_that_failed_after_the_stop_is_history() -> None:
    stopped = e.ThreadCanceled(at=NOW, thread=ONE, why="stopped")
    assert after(START, opened(), error="no tmux", meanwhile=(stopped,)) == []


# --- judging ------------------------------------------------------------------------------------------------------


def test_a_verdict_is_the_threads() -> None:
    for verdict in (ACCEPTANCE, REJECTION):
        assert after(JUDGE, *REVIEWING, brought=verdict) == [verdict]


def test_a_claim_that_could_not_be_judged_fails() -> None:
    assert kinds(after(JUDGE, *REVIEWING, error="git is gone")) == ["thread-failed"]


@pytest.mark.parametrize("verdict", [ACCEPTANCE, REJECTION], ids=e.kind_of)
@pytest.mark.parametrize(
    "meanwhile",
    [(claimed(),), (e.ThreadCanceled(at=NOW, thread=ONE, why="stopped"),)],
    ids=["claimed", "stopped"],
)
def test_a_verdict_that_comes_too_late_is_history(verdict: e.Event, meanwhile: tuple[e.Event, ...]) -> None:
    assert after(JUDGE, *REVIEWING, brought=verdict, meanwhile=meanwhile) == []


def test_so_is_an_error_of_an_older_judgement() -> None:
    assert after(JUDGE, *REVIEWING, error="git is gone", meanwhile=(claimed(),)) == []


# --- delivering ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [NUDGE, FEEDBACK], ids=lambda order: order.purpose)
def test_what_was_not_accepted_is_news(order: Deliver) -> None:
    scene = IDLE if order is NUDGE else REJECTED
    (made,) = after(order, *scene, error="Enter was swallowed")
    assert made == e.PromptUndelivered(at=NOW, thread=ONE, purpose=order.purpose, why="Enter was swallowed")


@pytest.mark.parametrize(
    ("order", "scene", "meanwhile"),
    [
        (NUDGE, IDLE, (died(),)),
        (NUDGE, IDLE, (claimed(),)),
        (NUDGE, IDLE, (e.ThreadCanceled(at=NOW, thread=ONE, why="stopped"),)),
        (FEEDBACK, REJECTED, (died(),)),
        (FEEDBACK, REJECTED, (claimed(),)),
        (FEEDBACK, REJECTED, (fed_back(),)),
    ],
)
def test_what_nobody_wants_any_more_is_not_missed(
    order: Deliver, scene: tuple[e.Event, ...], meanwhile: tuple[e.Event, ...]
) -> None:
    assert after(order, *scene, error="Enter was swallowed", meanwhile=meanwhile) == []


@pytest.mark.parametrize("proof", Proof)
def test_feedback_that_only_the_transcript_knows_is_proven_by_it(proof: Proof) -> None:
    """Where the hook was heard, nothing is left to prove."""
    assert kinds(after(FEEDBACK, *REJECTED, brought=Delivered(proof=proof))) == ["feedback-proven"]
    assert after(FEEDBACK, *REJECTED, brought=Delivered(proof=proof), meanwhile=(fed_back(),)) == []


def test_feedback_on_an_older_claim_proves_nothing_of_the_new_one() -> None:
    anew = (claimed(), e.ClaimRejected(at=NOW, thread=ONE, why="still", feedback="again"))
    assert after(FEEDBACK, *REJECTED, brought=Delivered(proof=Proof.TRANSCRIPT), meanwhile=anew) == []


def test_a_person_in_between_does_not_take_the_proof_away() -> None:
    assert kinds(after(FEEDBACK, *REJECTED, brought=Delivered(proof=Proof.HOOK), meanwhile=(taken(),))) == [
        "feedback-proven"
    ]


def test_what_was_skipped_is_not_proven() -> None:
    assert after(FEEDBACK, *REJECTED, brought=Delivered()) == []
    assert after(NUDGE, *IDLE, brought=Delivered()) == []


def test_a_nudge_is_proven_by_its_hook_alone() -> None:
    assert after(NUDGE, *IDLE, brought=Delivered(proof=Proof.TRANSCRIPT)) == []


def test_the_scene_of_a_stop_is_closed() -> None:
    assert fold(CANCELED).threads[ONE].state is ThreadState.CANCELED
