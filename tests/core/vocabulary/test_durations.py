from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.vocabulary.durations import LONGEST, format_duration, parse_duration, span
from hubctl.errors import HubError


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("0s", timedelta(0)),
        ("365d", LONGEST),
    ],
)
def test_reads_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "90", "s", "-5m", "5 m", "1.5h", "5M", "5min", "1h30m", "٣m", "5m\n", "366d"]
)
def test_refuses_everything_else_by_name(text: str) -> None:
    with pytest.raises(HubError) as refused:
        parse_duration(text)
    assert f"`{text}`" in refused.value.message
    assert refused.value.cure


@given(st.integers(min_value=0, max_value=int(LONGEST.total_seconds())))
def test_what_is_formatted_is_read_back(seconds: int) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


def test_formats_with_the_largest_unit_that_fits() -> None:
    assert [format_duration(timedelta(seconds=n)) for n in (0, 90, 300, 7200, 86400)] == [
        "0s",
        "90s",
        "5m",
        "2h",
        "1d",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0s"), (59.9, "59s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (200000, "2d")],
)
def test_how_long_it_has_been(seconds: float, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text
