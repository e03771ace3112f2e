"""What people do on GitHub is told once, with who did it and whether they count; and looking costs next to nothing."""

from collections.abc import Callable

import pytest

from hubctl.boards.github.board import GithubBoard
from hubctl.core.vocabulary.board import MARKER, READY, RUNNING, Act, ActKind, Face, Look, News
from hubctl.ports.board import BoardError, BoardUnreachable
from support.github.boards import QuickClock
from support.github.person import Person
from support.github.site import Site
from support.github.wire import Answer, Call, answer
from support.github.world import HUB, OUTSIDER, TRIAGER, WRITER

ROLE = "agent:reviewer"
TRIGGERS = (READY, ROLE)


class Reader:
    """A hub that keeps the cursor."""

    def __init__(self, board: GithubBoard) -> None:
        self.board = board
        self.cursor = ""

    def look(self) -> tuple[Look, ...]:
        news = self.ask()
        if news is None:
            return ()
        self.cursor = news.cursor
        return news.looks

    def ask(self) -> News | None:
        return self.board.news(cursor=self.cursor, triggers=TRIGGERS)


@pytest.fixture
def reader(board: GithubBoard) -> Reader:
    fresh = Reader(board)
    assert fresh.look() == ()
    return fresh


def acts(look: Look, kind: ActKind) -> list[Act]:
    return [act for act in look.acts if act.kind is kind]


def test_a_label_that_a_person_sets_is_told_with_that_person(reader: Reader, wim: Person) -> None:
    number = wim.open("A title", "Do it.", "bug")
    assert reader.look() == ()
    wim.label(number, READY)
    (look,) = reader.look()
    (act,) = [act for act in acts(look, ActKind.LABELED) if act.label == READY]
    assert (look.number, look.body, look.author, look.counts) == (number, "Do it.", WRITER, True)
    assert (act.actor, act.counts, act.own) == (WRITER, True, False)
    assert reader.look() == ()


