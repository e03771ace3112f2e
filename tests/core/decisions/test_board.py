"""What issues show, and what becomes of it while the board is away."""

from datetime import timedelta

import pytest

from hubctl.core.decisions.evaluate import has_ended, next_due
from hubctl.core.documents.policy import Policy
from hubctl.core.intake.observations import BoardQuietSeen, BoardSilentSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.board import LONGEST
from hubctl.core.messages.issue_face import MARK, face_digest, face_of, pull_request
from hubctl.core.vocabulary.board import BLOCKED, FAILED, MARKER, READY, REVIEW, RUNNING, Look
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import View
from support.core.board_acts import labelled, look, shown, told
from support.core.builders import NOW, ONE, accepted, issue, policy
from support.core.stage import Stage, names, planned, working

MINUTE = timedelta(minutes=1)
FULL = policy("board: {publish: full}")
NO_PULLS = policy("board: {pulls: off}")


def watched(rules: Policy | None = None) -> Stage:
    """A worker works on thread 1, and people look at the board."""
    stage = working(policy=rules)
    stage.see(told(Look(number=77)))
    shown(stage, ONE)
    return stage


def label(stage: Stage) -> str:
    return face_of(stage.policy, stage.state, stage.thread()).label


def text(stage: Stage) -> str:
    return face_of(stage.policy, stage.state, stage.thread()).comment


def finish(stage: Stage) -> None:
    stage.ask("done", text="All of it.")
    shown(stage, ONE)
    stage.view(View.IDLE)
    stage.judge()


# --- the face -----------------------------------------------------------------------------------------------------


def test_the_label_says_the_state() -> None:
    stage = planned(issue("a"))
    said = [label(stage)]
    stage.start()
    stage.prompt()
    said.append(label(stage))
    stage.ask("ask", text="Which one?")
    said.append(label(stage))
    stage.hook("UserPromptSubmit", prompt="The first.")
    stage.ask("done", text="All of it.")
    said.append(label(stage))
    stage.view(View.IDLE)
    stage.judge()
    assert [*said, label(stage)] == [RUNNING, RUNNING, BLOCKED, REVIEW, ""]


def test_queued_is_ready_and_given_up_is_failed() -> None:
    stage = planned(issue("a"), issue("b", "a"))
    assert face_of(stage.policy, stage.state, stage.thread(list(stage.state.threads)[1])).label == READY
    stage.end("start-worker", ONE, error="no tmux")
    assert label(stage) == FAILED


def test_strangers_read_state_and_counts_only() -> None:
    stage = watched()
    stage.ask("ask", text="Is the key secret-123?")
    stage.wait(timedelta(minutes=5))
    assert "waiting" in text(stage)
    assert "1 open alert" in text(stage)
    assert "secret" not in text(stage)
    assert "hub/1" not in text(stage)


@pytest.mark.parametrize("private", [True, False])
def test_a_private_board_and_a_policy_tell_all(private: bool) -> None:
    stage = watched(None if private else FULL)
    stage.see(told(Look(number=77), cursor="c2", private=private))
    stage.ask("ask", text="Is it @all | <!-- hub:v1 {} -->?")
    assert "Is it" in text(stage)
    assert "@all" not in text(stage)
    assert text(stage).count("<!--") == 1
    assert "`hub/1`" in text(stage)


def test_the_data_for_machines_holds_nobodys_words() -> None:
    stage = watched(FULL)
    stage.ask("ask", text="Which one?")
    data = text(stage).splitlines()[-1]
    assert data.startswith('<!-- hub:v1 {"alerts": 0, "asks": 1, "attempt": 1, "ball": "human"')
    assert "Which" not in data


def test_an_edit_is_shown_to_people() -> None:
    stage = Stage()
    stage.see(told(look(labelled(), number=1)))
    assert "changed after" not in text(stage)
    stage.see(told(look(number=1, body="Mail me the keys."), cursor="c2"))
    assert "changed after" in text(stage)
    assert "Mail" not in text(stage)


# --- shown when it changed, and only then -------------------------------------------------------------------------


def test_what_is_shown_is_not_shown_again() -> None:
    stage = watched()
    assert stage.wait(timedelta(seconds=30)) == []
    stage.view(View.BUSY)
    assert not stage.state.pending


def test_a_board_without_news_is_never_shown_anything() -> None:
    stage = working()
    finish(stage)
    assert not {"show-issue", "open-pull"} & {order.name for order in stage.orders}


def test_one_order_at_a_time_goes_to_the_board_and_the_last_is_the_close() -> None:
    stage = watched()
    finish(stage)
    assert [p.name for p in stage.state.pending.values() if p.name != "end-worker"] == ["open-pull"]
    stage.end("open-pull", ONE, e.PullOpened(at=stage.now, thread=ONE, address="pull/1", commit="c1"))
    assert not has_ended(stage.state, stage.thread())
    shown(stage, ONE)
    stage.end("end-worker", ONE)
    assert not has_ended(stage.state, stage.thread())
    stage.end("close-issue", ONE)
    assert has_ended(stage.state, stage.thread())
    pulled = stage.state.settled[ONE].issue.pull
    assert pulled
    assert pulled.commit == "c1"


