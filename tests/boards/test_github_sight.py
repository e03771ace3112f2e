"""What people see on GitHub: labels, the hub's one comment, links, pull requests, and texts without limits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.boards.github import marks
from hubctl.boards.github.board import GithubBoard
from hubctl.core.vocabulary.board import BLOCKED, MARKER, READY, RUNNING, Face, Label, PullRequest
from hubctl.ports.board import BoardError
from support.github.boards import board_of
from support.github.person import Person
from support.github.site import Site
from support.github.world import HUB, OUTSIDER
from support.waiting import PATIENCE


def file(board: GithubBoard, nonce: str = "p:a") -> int:
    return board.file(nonce=nonce, title="A title", body="A body").number


def writes(site: Site, repo: str) -> list[tuple[str, str]]:
    return [(one.method, one.path) for one in site.calls(repo) if one.method != "GET"]


# --- labels -------------------------------------------------------------------------------------------------------


def test_a_new_state_stands_before_the_old_one_goes_but_a_trigger_goes_first(
    github: Site, repo: str, board: GithubBoard
) -> None:
    number = file(board)
    for label in (READY, RUNNING, BLOCKED):
        board.show(number, Face(label=label))
    done = [(method, path.rpartition("labels")[2]) for method, path in writes(github, repo)[1:]]
    assert done == [
        ("POST", ""),
        ("DELETE", "/hub%3Aready"),
        ("POST", ""),
        ("POST", ""),
        ("DELETE", "/hub%3Arunning"),
    ]


def test_labels_of_people_stay_and_two_states_become_one(board: GithubBoard, wim: Person) -> None:
    number = file(board)
    wim.label(number, "urgent", READY, "HUB:Blocked")
    board.show(number, Face(label=RUNNING))
    assert wim.labels(number) == [MARKER, RUNNING, "urgent"]


def test_what_stands_there_already_is_not_written(github: Site, repo: str, board: GithubBoard) -> None:
    number = file(board)
    face = Face(label=RUNNING, comment="At work.")
    board.show(number, face)
    known = len(writes(github, repo))
    board.show(number, face)
    board.reopen(number)
    board_of(github, repo).show(number, face)
    assert len(writes(github, repo)) == known


def test_labels_are_made_once_with_their_looks_and_people_may_change_them(
    board: GithubBoard, wim: Person
) -> None:
    wim._ask("POST", "/labels", {"name": "HUB", "color": "000000"})
    labels = [Label(name=name, color="00ff00", description="What it says.") for name in (MARKER, READY)]
    assert board.prepare(labels) == (READY,)
    assert board.prepare(labels) == ()
    made = {row["name"]: (row["color"], row["description"]) for row in wim.see("/labels?per_page=100")}
    assert made[READY] == ("00ff00", "What it says.")


# --- the one comment ----------------------------------------------------------------------------------------------


def test_there_is_one_comment_of_the_hub_whatever_others_write(
    board: GithubBoard, again: Callable[[], GithubBoard], wim: Person, eve: Person
) -> None:
    number = file(board)
    eve.comment(number, f"{marks.STICKY}\nEverything is fine.")
    for text in ("One", "Two"):
        board.show(number, Face(comment=text))
    again().show(number, Face(comment="Three"))
    shown = [f"{marks.STICKY}\n{text}" for text in ("Everything is fine.", "Three")]
    assert wim.comments(number) == shown


def test_a_comment_that_somebody_deleted_is_made_anew(board: GithubBoard, wim: Person) -> None:
    number = file(board)
    board.show(number, Face(comment="One"))
    (row,) = wim.see(f"/issues/{number}/comments")
    wim._ask("DELETE", f"/issues/comments/{row['id']}")
    board.show(number, Face(comment="Two"))
    assert wim.comments(number) == [f"{marks.STICKY}\nTwo"]


# --- links --------------------------------------------------------------------------------------------------------


def test_parts_and_blockers_are_githubs_own(board: GithubBoard, wim: Person) -> None:
    parent, first = file(board), file(board, "p:b")
    part = board.file(nonce="p:c", title="Part", body="", parent=parent).number
    for _ in range(2):
        board.link(part, parent=parent, blocked_by=[first])
    assert [row["number"] for row in wim.see(f"/issues/{parent}/sub_issues")] == [part]
    assert [row["number"] for row in wim.see(f"/issues/{part}/dependencies/blocked_by")] == [first]
    assert wim.comments(part) == []
    assert board.issues()[2].parent == parent


def test_a_server_without_links_has_them_in_the_hubs_comment(
    github: Site, repo: str, board: GithubBoard, again: Callable[[], GithubBoard], wim: Person
) -> None:
    github.world.without_links.add(repo)
    parent, first = file(board), file(board, "p:b")
    part = board.file(nonce="p:c", title="Part", body="", parent=parent)
    board.link(part.number, parent=parent, blocked_by=[first])
    again().show(part.number, Face(comment="At work."))
    (text,) = wim.comments(part.number)
    assert text.startswith(f"{marks.STICKY}\nAt work.")
    assert text.endswith(f"Part of #{parent}\nWaits for #{first}")
    assert (part.parent, board.issues()[2].parent) == (parent, parent)


def test_a_part_that_people_put_elsewhere_stays_there(board: GithubBoard, wim: Person) -> None:
    ours, theirs, part = file(board), wim.open("Theirs"), file(board, "p:b")
    key = wim.see(f"/issues/{part}")["id"]
    wim._ask("POST", f"/issues/{theirs}/sub_issues", {"sub_issue_id": key})
    board.link(part, parent=ours)
    assert wim.see(f"/issues/{part}/parent")["number"] == theirs
    assert wim.comments(part) == []


def test_more_parts_than_github_takes_are_named_in_the_comment(
    github: Site, repo: str, board: GithubBoard, wim: Person
) -> None:
    parent, part = file(board), file(board, "p:b")
    github.world.children[repo, parent] = list(range(1_000, 1_100))
    board.link(part, parent=parent)
    assert wim.comments(part)[0].endswith(f"Part of #{parent}")
    github.world.children.clear()


# --- pull requests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draft", [True, False])
def test_a_pull_request_is_tied_to_its_issue_and_kept_up_to_date(
    board: GithubBoard, wim: Person, draft: bool
) -> None:
    number = file(board)
    offer = PullRequest(branch="hub/1-a", title="A title", body="One", draft=draft)
    address = board.pull(number, offer)
    board.pull(number, PullRequest(branch="hub/1-a", title="A title", body=f"Two. Fixes #{number}"))
    (row,) = wim.see("/pulls?state=all")
    assert (row["draft"], row["html_url"], row["head"]["ref"]) == (draft, address, "hub/1-a")
    assert (row["base"]["ref"], row["body"]) == ("main", f"Two. Fixes #{number}")


def test_without_the_word_the_issue_is_named_as_closed(board: GithubBoard, wim: Person) -> None:
    number = file(board)
    board.pull(number, PullRequest(branch="hub/1-a", title="A title", body="What it is."))
    assert wim.see("/pulls")[0]["body"] == f"What it is.\n\nCloses #{number}"


def test_a_pull_request_that_people_closed_stays_as_it_is(board: GithubBoard, wim: Person) -> None:
    number = file(board)
    address = board.pull(number, PullRequest(branch="hub/1-a", title="A title", body="One"))
    (row,) = wim.see("/pulls")
    wim._ask("PATCH", f"/pulls/{row['number']}", {"state": "closed"})
    assert board.pull(number, PullRequest(branch="hub/1-a", title="Other", body="Two")) == address
    (row,) = wim.see("/pulls?state=all")
    assert (row["state"], row["title"]) == ("closed", "A title")


def test_where_there_are_no_drafts_it_is_ready(
    github: Site, repo: str, board: GithubBoard, wim: Person
) -> None:
    number = file(board)
    words = {"message": "Validation Failed", "errors": ["Draft pull requests are not supported."]}
    github.fault("POST", rf"{repo}/pulls$", status=422, body=words)
    board.pull(number, PullRequest(branch="hub/1-a", title="A title", body="", draft=True))
    assert [row["draft"] for row in wim.see("/pulls")] == [False]


# --- the hub's login ----------------------------------------------------------------------------------------------


def test_the_reach_tells_login_and_what_is_left(github: Site, board: GithubBoard) -> None:
    reach = board.reach()
    assert reach is not None
    assert (reach.login, reach.private, list(reach.missing)) == (HUB, False, [])
    assert reach.budget is not None
    assert (reach.budget.left, reach.budget.of) == (5000 - github.world.limits[HUB].used, 5000)


def test_each_thread_has_a_library_object_of_its_own(board: GithubBoard) -> None:
    """A shared one keeps verb and address between request and answer: it may answer with another thread's data."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        made = list(pool.map(lambda _: board._connection._github(), range(3), timeout=PATIENCE))
    assert len({id(one) for one in [*made, board._connection._github()]}) > 1
    assert board._connection._github() is board._connection._github()


