"""What every board does: one suite for all backends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hubctl.boards.sqlite import SqliteBoard
from hubctl.core.vocabulary.board import MARKER, READY, RUNNING, Face, Label, PullRequest
from hubctl.errors import HubError
from hubctl.ports.board import Board, BoardError
from support.memory import MemoryBoard

BACKENDS: dict[str, Callable[[Path], Board]] = {
    "sqlite": lambda folder: SqliteBoard(folder / "hub.db"),
    "memory": lambda _: MemoryBoard(),
    "watched": lambda _: MemoryBoard(shows=True),
}


@pytest.fixture(params=[*sorted(BACKENDS), "github"])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Board:
    if request.param == "github":
        from support.github.boards import board_of  # it costs a good part of a second

        site = request.getfixturevalue("github")
        return board_of(site, site.repository())
    return BACKENDS[request.param](tmp_path)


def file(board: Board, nonce: str, title: str = "A title") -> int:
    return board.file(nonce=nonce, title=title, body="").number


def test_a_new_board_is_empty(board: Board) -> None:
    assert board.issues() == ()


def test_an_issue_is_what_was_filed(board: Board) -> None:
    filed = board.file(nonce="p:a", title="Grüße 🙂", body="One\n\nTwo ' \" ; --", labels=["b", "a"])
    assert (filed.number, filed.title, filed.body) == (1, "Grüße 🙂", "One\n\nTwo ' \" ; --")
    assert (filed.state, set(filed.labels) - {MARKER}, filed.outcome) == ("open", {"b", "a"}, "")
    assert board.issues() == (filed,)


def test_numbers_grow_in_the_order_of_filing(board: Board) -> None:
    assert [file(board, nonce) for nonce in "cab"] == [1, 2, 3]
    assert [issue.number for issue in board.issues()] == [1, 2, 3]


def test_filing_again_returns_what_is_there_and_takes_no_number(board: Board) -> None:
    first = board.file(nonce="p:a", title="First", body="x")
    assert board.file(nonce="p:a", title="Second", body="y") == first
    assert file(board, "p:b") == first.number + 1


def test_a_closed_issue_is_not_filed_anew(board: Board) -> None:
    number = file(board, "p:a")
    board.close(number, outcome="completed")
    assert board.file(nonce="p:a", title="A title", body="").state == "closed"


@pytest.mark.parametrize("outcome", ["completed", "not planned"])
def test_closing_says_how_it_ended(board: Board, outcome: str) -> None:
    closed, other = file(board, "p:a"), file(board, "p:b")
    board.close(closed, outcome=outcome)
    assert {issue.number: (issue.state, issue.outcome) for issue in board.issues()} == {
        closed: ("closed", outcome),
        other: ("open", ""),
    }


def test_closing_twice_is_no_error(board: Board) -> None:
    number = file(board, "p:a")
    board.close(number, outcome="completed")
    board.close(number, outcome="completed")
    assert board.issues()[0].outcome == "completed"


def test_what_is_closed_can_be_opened_again_and_closed_again(board: Board) -> None:
    number = file(board, "p:a")
    for _ in range(2):
        board.close(number, outcome="completed")
        board.reopen(number)
        board.reopen(number)
        assert (board.issues()[0].state, board.issues()[0].outcome) == ("open", "")
    board.close(number, outcome="not planned")
    assert board.issues()[0].outcome == "not planned"


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_an_issue_that_does_not_exist_cannot_be_closed_or_opened(board: Board, verb: str) -> None:
    with pytest.raises(BoardError) as caught:
        board.reopen(7) if verb == "reopen" else board.close(7, outcome="completed")
    assert "`7`" in caught.value.message
    assert caught.value.cure


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "x" * 1_000_000])
def test_any_text_can_be_filed(board: Board, text: str) -> None:
    number = board.file(nonce="p:a", title="A title", body=text).number
    assert [issue.number for issue in board.issues()] == [number]


def test_many_may_file_at_once_and_each_nonce_has_one_issue(board: Board) -> None:
    nonces = [f"p:{n % 5}" for n in range(20)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        numbers = dict(zip(nonces, pool.map(lambda nonce: file(board, nonce), nonces), strict=True))
    assert sorted(numbers.values()) == [1, 2, 3, 4, 5] == [issue.number for issue in board.issues()]


# --- what people see ----------------------------------------------------------------------------------------------


def test_an_issue_remembers_what_it_is_a_part_of(board: Board) -> None:
    parent = file(board, "p:a")
    part = board.file(nonce="p:b", title="Part", body="", parent=parent)
    assert part.parent == parent
    assert [issue.parent for issue in board.issues()] == [0, parent]


def test_an_issue_can_be_looked_at_alone(board: Board) -> None:
    board.file(nonce="p:a", title="A title", body="A body", labels=["a"])
    look = board.issue(1)
    assert (look.title, look.body, look.open) == ("A title", "A body", True)
    assert set(look.labels) - {MARKER} == {"a"}
    board.close(1, outcome="completed")
    assert not board.issue(1).open
    with pytest.raises(BoardError):
        board.issue(7)


def test_a_face_replaces_the_one_before_and_leaves_peoples_labels(board: Board) -> None:
    number = board.file(nonce="p:a", title="A title", body="", labels=["urgent"]).number
    for label in (READY, RUNNING, RUNNING):
        board.show(number, Face(label=label, comment=f"It is {label}."))
    shown = {"urgent", MARKER, RUNNING} if board.shows else {"urgent"}
    assert set(board.issues()[0].labels) == shown
    board.show(number, Face())
    assert set(board.issues()[0].labels) == shown - {RUNNING}


def test_links_pulls_and_labels_may_be_given_to_any_board_again(board: Board) -> None:
    first, second = file(board, "p:a"), file(board, "p:b")
    for _ in range(2):
        board.link(second, parent=0, blocked_by=[first])
    label = Label(name=READY, color="00ff00", description="Ready.")
    made = [board.prepare([label]), board.prepare([label])]
    assert made == [(READY,) if board.shows else (), ()]


def test_a_branch_has_one_pull_request(board: Board) -> None:
    number = file(board, "p:a")
    offers = [PullRequest(branch="hub/1-a", title="A title", body=text) for text in ("One", "One", "Two")]
    addresses = {board.pull(number, offer) for offer in offers}
    assert len(addresses) == 1
    assert bool(addresses.pop()) is board.shows


def test_a_person_who_reads_the_board_is_told_once_what_changed(board: Board) -> None:
    number = file(board, "p:a")
    told = board.news(cursor="", triggers=[])
    board.close(number, outcome="completed")
    if told is None:
        return
    news = board.news(cursor=told.cursor, triggers=[])
    assert board.shows
    if news is not None:  # a board may keep what the hub itself did to itself
        assert [(look.number, look.open) for look in news.looks] == [(number, False)]
        assert board.news(cursor=news.cursor, triggers=[]) is None


def test_a_board_that_nobody_looks_at_has_no_news(board: Board) -> None:
    file(board, "p:a")
    news = board.news(cursor="", triggers=[READY])
    if not board.shows:
        assert news is None
        assert board.reach() is None
        return
    assert news is not None
    assert board.news(cursor=news.cursor, triggers=[READY]) is None


# --- the embedded board -------------------------------------------------------------------------------------------


def test_the_embedded_board_outlives_its_process(tmp_path: Path) -> None:
    filed = SqliteBoard(tmp_path / "hub.db").file(nonce="p:a", title="A title", body="x", labels=["a"])
    assert SqliteBoard(tmp_path / "hub.db").issues() == (filed,)


def test_a_damaged_file_is_named_with_a_cure(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(HubError) as caught:
        SqliteBoard(path).issues()
    assert f"`{path}`" in caught.value.message
    assert "backup" in caught.value.cure


def test_a_missing_folder_is_named_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(HubError) as caught:
        SqliteBoard(tmp_path / "gone" / "hub.db").issues()
    assert "rights" in caught.value.cure