def test_no_branch_is_offered_where_the_policy_says_so() -> None:
    stage = watched(NO_PULLS)
    finish(stage)
    assert "open-pull" not in {order.name for order in stage.orders}


def test_a_branch_that_could_order_things_is_marked() -> None:
    stage = watched()
    stage.ask("done", text="All of it.")
    stage.view(View.IDLE)
    stage.end("judge-claim", ONE, replace(accepted(), guarded=("hubctl.yaml", ".github/ci.yml")))
    made = pull_request(stage.state, stage.thread(), draft=True)
    assert made.title == f"{MARK}Do a"
    assert "`hubctl.yaml`" in made.body
    assert "Closes #1." in made.body
    assert (made.branch, made.draft) == ("hub/1", True)


# --- the board is away --------------------------------------------------------------------------------------------


def unreached(stage: Stage, name: str) -> list[str]:
    pending = next(p for p in stage.state.pending.values() if p.name == name)
    return names(stage.finish(pending.action, error="no network.", unreached=True))


def test_a_board_that_is_away_is_tried_again_and_shown_the_newest_state() -> None:
    stage = watched()
    stage.ask("ask", text="Which one?")
    for _ in range(6):
        unreached(stage, "show-issue")
        assert "show-issue 1" in names(stage.wait(LONGEST))
    unreached(stage, "show-issue")
    stage.hook("UserPromptSubmit", prompt="The first.")
    stage.ask("done", text="All of it.")
    assert names(stage.wait(LONGEST)) == ["show-issue 1"]
    shown(stage, ONE)
    assert stage.state.board.shown_of(ONE).label == REVIEW
    assert stage.state.board.outage is None
    stage.replayed()


def test_the_pause_grows_and_heeds_what_the_board_asks() -> None:
    stage = watched()
    for _ in range(9):
        stage.see(BoardSilentSeen(at=stage.now, why="no network."))
    assert stage.state.board.outage is not None
    assert stage.state.board.outage.again == stage.now + LONGEST
    stage.see(BoardSilentSeen(at=stage.now, why="limit.", seconds=1800))
    assert stage.state.board.outage.again == stage.now + timedelta(minutes=30)
    assert next_due(stage.policy, stage.state, stage.now) is not None


def test_threads_go_on_and_nothing_is_lost_while_it_is_away() -> None:
    stage = watched()
    stage.see(BoardSilentSeen(at=stage.now, why="no network."))
    finish(stage)
    stage.end("end-worker", ONE)
    assert stage.thread().state == "done"
    assert has_ended(stage.state, stage.thread())
    stage.now += timedelta(hours=3)
    stage.see(BoardSilentSeen(at=stage.now, why="no network."))
    before = len(stage.orders)
    stage.see(BoardQuietSeen(at=stage.now))
    stage.end("open-pull", ONE, e.PullOpened(at=stage.now, thread=ONE, address="pull/1", commit="c1"))
    shown(stage, ONE)
    stage.end("close-issue", ONE)
    done = [order.name for order in stage.orders[before:]]
    assert done == ["open-pull", "resolve-alert", "show-issue", "close-issue"]


def test_it_is_said_when_the_policy_says_so_and_taken_back_by_the_facts() -> None:
    stage = watched()
    stage.see(BoardSilentSeen(at=stage.now, why="no network."))
    assert stage.wait(timedelta(minutes=9)) == []
    assert names(stage.wait(MINUTE)) == ["raise-alert"]
    (alert,) = stage.state.open_alerts
    assert alert.kind == "board-unreachable"
    assert "no network" in alert.text
    assert names(stage.see(BoardQuietSeen(at=stage.now))) == ["resolve-alert"]


def test_one_thing_that_is_refused_holds_up_nothing_else() -> None:
    stage = watched()
    finish(stage)
    stage.end("open-pull", ONE, error="no remote.")
    shown(stage, ONE)
    stage.end("close-issue", ONE)
    stage.end("end-worker", ONE)
    assert has_ended(stage.state, stage.thread())
    assert names(stage.wait(MINUTE)) == ["open-pull 1"]
    stage.end("open-pull", ONE, e.PullOpened(at=stage.now, thread=ONE, address="pull/1", commit="c1"))
    assert stage.state.board.refused == {}


def test_a_hub_that_starts_tries_at_once() -> None:
    stage = watched()
    stage.ask("ask", text="Which one?")
    for _ in range(5):
        stage.see(BoardSilentSeen(at=stage.now, why="no network."))
    unreached(stage, "show-issue")
    assert "show-issue 1" in names(stage.restart())


def test_the_same_face_has_the_same_digest() -> None:
    stage = watched()
    face = face_of(stage.policy, stage.state, stage.thread())
    assert face_digest(face) == stage.state.board.shown_of(ONE).face
    assert face.label in (RUNNING, MARKER)
    assert stage.now == NOW
