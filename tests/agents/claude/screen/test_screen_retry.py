"""The API retry that a screen announces: read off recordings of both versions, and never off a worker's words."""

import pytest

from hubctl.agents.claude.screen.phrases import LONGEST, retry_seconds
from hubctl.agents.claude.screen.screen import parse_screen
from tests.agents.claude.screen.test_screen import SCREENS, VERSIONS, above_composer, one, read

ANNOUNCED = {
    "2.1.197/api_401": 5,
    "2.1.197/api_500_retry": 1,
    "2.1.197/api_529_recovers": 1,
    "2.1.197/api_529_retry": 1,
    "2.1.197/api_conn_refused": 1,
    "2.1.329/api_401": 5,
    "2.1.329/api_500_retry": 2,
    "2.1.329/api_529_recovers": 1,
    "2.1.329/api_529_retry": 1,
    "2.1.329/api_conn_refused": 2,
    "2.1.329/api_stream_stall": 251,
}


def test_each_recording_announces_its_own_wait_and_no_other_screen_does() -> None:
    found = {screen.name: read(screen).retry_seconds for screen in SCREENS}
    assert {name: seconds for name, seconds in found.items() if seconds is not None} == ANNOUNCED


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("API error · Retrying in 1s · attempt 3/4", 1),
        ("Session limit reached · Retrying in 3s (12:39pm) · attempt 4/10", 3),
        ("Waiting for API response · will retry in 4m 11s · check your network", 251),
        ("529 Overloaded · retrying in 1h 2m 3s · attempt 9/10", 3723),
        ("API Error (500) · Retrying in 5 seconds… (attempt 2/10)", 5),
        ("API Error (500) · Retrying in 2 minutes · attempt 2/10", 120),
        ("API error · attempt 3/4", 0),
        ("API error · retrying in 99999999999999999999s", LONGEST),
        ("", 0),
    ],
)
def test_a_wait_is_read_in_any_unit(words: str, seconds: int) -> None:
    assert retry_seconds(words) == seconds


LIES = (
    "● API error · Retrying in 99s · attempt 3/4",
    "  ✻ API error · Retrying in 99s · attempt 3/4",
    "● Bash(cat log)\n  ⎿  ✻ 500 Internal server error · retrying in 99s · attempt 3/4",
    "● Waiting for API response · will retry in 4m 11s · check your network",
)


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scene", ["busy", "idle"])
def test_what_a_worker_prints_announces_nothing(version: str, scene: str, lie: str) -> None:
    """The lie stands above the spinner that the CLI draws itself, or above a composer at rest."""
    known = next(s for s in SCREENS if s.name.startswith(version) and s.view == scene and not s.doubt)
    if scene == "busy":
        lines = known.ansi.split("\n")
        at = next(i for i, line in enumerate(lines) if "…" in line)
        text = "\n".join([*lines[:at], "\x1b[0m" + lie, "", *lines[at:]])
    else:
        text = above_composer(known, lie)
    assert parse_screen(text).retry_seconds is None


def test_a_retry_that_is_over_announces_nothing() -> None:
    for version in VERSIONS:
        after = [s for s in SCREENS if s.name == f"{version}/api_500_retry/after"]
        assert [read(screen).retry_seconds for screen in after] == [None]
    assert read(one("2.1.329/api_stream_stall")).retry_seconds == 251