def test_a_refusal_names_what_is_wrong(github: Site, repo: str, board: GithubBoard) -> None:
    words = {"message": "Validation Failed", "errors": [{"field": "title", "code": "missing"}, "No."]}
    github.fault("POST", rf"{repo}/issues$", status=422, body=words)
    with pytest.raises(BoardError, match="Validation Failed; title missing; No"):
        file(board)


# --- marks --------------------------------------------------------------------------------------------------------

TEXTS = st.text(max_size=200)


@given(body=TEXTS, nonce=st.text(min_size=1, max_size=60), parent=st.integers(0, 10**6))
def test_what_is_signed_can_be_read_back(body: str, nonce: str, parent: int) -> None:
    signed = marks.signed(body, nonce=nonce, parent=parent)
    assert marks.nonce_of(signed) == nonce
    assert marks.parent_of(signed) == parent
    assert marks.unsigned(signed).rstrip() == marks.sendable(body).rstrip()


@given(nonce=st.text(min_size=1, max_size=60))
def test_no_nonce_ends_the_comment_that_holds_it(nonce: str) -> None:
    assert marks.signed("", nonce=nonce).count("--") == 2


def test_what_is_too_long_is_cut_and_says_so() -> None:
    signed = marks.signed("x" * 100_000, nonce="p:a")
    assert len(signed) <= marks.LONGEST_BODY
    assert marks.nonce_of(signed) == "p:a"
    assert marks.unsigned(signed).endswith(marks.CUT)
    assert len(marks.sticky("x" * 100_000, "y" * 100_000)) <= marks.LONGEST_BODY


def test_a_mark_is_believed_in_the_hubs_own_issues_alone(
    github: Site, repo: str, board: GithubBoard, again: Callable[[], GithubBoard], wim: Person
) -> None:
    github.person(OUTSIDER, repo).open("Forged", marks.signed("Mine", nonce="p:a"))
    assert file(again()) == 2
