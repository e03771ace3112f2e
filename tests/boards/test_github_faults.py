"""Whatever goes wrong between the hub and GitHub, nothing is lost and nothing is done twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.boards.github.board import GithubBoard
from hubctl.boards.github.pace import PATIENCE_SECONDS
from hubctl.core.vocabulary.board import MARKER, READY, RUNNING, Face, PullRequest
from hubctl.ports.board import BoardError, BoardUnreachable
from support.github.boards import QuickClock
from support.github.person import Person
from support.github.site import Site
from support.github.world import HUB, Token

FACE = Face(label=RUNNING, comment="At work.")
OFFER = PullRequest(branch="hub/1-a", title="A title", body="What it is.")
ILL: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "502-after-the-write": {"status": 502, "after": True},
    "reset-before-the-write": {"reset": True},
    "reset-after-the-write": {"reset": True, "after": True},
    "403-with-retry-after": {"status": 403, "headers": {"Retry-After": "7"}},
    "429-with-retry-after": {"status": 429, "headers": {"Retry-After": "7"}},
}


def file(board: GithubBoard) -> int:
    return board.file(nonce="p:a", title="A title", body="A body").number


def seen(wim: Person) -> dict[str, Any]:
    """All that is on the board, in one value."""
    rows = wim.see("/issues?state=all&per_page=100")
    return {
        "titles": sorted(row["title"] for row in rows),
        "states": sorted(row["state"] for row in rows),
        "labels": sorted(label["name"] for row in rows for label in row["labels"]),
        "comments": sorted(text.split("\n")[1] for row in rows for text in wim.comments(row["number"])),
        "children": [len(wim.see(f"/issues/{row['number']}/sub_issues")) for row in rows],
    }


def whole_job(board: GithubBoard) -> None:
    """A bit of everything that the hub writes."""
    number = file(board)
    part = board.file(nonce="p:b", title="Part", body="", parent=number).number
    board.link(part, parent=number, blocked_by=[number])
    board.show(number, Face(label=READY, comment="Queued."))
    board.show(number, FACE)
    board.pull(number, OFFER)
    board.close(part, outcome="completed")


WHOLE = {
    "titles": ["A title", "A title", "Part"],
    "states": ["closed", "open", "open"],
    "labels": sorted([MARKER, MARKER, RUNNING]),
    "comments": ["At work."],
    "children": [0, 0, 1],
}
WRITES = (r"/issues$", r"/labels", r"/comments", r"/sub_issues", r"/blocked_by", r"/pulls$", r"/issues/\d+$")


def test_without_a_fault_the_whole_job_is_done(board: GithubBoard, wim: Person) -> None:
    whole_job(board)
    assert seen(wim) == WHOLE
    whole_job(board)
    assert seen(wim) == WHOLE


@pytest.mark.parametrize("ill", sorted(ILL))
def test_a_write_that_fails_is_done_once_in_the_end(
    github: Site, repo: str, board: GithubBoard, wim: Person, ill: str
) -> None:
    faults = [github.fault("POST|PATCH|DELETE", f"{repo}.*{path}", **ILL[ill]) for path in WRITES]
    whole_job(board)
    assert [fault.happened for fault in faults] == [1] * len(WRITES)
    assert seen(wim) == WHOLE


@pytest.mark.parametrize("ill", sorted(ILL))
def test_a_look_that_fails_is_made_again(
    github: Site, repo: str, board: GithubBoard, wim: Person, ill: str
) -> None:
    first = board.news(cursor="", triggers=[READY])
    assert first is not None
    number = wim.open("A title", "", READY)
    github.fault("GET", rf"{repo}/issues", times=2, **ILL[ill])
    news = board.news(cursor=first.cursor, triggers=[READY])
    assert news is not None
    assert [look.number for look in news.looks] == [number]


def test_a_server_that_stays_ill_is_an_error_and_the_next_try_doubles_nothing(
    github: Site, repo: str, board: GithubBoard, wim: Person
) -> None:
    github.fault("POST", rf"{repo}/issues$", status=502, after=True, times=1)
    ill = github.fault("GET", rf"{repo}/issues$", status=503, times=9)
    ill.skip = 1  # the reading before the first write
    with pytest.raises(BoardUnreachable, match="does not answer"):
        file(board)
    github.world.faults.clear()
    assert file(board) == 1
    assert seen(wim)["titles"] == ["A title"]


def test_a_hub_that_died_after_the_write_finds_its_issue(
    github: Site, repo: str, board: GithubBoard, again: Callable[[], GithubBoard], wim: Person
) -> None:
    github.fault("POST", rf"{repo}/issues$", reset=True, after=True)
    github.fault("GET", rf"{repo}/issues$", reset=True, times=9, skip=1)
    with pytest.raises(BoardUnreachable):
        file(board)
    github.world.faults.clear()
    assert file(again()) == 1
    assert seen(wim)["titles"] == ["A title"]


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_without_a_word_shuts_the_gate_for_a_minute(
    github: Site, repo: str, board: GithubBoard, clock: QuickClock, status: int
) -> None:
    number = file(board)
    words = {"message": "You have exceeded a secondary rate limit."}
    github.fault("POST", rf"{repo}/issues/{number}/labels", status=status, body=words)
    with pytest.raises(BoardUnreachable) as caught:
        board.show(number, FACE)
    assert caught.value.seconds == 60
    asked = len(github.calls(repo))
    with pytest.raises(BoardUnreachable):
        board.issues()
    assert len(github.calls(repo)) == asked
    clock.now += caught.value.seconds
    board.show(number, FACE)
    assert RUNNING in board.issue(number).labels


@pytest.mark.parametrize("ahead", [0, 3600, -3600])
def test_the_hours_limit_is_over_when_the_servers_clock_says(
    github: Site, repo: str, board: GithubBoard, clock: QuickClock, ahead: int
) -> None:
    """That of this machine may be an hour wrong."""
    number = file(board)
    github.world.ahead_seconds = ahead
    reset = str(int(github.clock()) + 600)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    github.fault("GET", rf"{repo}/issues/{number}$", status=403, headers=headers)
    waits = len(clock.waits)
    with pytest.raises(BoardUnreachable) as caught:
        board.issue(number)
    assert caught.value.seconds == pytest.approx(600, abs=30)
    assert len(clock.waits) == waits


def test_an_hours_requests_that_are_spent_come_back(
    github: Site, repo: str, board: GithubBoard, clock: QuickClock
) -> None:
    number = file(board)
    board.issue(number)
    limits = github.world.limits[HUB]
    limits.hourly = limits.used + 1
    board.issue(number)
    with pytest.raises(BoardUnreachable) as caught:
        board.issue(number)
    assert 0 < caught.value.seconds <= 3600
    github.world.ahead_seconds = 3600
    clock.now += caught.value.seconds
    assert board.issue(number).open


def test_short_limits_without_end_are_an_error(github: Site, repo: str, board: GithubBoard) -> None:
    github.fault("GET", rf"{repo}/issues$", status=429, headers={"Retry-After": "1"}, times=99)
    with pytest.raises(BoardUnreachable):
        board.issues()


def test_a_token_that_expires_in_mid_run_is_asked_for_anew(
    github: Site, repo: str, board: GithubBoard, wim: Person
) -> None:
    number = file(board)
    github.fault("POST", rf"{repo}/issues/{number}/labels", status=401)
    with pytest.raises(BoardUnreachable) as caught:
        board.show(number, FACE)
    assert "gh auth login" in caught.value.cure
    board.show(number, FACE)
    assert (wim.labels(number), seen(wim)["comments"]) == ([MARKER, RUNNING], ["At work."])


def test_a_lost_answer_of_a_label_delete_is_no_error(
    github: Site, repo: str, board: GithubBoard, wim: Person
) -> None:
    number = file(board)
    board.show(number, Face(label=READY))
    lost = github.fault("DELETE", rf"{repo}/issues/{number}/labels/", reset=True, after=True)
    board.show(number, FACE)
    assert (lost.happened, wim.labels(number)) == (1, [MARKER, RUNNING])


def test_a_cache_that_says_304_for_ever_hides_nothing_for_long(
    github: Site, repo: str, board: GithubBoard, clock: QuickClock, wim: Person
) -> None:
    first = board.news(cursor="", triggers=[READY])
    assert first is not None
    assert board.news(cursor=first.cursor, triggers=[READY]) is None
    github.fault("GET", rf"{repo}", status=304, times=999, conditional=True)
    number = wim.open("A title", "", READY)
    assert board.news(cursor=first.cursor, triggers=[READY]) is None
    told = []
    for _ in range(2):
        clock.now += 900
        if news := board.news(cursor=first.cursor, triggers=[READY]):
            told += [look.number for look in news.looks]
    assert number in told


def test_a_stop_ends_the_wait(github: Site, repo: str, board: GithubBoard, clock: QuickClock) -> None:
    clock.stopped = True
    github.fault("GET", rf"{repo}/issues$", status=500)
    with pytest.raises(BoardUnreachable, match="stops"):
        board.issues()
    assert len(clock.waits) == 1


def test_no_wait_on_the_spot_is_long(github: Site, repo: str, board: GithubBoard, clock: QuickClock) -> None:
    for status in (500, 502, 503):
        github.fault("GET", rf"{repo}/issues$", status=status)
    board.issues()
    assert max(clock.waits) <= PATIENCE_SECONDS


# --- refusals -----------------------------------------------------------------------------------------------------


def test_no_network_is_no_refusal(github: Site, repo: str, clock: QuickClock) -> None:
    nowhere = GithubBoard(
        repo, api_url="http://localhost:9", token=lambda: HUB, clock=clock, stop=threading.Event()
    )
    with pytest.raises(BoardUnreachable, match="does not answer"):
        nowhere.issues()


def test_a_repository_that_is_not_there_is_named(github: Site, make: Callable[..., GithubBoard]) -> None:
    with pytest.raises(BoardUnreachable, match="ann/nothing") as caught:
        make("ann/nothing").issues()
    assert "board.repo" in caught.value.cure


def test_a_private_repository_looks_as_if_it_were_not_there(
    github: Site, make: Callable[..., GithubBoard]
) -> None:
    with pytest.raises(BoardUnreachable, match="may not see it"):
        make(github.repository(private=True), token="eve").issues()


def test_issues_that_are_switched_off_are_named(github: Site, repo: str, board: GithubBoard) -> None:
    github.world.without_issues.add(repo)
    for call in (board.issues, board.reach):
        with pytest.raises(BoardUnreachable) as caught:
            call()
        assert "settings" in caught.value.cure


def test_a_repository_that_moved_is_named_with_its_new_name(
    github: Site, repo: str, board: GithubBoard
) -> None:
    new = github.world.moved[repo] = github.repository()
    github.person("wim", new).open("A title", "", MARKER)
    for call in (board.issues, board.reach):
        with pytest.raises(BoardUnreachable, match=new) as caught:
            call()
        assert "board.repo" in caught.value.cure


def test_a_missing_permission_is_named(github: Site, repo: str, make: Callable[..., GithubBoard]) -> None:
    github.world.tokens["fine"] = Token(login=HUB, scopes=None)
    with pytest.raises(BoardError, match="issues=write"):
        file(make(repo, token="fine"))


def test_a_missing_scope_is_named(github: Site, repo: str, make: Callable[..., GithubBoard]) -> None:
    github.world.tokens["poor"] = Token(login=HUB, scopes=("gist",))
    poor = make(repo, token="poor")
    with pytest.raises(BoardError, match="public_repo, repo") as caught:
        file(poor)
    assert caught.value.cure == "gh auth refresh --scopes repo"
    reach = poor.reach()
    assert reach is not None
    assert reach.missing == ["scope `repo`"]


def test_a_login_that_may_only_read_is_told_so(
    github: Site, repo: str, make: Callable[..., GithubBoard]
) -> None:
    reach = make(repo, token="eve").reach()
    assert reach is not None
    assert (reach.login, reach.missing) == ("eve", ["write access"])


def test_an_answer_that_is_none_of_githubs_is_an_error(github: Site, repo: str, board: GithubBoard) -> None:
    github.fault("GET", rf"{repo}/issues$", status=200, body={"hello": "there"})
    with pytest.raises(BoardUnreachable):
        board.issues()
