"""The look at the board: what is put on the queue, how often, and what becomes of a board that does not answer."""

import queue
from collections.abc import Callable

from hubctl.core.intake.observations import BoardQuietSeen, BoardSeen, BoardSilentSeen, Observation
from hubctl.core.vocabulary.board import READY, Act, ActKind, Terms
from hubctl.errors import HubError
from hubctl.watch.board import LONGEST_SECONDS, BoardLook, BoardWatcher, Seen
from support.core.builders import NOW
from support.memory import MemoryBoard
from support.waiting import PATIENCE, wait_until

TERMS = Terms(triggers={READY: "coder"}, roles=("coder",), base="base")


def looking(board: MemoryBoard, cursor: str = "", terms: Callable[[], Terms] = lambda: TERMS) -> Seen:
    return BoardLook(board, cursor=lambda: cursor, terms=terms, now=lambda: NOW).look()


def labelled(board: MemoryBoard) -> int:
    number = board.file(nonce="theirs", title="Count words", body="").number
    act = Act(kind=ActKind.LABELED, source="event", number=0, actor="maria", at=NOW, counts=True, label=READY)
    board.person(number, act)
    return number


def test_what_people_did_is_seen_with_the_terms_of_now_until_it_is_taken() -> None:
    board = MemoryBoard(shows=True, private=True)
    number = labelled(board)
    for _ in range(2):
        seen = looking(board)
        assert isinstance(seen, BoardSeen)
        assert [look.number for look in seen.news.looks] == [number]
        assert [act.label for act in seen.news.looks[0].acts] == [READY]
        assert (seen.terms, seen.news.private) == (TERMS, True)
    assert isinstance(seen, BoardSeen)
    assert looking(board, seen.news.cursor) == BoardQuietSeen(at=NOW)


def test_a_board_that_does_not_answer_is_an_observation_too() -> None:
    board = MemoryBoard(shows=True)
    board.down = "There is no network."
    assert looking(board) == BoardSilentSeen(at=NOW, why="There is no network. Wait.")


def test_what_keeps_the_hub_from_looking_is_one_as_well() -> None:
    def broken() -> Terms:
        raise HubError("`hubctl.yaml` cannot be read.", "Mend it.")

    seen = looking(MemoryBoard(shows=True), terms=broken)
    assert isinstance(seen, BoardSilentSeen)
    assert "cannot be read" in seen.why


def test_a_poke_looks_at_once_and_the_end_waits_for_nobody() -> None:
    board, seen = MemoryBoard(shows=True), queue.SimpleQueue[Observation]()
    watcher = BoardWatcher(lambda: looking(board), put=seen.put, poll_seconds=3600)
    watcher.start()
    wait_until(lambda: seen.qsize() == 1, PATIENCE, "the first look")
    labelled(board)
    watcher.poke()
    wait_until(lambda: seen.qsize() == 2, PATIENCE, "the look after a poke")
    watcher.close()
    assert seen.qsize() == 2


def test_a_silent_board_is_asked_less_and_less_often_and_never_before_it_wants() -> None:
    watcher = BoardWatcher(lambda: BoardQuietSeen(at=NOW), put=lambda _: None, poll_seconds=10)
    pauses = [watcher._pause(BoardSilentSeen(at=NOW, why="no network")) for _ in range(8)]
    assert pauses[:3] == [10, 20, 40]
    assert pauses[-1] == LONGEST_SECONDS
    assert watcher._pause(BoardSilentSeen(at=NOW, why="limit", seconds=1800)) == 1800
    assert watcher._pause(BoardQuietSeen(at=NOW)) == 10
    assert watcher._pause(BoardSilentSeen(at=NOW, why="no network")) == 10
