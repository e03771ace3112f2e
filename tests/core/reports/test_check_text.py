"""Told once an episode, again after a while, and once more when it is over."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.documents.policy import Severity
from hubctl.core.reports.check_text import CheckMessage, Memory, is_quiet, message
from hubctl.core.reports.health import Finding, Kind
from support.core.builders import NOW

REPEAT = timedelta(hours=4)


def finding(episode: str = "1", severity: Severity = Severity.CRITICAL, kind: Kind = Kind.LATE) -> Finding:
    return Finding(kind=kind, severity=severity, thread=None, text=f"late {episode}", episode=episode)


def say(
    *found: Finding,
    told: Memory | None = None,
    at: datetime = NOW,
    quiet: bool = False,
    complete: bool = True,
) -> CheckMessage:
    return message(found, told or {}, now=at, repeat=REPEAT, quiet=quiet, complete=complete)


def test_once_an_episode_and_again_after_a_while() -> None:
    first = say(finding())
    assert first.due == (finding(),)
    assert say(finding(), told=first.memory, at=NOW + REPEAT / 2).is_empty
    assert say(finding(), told=first.memory, at=NOW + REPEAT).due == (finding(),)
    assert say(finding("2"), told=first.memory).due == (finding("2"),)


def test_the_end_is_told_once() -> None:
    over = say(told=say(finding()).memory)
    assert (over.due, over.over, over.memory) == ((), ("late 1",), {})
    assert say(told=over.memory).is_empty


def test_what_could_not_be_looked_at_is_not_over() -> None:
    told = say(finding()).memory
    blind = say(told=told, complete=False)
    assert blind.is_empty
    assert blind.memory == told


def test_quiet_hours_hold_warnings_and_ends_until_the_morning() -> None:
    warning = finding(severity=Severity.WARNING)
    night = say(warning, finding("2"), quiet=True)
    assert night.due == (finding("2"),)
    gone = say(warning, told=night.memory, quiet=True)
    assert gone.is_empty
    morning = say(warning, told=gone.memory)
    assert (morning.due, morning.over) == ((warning,), ("late 2",))


def test_an_alert_goes_over_to_the_hub_that_is_back_and_returns_when_it_dies() -> None:
    alert = finding(kind=Kind.ALERT)
    told = say(alert).memory
    back = message([alert], told, now=NOW, repeat=REPEAT, quiet=False, running=True)
    assert back.is_empty, "neither new nor over: the hub tells it"
    assert say(alert, told=back.memory).due == (alert,)


def test_a_start_is_news_and_no_state() -> None:
    assert say(told=say(finding(kind=Kind.HUB_STARTED)).memory).is_empty


def test_a_clock_that_was_put_back_repeats() -> None:
    told = say(finding()).memory
    assert say(finding(), told=told, at=NOW - timedelta(days=365)).due


@pytest.mark.parametrize(
    ("start", "end", "now", "quiet"),
    [
        (22, 7, 23, True),
        (22, 7, 6, True),
        (22, 7, 7, False),
        (22, 7, 12, False),
        (1, 5, 3, True),
        (1, 5, 0, False),
    ],
)
def test_quiet_hours_may_pass_midnight(start: int, end: int, now: int, quiet: bool) -> None:
    assert is_quiet((time(start), time(end)), time(now)) is quiet
    assert not is_quiet(None, time(now))


@given(st.lists(st.frozensets(st.sampled_from("abc"))))
def test_nothing_is_told_twice_and_nothing_is_left_untold(rounds: list[frozenset[str]]) -> None:
    """Within one `repeat`: what is told and not over is exactly what was found last."""
    memory: Memory = {}
    open_for_people: set[str] = set()
    for step, found in enumerate(rounds):
        said = say(*map(finding, found), told=memory, at=NOW + timedelta(seconds=step))
        told = {one.text for one in said.due}
        assert not told & open_for_people
        assert set(said.over) <= open_for_people
        open_for_people = (open_for_people | told) - set(said.over)
        assert open_for_people == {f"late {episode}" for episode in found}
        memory = said.memory
