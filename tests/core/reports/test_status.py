"""The status document, field by field as the CLI contract fixes it, and when a thread has ended."""

import pytest

from hubctl.core.decisions.evaluate import has_ended
from hubctl.core.decisions.stuck import deadline
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.turn_errors import TURN_ERRORS
from hubctl.core.reports.status import ThreadDocument, alert_documents, doing, thread_documents
from hubctl.core.vocabulary.words import ThreadId, View
from hubctl.store.codec import encode_time
from support.core.builders import (
    CANCELED,
    DONE,
    FAILED,
    IDLE,
    NOW,
    ONE,
    REJECTED,
    REVIEWING,
    STARTING,
    THREE,
    TWO,
    WAITING,
    WORKING,
    died,
    issue,
    opened,
    policy,
    thread,
    viewed,
)
from support.core.stage import Stage, planned, working

POLICY = policy()


def shown(*log: e.Event) -> list[ThreadDocument]:
    state = fold(log)
    dues = {name: deadline(POLICY, state, one, NOW) for name, one in state.threads.items()}
    return thread_documents(state, time=encode_time, deadlines=dues)


def ended(state: HubState, id: ThreadId = ONE) -> bool:
    thread = state.thread(id)
    return thread is not None and has_ended(state, thread)


# --- documents ----------------------------------------------------------------------------------------------------


def test_an_idle_worker_as_scripts_see_it() -> None:
    counted = e.TokensCounted(at=NOW, thread=ONE, input_tokens=7, output_tokens=8)
    (document,) = shown(*IDLE, counted)
    assert document == {
        "id": "1",
        "issue": 1,
        "title": "Do 1",
        "state": "working",
        "role": "coder",
        "attempt": 1,
        "ball": {
            "holder": "worker",
            "since": "2026-01-01T10:00:00.000000Z",
            "deadline": "2026-01-01T10:01:30.000000Z",
            "why": "works, attempt 1",
        },
        "worker": {
            "pane": "%11",
            "session": "session-1",
            "view": "idle",
            "worktree": "trees/1",
            "branch": "hub/1",
        },
        "usage": {"input_tokens": 7, "output_tokens": 8, "usd": None},
        "after": [],
        "wait_broken": False,
        "guarded": [],
        "summary": "",
    }


def test_a_queued_thread_has_no_worker_and_is_late_when_nobody_starts_it() -> None:
    (document,) = shown(opened())
    assert document["worker"] is None
    assert document["ball"]["deadline"] == "2026-01-01T10:30:00.000000Z"


def test_after_the_end_the_pane_is_null_and_branch_and_session_stay() -> None:
    (document,) = shown(*DONE, e.WorkerEnded(at=NOW, thread=ONE))
    worker = document["worker"]
    assert worker is not None
    assert (worker["pane"], worker["branch"], worker["session"]) == (None, "hub/1", "session-1")
    assert document["summary"] == "All of it."


def test_who_waits_for_something_broken_is_marked_and_who_is_broken_is_not() -> None:
    broken = {
        document["id"]: document["wait_broken"]
        for document in shown(*FAILED, opened(TWO, ONE), opened(THREE, TWO))
    }
    assert broken == {"1": False, "2": True, "3": True}


def test_threads_stand_in_the_order_in_which_they_were_opened() -> None:
    assert [document["id"] for document in shown(opened(THREE), opened(ONE), opened(TWO))] == ["3", "1", "2"]


def test_an_alert_as_scripts_see_it() -> None:
    stage = working()
    stage.hook("StopFailure", error=min(TURN_ERRORS))
    stage.view(View.IDLE)
    (document,) = alert_documents(stage.state.open_alerts, time=encode_time)
    assert document | {"text": ""} == {
        "id": "idle-no-handoff:1:1",
        "kind": "idle-no-handoff",
        "thread": "1",
        "severity": "warning",
        "since": "2026-01-01T10:00:00.000000Z",
        "because": "idle-no-handoff",
        "text": "",
        "state": "raised",
    }


# --- the end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log", [(opened(),), STARTING, WORKING, IDLE, WAITING, REVIEWING, REJECTED])
def test_what_can_go_on_has_not_ended(log: tuple[e.Event, ...]) -> None:
    assert not ended(fold(log))


@pytest.mark.parametrize("scene", [DONE, FAILED, CANCELED], ids=["done", "failed", "canceled"])
def test_a_thread_has_ended_when_its_worker_and_its_issue_have(scene: tuple[e.Event, ...]) -> None:
    stage = Stage()
    stage.fold(*scene)
    assert not ended(stage.state)
    stage.turn()
    for name in [pending.name for pending in stage.state.pending.values()]:
        assert not ended(stage.state)
        stage.end(name, ONE)
    assert ended(stage.state)


def test_what_could_not_be_closed_holds_nobody_up() -> None:
    """`hubctl run` waits for this: without it, it would wait for ever."""
    stage = Stage()
    stage.fold(*DONE)
    stage.turn()
    stage.end("end-worker", error="tmux does not answer")
    stage.end("close-issue", error="the board does not answer")
    assert ended(stage.state)


def test_a_start_under_way_is_waited_for_also_when_its_thread_was_stopped() -> None:
    stage = planned(issue("a"))
    stage.ask("stop", by="human")
    stage.end("close-issue")
    assert not ended(stage.state)
    stage.start()
    assert not ended(stage.state)
    stage.end("end-worker")
    assert ended(stage.state)


def test_a_thread_without_a_worker_has_ended_when_it_failed() -> None:
    stage = planned(issue("a"), issue("b", "a"), issue("c", "b"))
    stage.end("start-worker", error="`app.py` conflicts")
    assert [ended(stage.state, ThreadId(id)) for id in "123"] == [True, True, True]


# --- in a few words -----------------------------------------------------------------------------------------------

DOING = {
    "queued": ((opened(),), "ready, waits for a free slot"),
    "starting": (STARTING, "starting"),
    "busy": (WORKING, "busy"),
    "busy with a note": (
        (*WORKING, e.ProgressReported(at=NOW, thread=ONE, text="half of it")),
        "busy: half of it",
    ),
    "unknown": ((*WORKING, viewed(View.UNKNOWN)), "works, attempt 1"),
    "a dialog": (WAITING, "permission for Bash"),
    "reviewing": (REVIEWING, "judges the claim when the turn has ended"),
    "rejected": (REJECTED, "tells the worker: the tests fail"),
    "failed": (FAILED, "given up"),
    "dead": ((*WORKING, died()), "gone"),
}


@pytest.mark.parametrize("case", DOING)
def test_what_a_worker_is_doing(case: str) -> None:
    log, words = DOING[case]
    assert doing(thread(*log)) == words
