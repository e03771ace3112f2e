"""When a usage limit resets, by the worker CLI's own words."""

from datetime import UTC, datetime

import pytest

from hubctl.core.intake.prompts import reset_time

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("You've hit your session limit · resets 11:35am (UTC)", (2026, 11, 20, 11, 35)),
        ("You've hit your 5-hour limit · resets 12pm (UTC)", (2026, 11, 20, 12, 0)),
        ("You've hit your limit · resets 9:30am (UTC)", (2026, 11, 21, 9, 30)),
        ("weekly limit · resets Nov 23, 5:39pm (UTC)", (2026, 11, 23, 17, 39)),
        ("weekly limit · resets Jan 2, 12:01am (UTC)", (2027, 1, 2, 0, 1)),
    ],
)
def test_a_reset_is_the_next_such_time(text: str, until: tuple[int, ...]) -> None:
    assert reset_time(text, AT) == datetime(*until, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "resets soon",
        "resets 9am (Europe/Berlin)",
        "resets Foo 3, 9am (UTC)",
        "resets Feb 30, 9am (UTC)",
        "resets 77:99am (UTC)",
    ],
)
def test_what_names_no_such_time_names_none(text: str) -> None:
    assert reset_time(text, AT) is None
