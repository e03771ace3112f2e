"""Waiting for a planner: it tells, it ends in time, it lets nothing live on."""

import threading

import pytest

from hubctl.errors import HubError
from hubctl.planners import patience
from hubctl.planners.patience import await_answer

LONG = 60.0


def silent(_: str) -> None:
    """Nobody listens."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "TICK_SECONDS", 0.005)


@pytest.mark.usefixtures("quick")
def test_it_tells_that_the_planner_is_thinking_until_there_is_an_answer() -> None:
    enough = threading.Event()
    heard: list[str] = []

    def told(line: str) -> None:
        heard.append(line)
        if len(heard) == 3:
            enough.set()

    answer = await_answer(
        lambda: enough.wait(LONG) and "a plan", told=told, seconds=LONG, stop=threading.Event()
    )
    assert answer == "a plan"
    assert len(heard) >= 3
    assert heard[0].startswith("the planner is thinking, ")


def test_what_the_work_raises_is_raised() -> None:
    def fail() -> str:
        raise HubError("no", "yes")

    with pytest.raises(HubError, match="no"):
        await_answer(fail, told=silent, seconds=LONG, stop=None)


def test_work_that_takes_too_long_is_ended_and_awaited() -> None:
    stop, ended = threading.Event(), threading.Event()

    def work() -> None:
        if stop.wait(LONG):
            ended.set()

    with pytest.raises(HubError, match="no plan after 0 s"):
        await_answer(work, told=silent, seconds=0.01, stop=stop)
    assert ended.is_set()


def test_work_that_cannot_be_ended_is_left_behind() -> None:
    never = threading.Event()
    with pytest.raises(HubError, match="no plan after"):
        await_answer(lambda: never.wait(LONG), told=silent, seconds=0.01, stop=None)
    never.set()


@pytest.mark.usefixtures("quick")
def test_ctrl_c_ends_the_work() -> None:
    stop, ended = threading.Event(), threading.Event()

    def work() -> None:
        if stop.wait(LONG):
            ended.set()

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await_answer(work, told=interrupted, seconds=LONG, stop=stop)
    assert ended.is_set()
