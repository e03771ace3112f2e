"""A standing worker as people and its own words meet it: on a thread, between two, and gone on to the next."""

import pytest

from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId, View
from support.shell import AT, Shell, opened, working

ONE, TWO = ThreadId("1"), ThreadId("2")


@pytest.fixture
def waiting(prepared: Shell) -> Shell:
    """Thread 1 is done, and its standing worker waits for the next issue."""
    base = prepared.git("rev-parse", "HEAD")
    assigned, started, proven = working(pid=2**22 + 1, worktree=prepared.checkout, start_commit=base)
    assert isinstance(started, e.WorkerStarted)
    prepared.log(
        opened("1", role="keeper"),
        assigned,
        replace(started, standing=True, branch=""),
        proven,
        e.DoneClaimed(at=AT, thread=ONE, summary="all"),
        e.ViewChanged(at=AT, thread=ONE, view=View.IDLE, source="session"),
        e.ClaimAccepted(at=AT, thread=ONE, commit=base),
    )
    return prepared


@pytest.fixture
def gone_on(waiting: Shell) -> Shell:
    """It has taken thread 2."""
    events = waiting.events()
    started = next(event for event in events if isinstance(event, e.WorkerStarted))
    proven = next(event for event in events if isinstance(event, e.PromptProven))
    assigned = e.WorkerAssigned(at=AT, thread=TWO, start=1)
    taken = replace(started, thread=TWO, untold=True)
    waiting.log(opened("2", role="keeper"), assigned, taken, replace(proven, thread=TWO))
    return waiting


def test_between_two_issues_it_is_shown(waiting: Shell) -> None:
    [worker] = waiting.json("status")["standing"]
    assert (worker["role"], worker["idle"], worker["pane"], worker["thread"]) == ("keeper", True, "%1", "1")
    assert f"keeper waits for its next issue in {waiting.checkout}: idle" in waiting.told("status")


def test_at_work_it_is_shown_with_its_thread_alone(gone_on: Shell) -> None:
    [worker] = gone_on.json("status")["standing"]
    assert (worker["idle"], worker["thread"]) == (False, "2")
    threads = gone_on.json("status")["threads"]
    assert [thread["worker"]["pane"] for thread in threads] == [None, "%1"]
    assert {thread["worker"]["branch"] for thread in threads} == {""}
    assert "waits for its next issue" not in gone_on.told("status")


def test_it_speaks_for_the_thread_that_it_is_on(gone_on: Shell, pane: dict[str, str]) -> None:
    gone_on.told("progress", "half", env=pane)
    [request] = gone_on.requests()
    assert (request.thread, request.by) == (TWO, "worker:w1-1")


def test_its_old_thread_says_where_it_is(gone_on: Shell) -> None:
    message, cure = gone_on.refused("attach", "1")
    assert message == "Thread 1 has no pane: it is done, and its worker is on thread 2."
    assert cure == "`hubctl logs 1`"


def test_its_last_screen_is_that_of_each_of_its_threads(gone_on: Shell) -> None:
    gone_on.place.screens.mkdir()
    (gone_on.place.screens / "w1-1.txt").write_text("a screen\n")
    for thread in ("1", "2"):
        assert gone_on.told("logs", thread, "--raw") == "a screen\n"


def test_a_directory_that_is_wrong_is_named_by_doctor(ready: Shell) -> None:
    text = "---\ndescription: d\nworkspace: {directory: ../away}\n---\nKeep it.\n"
    ready.write(".hubctl/roles/keeper.md", text)
    ready.trust()
    said = ready.hubctl("doctor").stdout
    assert f"BAD directory of keeper: The role `keeper` works in `{ready.root / 'away'}`" in said
    assert "ok  login" in said
