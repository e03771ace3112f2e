"""Orders to a board, on one that people look at: what is written there, and that nothing is written twice."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest

from hubctl.core.documents.policy import Policy, Rules
from hubctl.core.intake.observations import Filed, Made
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import CloseIssue, FileIssue, OpenPull, ReopenIssue, ShowIssue
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.issue_face import face_digest, face_of
from hubctl.core.vocabulary.board import MARKER, READY, RUNNING
from hubctl.core.vocabulary.words import ThreadId
from hubctl.errors import HubError
from hubctl.perform import perform
from hubctl.perform.outside import Outside
from hubctl.ports.board import BoardUnreachable
from support.core.builders import DONE, NOW, ONE, issue, opened, plan, policy
from support.memory import MemoryBoard


@dataclass(slots=True)
class Room:
    """What an effect can reach, as far as these do; `published` are the branches that went to the remote."""

    board: MemoryBoard
    facts: tuple[e.Event, ...] = ()
    policy: Policy = field(default_factory=policy)
    published: list[str] = field(default_factory=list)

    @property
    def workspaces(self) -> "Room":
        return self

    def publish(self, branch: str) -> None:
        self.published.append(branch)

    def rules(self) -> Rules:
        return Rules(policy=self.policy, roles={})

    def state(self) -> HubState:
        return fold(self.facts)

    def now(self) -> datetime:
        return NOW

    def thread(self, name: ThreadId | None) -> Thread:
        return self.state().threads[name or ThreadId("")]

    @property
    def outside(self) -> Outside:
        return cast("Outside", self)


PLANNED = e.PlanAccepted(at=NOW, plan="p", base="base", content=plan(issue("a"), issue("b", "a")), parent=5)
SHOW = ShowIssue(because="face", episode="face-1", thread=ONE)


def filing(key: str) -> FileIssue:
    return FileIssue(because="plan", episode=f"p:{key}", plan="p", key=key)


def filed(room: Room, key: str) -> Made:
    return perform(filing(key), room.outside)


@pytest.mark.parametrize("shows", [True, False])
def test_a_plans_issues_are_parts_of_what_was_planned_and_wait_for_each_other(shows: bool) -> None:
    room = Room(board=MemoryBoard(shows=shows), facts=(PLANNED,))
    assert filed(room, "a") == Filed(number=1) == filed(room, "a")
    room.facts = (PLANNED, opened(ONE, key="a"))
    assert filed(room, "b") == Filed(number=2)
    assert [one.parent for one in room.board.issues()] == [5, 5]
    assert room.board.issues()[0].labels == ((READY,) if shows else ())
    assert room.board.links == ({1: (5, ()), 2: (5, (1,))} if shows else {})


def test_an_issue_shows_the_newest_state_and_is_written_to_once() -> None:
    room = Room(board=MemoryBoard(shows=True), facts=DONE[:4])
    room.board.file(nonce="p:a", title="Do a", body="", labels=[READY])
    first = perform(SHOW, room.outside)
    face = face_of(room.policy, room.state(), room.thread(ONE))
    assert isinstance(first, e.IssueShown)
    assert (first.face, first.label, first.mark) == (face_digest(face), RUNNING, "working.1.0.0.")
    assert room.board.issues()[0].labels == (MARKER, RUNNING)
    written = room.board.written
    assert perform(SHOW, room.outside, in_doubt=True) == first
    assert room.board.written == written
    room.facts = DONE
    last = perform(SHOW, room.outside)
    assert isinstance(last, e.IssueShown)
    assert last.label == ""
    assert room.board.issues()[0].labels == (MARKER,)


def test_a_finished_branch_is_published_and_offered() -> None:
    room = Room(board=MemoryBoard(shows=True), facts=DONE, policy=policy("board: {pulls: ready}"))
    room.board.file(nonce="p:a", title="Do a", body="")
    order = OpenPull(because="pull", episode="pull-0-1", thread=ONE, commit="c1")
    offered = perform(order, room.outside)
    assert isinstance(offered, e.PullOpened)
    assert (offered.address, offered.commit) == ("memory:pull/1", "c1")
    assert room.published == ["hub/1"]
    assert (room.board.pulls[1].branch, room.board.pulls[1].draft) == ("hub/1", False)
    stale = OpenPull(because="pull", episode="pull-0-1", thread=ONE, commit="c0")
    with pytest.raises(HubError, match="went on"):
        perform(stale, room.outside)


def test_closing_and_opening_may_be_done_again() -> None:
    room = Room(board=MemoryBoard(shows=True), facts=DONE)
    room.board.file(nonce="p:a", title="Do a", body="")
    for _ in range(2):
        perform(CloseIssue(because="b", episode="1", thread=ONE, outcome="completed"), room.outside)
    assert room.board.issues()[0].state == "closed"
    for _ in range(2):
        perform(ReopenIssue(because="b", episode="1", thread=ONE), room.outside)
    assert room.board.issues()[0].state == "open"


def test_a_board_that_is_away_says_so() -> None:
    room = Room(board=MemoryBoard(shows=True), facts=(PLANNED,))
    room.board.down = "There is no network."
    with pytest.raises(BoardUnreachable):
        filed(room, "a")