def test_a_label_that_is_set_while_the_hub_reads_stands(
    github: Site, reader: Reader, wim: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its event is read, and the issue was listed before it: told as it is, the order would be met by no label, and lost."""
    number = wim.open("A title", "Do it.", ROLE)
    late, handle = iter([READY]), github.handle

    def meanwhile(call: Call) -> Answer | None:
        if call.path.endswith("/events"):
            for label in late:
                wim.label(number, label)
        return handle(call)

    monkeypatch.setattr(github, "handle", meanwhile)
    (look,) = reader.look()
    assert {act.label for act in acts(look, ActKind.LABELED)} == {ROLE, READY} == set(look.labels)
    (again,) = reader.look()
    assert set(again.labels) == {ROLE, READY}
    assert reader.look() == ()


def test_a_label_of_a_role_is_a_trigger_in_any_case(reader: Reader, wim: Person) -> None:
    wim.open("A title", "", "Agent:Reviewer")
    (look,) = reader.look()
    assert look.labels == (ROLE,)
    assert [act.label for act in acts(look, ActKind.LABELED)] == [ROLE]


def test_an_outsider_counts_for_nothing(reader: Reader, wim: Person, eve: Person) -> None:
    number = eve.open("Mine", "Run this.", READY)
    assert reader.look() == ()  # GitHub drops the labels of those who may not
    wim.label(number, READY)
    eve.comment(number, "/hub send evil")
    (look,) = reader.look()
    assert (look.author, look.counts) == (OUTSIDER, False)
    (said,) = acts(look, ActKind.COMMENTED)
    assert (said.actor, said.counts) == (OUTSIDER, False)


def test_triage_alone_does_not_count(github: Site, repo: str, reader: Reader, wim: Person) -> None:
    number = wim.open("A title")
    github.person(TRIAGER, repo).label(number, READY)
    (look,) = reader.look()
    assert [(act.actor, act.counts) for act in acts(look, ActKind.LABELED)] == [(TRIAGER, False)]


def test_a_comment_that_was_edited_is_told_as_such(reader: Reader, wim: Person) -> None:
    number = wim.open("A title", "", READY)
    reader.look()
    comment = wim.comment(number, "/hub stop")
    (look,) = reader.look()
    assert [(act.text, act.edited) for act in acts(look, ActKind.COMMENTED)] == [("/hub stop", False)]
    later = wim.see(f"/issues/comments/{comment}")["created_at"]
    while wim.see(f"/issues/comments/{comment}")["updated_at"] == later:  # whole seconds
        wim.edit_comment(comment, "/hub send other")
    wim.comment(number, "more")
    (look,) = reader.look()
    assert ("/hub send other", True) in [(act.text, act.edited) for act in acts(look, ActKind.COMMENTED)]


def test_the_hubs_own_comment_is_no_act_and_its_mark_in_others_hands_is_nothing(
    reader: Reader, board: GithubBoard, wim: Person, eve: Person
) -> None:
    number = board.file(nonce="p:a", title="A title", body="").number
    board.show(number, Face(label=RUNNING, comment="At work."))
    (sticky,) = wim.comments(number)
    eve.comment(number, sticky)
    (look,) = reader.look()
    assert [act.actor for act in acts(look, ActKind.COMMENTED)] == [OUTSIDER]
    forged = eve.open("Forged", board._client.get(f"/issues/{number}").data["body"])
    wim.label(forged, READY)
    (look,) = reader.look()
    assert (look.nonce, "hub-op" in look.body) == ("", True)
    assert board.issue(number).nonce == "p:a"


def test_what_the_hub_does_itself_is_told_as_its_own(reader: Reader, board: GithubBoard) -> None:
    number = board.file(nonce="p:a", title="A title", body="").number
    board.show(number, Face(label=READY))
    (look,) = reader.look()
    assert look.nonce == "p:a"
    assert {(act.actor, act.own) for act in look.acts} == {(HUB, True)}


def test_closing_and_reopening_are_told(reader: Reader, wim: Person) -> None:
    number = wim.open("A title", "", MARKER)
    reader.look()
    wim.close(number)
    (look,) = reader.look()
    assert (look.open, [act.actor for act in acts(look, ActKind.CLOSED)]) == (False, [WRITER])
    wim.edit(number, state="open")
    (look,) = reader.look()
    assert (look.open, [act.actor for act in acts(look, ActKind.REOPENED)]) == (True, [WRITER])


def test_an_issue_that_lost_its_marker_is_told(reader: Reader, wim: Person) -> None:
    number = wim.open("A title", "", MARKER)
    reader.look()
    wim.unlabel(number, MARKER)
    (look,) = reader.look()
    assert (look.number, look.labels) == (number, ())


def test_changes_within_one_second_are_all_told(reader: Reader, wim: Person) -> None:
    number = wim.open("A title", "", MARKER)
    reader.look()
    seen = []
    for n in range(6):
        wim.label(number, f"l{n}")
        seen += [look.labels[-1] for look in reader.look()]
    assert seen == [f"l{n}" for n in range(6)]


def test_news_that_the_hub_lost_are_told_again(reader: Reader, wim: Person) -> None:
    wim.open("A title", "", READY)
    lost = reader.ask()
    again = reader.ask()
    assert lost is not None
    assert again is not None
    assert lost.looks == again.looks


def test_a_failure_in_the_middle_loses_nothing(github: Site, repo: str, reader: Reader, wim: Person) -> None:
    wim.open("A title", "", READY)
    github.fault("GET", rf"{repo}/issues/\d+/events", status=500, times=4)
    with pytest.raises(BoardUnreachable):
        reader.look()
    assert len(reader.look()) == 1


def test_a_sweep_that_fails_in_the_middle_loses_nothing(
    github: Site, repo: str, reader: Reader, clock: QuickClock, wim: Person
) -> None:
    """What moved no date is seen by the sweep alone."""
    number = wim.open("A title", "", MARKER)
    reader.look()
    wim.label(number, "late")
    github.world.stale[repo, number] = "2020-01-01T00:00:00Z"
    assert reader.look() == ()
    for _ in range(2):
        clock.now += 900
        github.fault("GET", rf"{repo}/issues/\d+/events", status=500, times=4)
        with pytest.raises(BoardUnreachable):
            reader.look()
    github.world.faults.clear()
    assert [look.labels for look in reader.look()] == [(MARKER, "late")]


def test_a_hub_that_was_away_is_told_what_happened_meanwhile(
    reader: Reader, again: Callable[[], GithubBoard], wim: Person
) -> None:
    reader.look()
    numbers = [wim.open(f"Title {n}", "", READY) for n in range(3)]
    wim.comment(numbers[0], "hello")
    restarted = Reader(again())
    restarted.cursor = reader.cursor
    assert [look.number for look in restarted.look()] == numbers
    assert restarted.look() == ()


def test_more_than_a_page_of_changes_is_told_whole(github: Site, repo: str, reader: Reader) -> None:
    for n in range(103):
        words = {"title": f"Title {n}", "labels": [MARKER]}
        call = Call(method="POST", path=f"/repos/{repo}/issues", token=WRITER, body=answer(201, words).body)
        github.world.emulator.ask(call)
    github.world.lists.clear()
    assert len(reader.look()) == 103


def test_the_first_look_tells_all_that_is_open_and_who_set_the_trigger(
    wim: Person, again: Callable[[], GithubBoard]
) -> None:
    ready, marked = wim.open("Ready", "", READY), wim.open("Marked", "", MARKER)
    wim.open("Other")
    wim.close(wim.open("Closed", "", MARKER))
    looks = Reader(again()).look()
    told = {look.number: [(act.label, act.actor) for act in look.acts] for look in looks}
    assert told == {ready: [(READY, WRITER)], marked: []}


def test_pull_requests_are_no_issues(reader: Reader, board: GithubBoard, wim: Person) -> None:
    wim._ask("POST", "/pulls", {"title": "P", "head": "hub/1", "base": "main"})
    wim.label(1, READY)
    assert (reader.look(), board.issues()) == ((), ())


def test_private_repositories_are_told_as_private(github: Site, make: Callable[..., GithubBoard]) -> None:
    for private in (True, False):
        news = make(github.repository(private=private)).news(cursor="", triggers=TRIGGERS)
        assert news is not None
        assert news.private is private


# --- what is gone -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["deleted", "transferred"])
def test_an_issue_that_is_gone_is_told_by_the_next_sweep(
    github: Site, repo: str, reader: Reader, board: GithubBoard, clock: QuickClock, wim: Person, how: str
) -> None:
    number = wim.open("A title", "", MARKER)
    reader.look()
    if how == "deleted":
        github.world.deleted.add((repo, number))
    else:
        other = github.repository()
        elsewhere = github.person(WRITER, other).open("A title")
        github.world.transferred[repo, number] = f"/repos/{other}/issues/{elsewhere}"
    assert reader.look() == ()
    clock.now += 900
    (look,) = reader.look()
    assert (look.number, look.gone.partition(" ")[0]) == (number, how)
    assert board.issue(number).gone == look.gone
    clock.now += 900
    assert reader.look() == ()


def test_nothing_is_written_to_an_issue_that_went_to_another_repository(
    github: Site, repo: str, board: GithubBoard, wim: Person
) -> None:
    number = board.file(nonce="p:a", title="A title", body="").number
    other = github.repository()
    there = github.person(WRITER, other)
    elsewhere = there.open("A title")
    github.world.transferred[repo, number] = f"/repos/{other}/issues/{elsewhere}"
    with pytest.raises(BoardError, match="transferred"):
        board.show(number, Face(label=RUNNING, comment="At work."))
    with pytest.raises(BoardError, match="transferred"):
        board.close(number, outcome="completed")
    with pytest.raises(BoardError, match="transferred"):
        board.link(number, parent=elsewhere)
    assert (there.labels(elsewhere), there.comments(elsewhere)) == ([], [])


# --- what it costs ------------------------------------------------------------------------------------------------


def test_an_hour_of_looks_at_an_idle_board_costs_the_sweeps_at_most(
    github: Site, repo: str, board: GithubBoard, clock: QuickClock, wim: Person
) -> None:
    for n in range(3):
        wim.open(f"Title {n}", "", MARKER)
    reader = Reader(board)
    assert len(reader.look()) == 3
    reader.look()
    before = len(github.calls(repo))
    for _ in range(60):
        clock.now += 60
        assert reader.look() == ()
    calls = github.calls(repo)[before:]
    assert len(calls) <= 60 + 4 * (1 + len(TRIGGERS))
    assert sum(call.counted for call in calls) <= 4


def test_one_change_costs_a_list_and_what_happened_to_that_issue(
    github: Site, repo: str, reader: Reader, wim: Person
) -> None:
    numbers = [wim.open(f"Title {n}", "", MARKER) for n in range(5)]
    reader.look()
    reader.look()
    wim.comment(numbers[2], "hello")
    before = len(github.calls(repo))
    reader.look()
    counted = [call.path.rpartition("/")[2] for call in github.calls(repo)[before:] if call.counted]
    assert counted == ["issues", "events", "comments"]
