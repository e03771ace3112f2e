"""The state by the log: the same from any snapshot on, and without one; what is settled is found when it is named."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.intake.observations import HookSeen, RequestSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import replace
from hubctl.store import history as histories
from hubctl.store import snapshots
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
from support.core.builders import NOW, ONE, TWO, issue, worker_of
from support.core.moves import STRICT, moves, world
from support.core.stage import Stage, planned, working
from support.core.strategies import events, unknown
from tests.core.ledger.test_settling import finished


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    with closing(SqliteEventLog(tmp_path / "hub.db")) as log:
        yield log


def kept(log: SqliteEventLog, some: Sequence[e.Event]) -> SqliteHistory:
    """A hub that has appended these and ended."""
    hub = SqliteHistory(log)
    hub.catch_up()
    hub.append(some)
    hub.keep()
    return hub


def read(log: SqliteEventLog, *, from_the_start: bool = False) -> SqliteHistory:
    history = SqliteHistory(log, from_the_start=from_the_start)
    history.read()
    return history


def two_done() -> Stage:
    stage = working(issue("a"), issue("b"))
    finished(stage)
    stage.start(TWO)
    stage.prompt(TWO)
    finished(stage, TWO)
    return stage


# --- the law ------------------------------------------------------------------------------------------------------


def story(numbers: list[int]) -> list[e.Event]:
    stage = world(STRICT, watched=numbers[0] % 2 == 0)
    for number in numbers:
        stage.now += timedelta(milliseconds=250)  # an occasion that is named by its time comes once
        possible = moves(stage)
        possible[number % len(possible)][1]()
    return stage.log


stories = st.lists(st.integers(0, 10_000), min_size=20, max_size=50).map(story)


@given(stories | st.lists(events() | unknown, max_size=20), st.data())
def test_a_snapshot_and_its_tail_are_the_fold(some: list[e.Event], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(some)), max_size=3)))
    with closing(SqliteEventLog(Path(":memory:"))) as log:
        for start, end in zip([0, *cuts], [*cuts, len(some)], strict=True):
            hub = SqliteHistory(log)
            hub.catch_up()
            hub.append(some[start:end])
            if end < len(some):
                hub.keep()
        assert read(log).agrees_with(read(log, from_the_start=True))
        assert read(log, from_the_start=True).shown(last=-1).threads == fold(read_back(log)).threads


def read_back(log: SqliteEventLog) -> list[e.Event]:
    """As the codec left them."""
    return [logged.event for logged in log.read()]


# --- what is not used ---------------------------------------------------------------------------------------------


def test_a_reader_begins_at_the_snapshot(log: SqliteEventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = two_done()
    kept(log, stage.log)
    folded: list[e.Event] = []

    def counted(some: Sequence[e.Event], state: HubState) -> HubState:
        folded.extend(some)
        return fold(some, state)

    monkeypatch.setattr(histories, "fold", counted)
    assert read(log).head == len(stage.log)
    assert folded == []


@pytest.mark.parametrize(
    "harm",
    [
        "delete from snapshots",
        "update snapshots set mark = 'older'",
        "update snapshots set seq = 9999",
        "update snapshots set state = x'00'",
        "update snapshots set state = substr(state, 1, length(state) / 2)",
    ],
)
def test_what_is_no_snapshot_of_this_log_by_this_code_is_not_used(log: SqliteEventLog, harm: str) -> None:
    stage = two_done()
    kept(log, stage.log)
    with closing(sqlite3.connect(log.path)) as database:
        database.execute(harm)
        database.execute("update settled set value = x'00'")
        database.commit()
    assert read(log).agrees_with(read(log, from_the_start=True))
    assert read(log).shown(ONE).thread(ONE) == stage.thread()


def test_another_version_of_the_code_writes_all_anew(
    log: SqliteEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = two_done()
    kept(log, stage.log)
    monkeypatch.setattr(snapshots, "code_mark", lambda: "newer")
    hub = SqliteHistory(log)
    hub.catch_up()
    assert read(log).agrees_with(read(log, from_the_start=True))
    assert read(log).head == len(stage.log)


def test_half_a_character_and_giant_numbers_are_kept_too(log: SqliteEventLog) -> None:
    stage = working()
    stage.ask("progress", text="half \ud800 of a pair")
    stage.fold(e.TokensCounted(at=NOW, thread=ONE, input_tokens=10**30, output_tokens=1))
    kept(log, stage.log)
    assert read(log).agrees_with(read(log, from_the_start=True))
    assert read(log).state.threads[ONE].note == "half \ud800 of a pair"


# --- what is settled ----------------------------------------------------------------------------------------------


def test_what_is_named_again_is_as_if_it_had_never_left(log: SqliteEventLog) -> None:
    stage = two_done()
    hub = kept(log, stage.log)
    before = len(stage.log)
    stage.ask("send", ONE, by="human", text="One thing more.")
    hub.append(stage.log[before:])
    assert hub.agrees_with(read(log, from_the_start=True))
    assert read(log).agrees_with(hub)
    hub.keep()
    assert set(hub.state.threads) == {ONE}
    assert hub.agrees_with(read(log, from_the_start=True))
    assert read(log).agrees_with(hub)


def test_the_last_that_ended_are_shown_and_all_where_all_are_wanted(log: SqliteEventLog) -> None:
    kept(log, two_done().log)
    history = read(log)
    assert [thread.id for thread in history.shown(last=1).everyone] == [TWO]
    assert [thread.id for thread in history.shown(last=-1).everyone] == [ONE, TWO]
    assert [thread.id for thread in history.shown(ONE, last=1).everyone] == [ONE, TWO]
    assert not history.shown().everyone
    assert [thread.id for thread in history.of_plan("r1")] == [ONE, TWO]


def test_a_request_and_a_late_word_find_their_thread(log: SqliteEventLog) -> None:
    hub = kept(log, two_done().log)
    hub.state = replace(hub.state, settled={})
    request = RequestSeen(at=NOW, number=9, verb="send", by="human", thread=ONE, text="More.")
    assert hub.about(request).thread(ONE)
    hook = HookSeen(at=NOW, worker=worker_of(TWO, 1), name="Stop")
    assert hub.about(hook).worker_thread(worker_of(TWO, 1)) == hub.shown(TWO).thread(TWO)
    assert hub.about(replace(hook, worker="w9-9")) is hub.state


def test_a_reader_follows_a_hub_over_its_snapshots(log: SqliteEventLog) -> None:
    stage = planned(issue("a"))
    hub = kept(log, stage.log)
    reader, before = read(log), len(stage.log)
    stage.start()
    stage.prompt()
    finished(stage)
    hub.append(stage.log[before:])
    hub.keep()
    assert reader.read().thread(ONE) == stage.thread(), "who follows sees the end"
    assert reader.agrees_with(hub)
