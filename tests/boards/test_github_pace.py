"""Writes keep GitHub's limits whatever order they come in, and no wait is long."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.boards.github.pace import PATIENCE_SECONDS, WRITES, Gate, Meter, SteadyClock
from hubctl.ports.board import BoardUnreachable
from support.github.boards import QuickClock


@given(gaps=st.lists(st.floats(0, 20), max_size=600))
def test_no_span_holds_more_writes_than_it_may(gaps: list[float]) -> None:
    clock = QuickClock()
    meter, taken = Meter(clock), []
    for gap in gaps:
        clock.now += gap
        try:
            meter.take()
        except BoardUnreachable as refused:
            clock.now += refused.seconds
        else:
            taken.append(clock.now)
    for seconds, count in WRITES:
        spans = zip(taken, taken[count:], strict=False)
        assert all(later - first >= seconds - 1e-6 for first, later in spans)


def test_an_hours_writes_are_spent_in_an_hour_and_then_it_is_an_error() -> None:
    clock = QuickClock()
    meter = Meter(clock, limits=((1.0, 1), (3600.0, 450)))
    start = clock.now
    for _ in range(450):
        meter.take()
    with pytest.raises(BoardUnreachable) as caught:
        meter.take()
    assert caught.value.seconds == 3600 - (clock.now - start)
    assert max(clock.waits) <= PATIENCE_SECONDS


def test_a_gate_that_opens_soon_is_waited_for() -> None:
    clock = QuickClock()
    gate = Gate(clock)
    gate.demand()
    gate.shut(5)
    gate.demand()
    assert clock.waits == [5]
    gate.shut(500)
    with pytest.raises(BoardUnreachable) as caught:
        gate.demand()
    assert caught.value.seconds == 500


def test_a_stop_ends_every_wait_at_once() -> None:
    stop = threading.Event()
    stop.set()
    gate = Gate(SteadyClock(stop))
    gate.shut(PATIENCE_SECONDS - 1)
    with pytest.raises(BoardUnreachable, match="stops"):
        gate.demand()
