"""The crontab: one line of ours, and every other byte stays."""

import subprocess
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.check import cron
from hubctl.errors import HubError

MARK = "hubctl check 0a1b2c3d"
LINE = f"*/5 * * * * true # {MARK}"
THEIRS = (
    "# a note\n\n@reboot  x\n0 5 * * 1-5\techo 50\\% done%input\nwrong line\nFOO='a b'\n"
    "0 0 * * * y # hubctl check ffffffff\nLAST=1\n"
)


def every(**words: int) -> str:
    return cron.cron_line("true", every=timedelta(**words), mark=MARK)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ({"minutes": 1}, "* * * * *"),
        ({"minutes": 5}, "*/5 * * * *"),
        ({"minutes": 30}, "*/30 * * * *"),
        ({"hours": 1}, "@hourly"),
        ({"hours": 6}, "0 */6 * * *"),
        ({"days": 1}, "@daily"),
    ],
)
def test_times_that_cron_keeps_evenly(words: dict[str, int], fields: str) -> None:
    assert every(**words) == f"{fields} true # {MARK}"


@pytest.mark.parametrize(
    "words",
    [{}, {"seconds": 30}, {"seconds": 90}, {"minutes": 7}, {"minutes": 90}, {"hours": 5}, {"days": 2}],
)
def test_other_times_are_refused(words: dict[str, int]) -> None:
    with pytest.raises(HubError, match="cron cannot run something every") as caught:
        every(**words)
    assert "--every 5m" in caught.value.cure


@pytest.mark.parametrize("command", ["x" * 941, "a\nb"])
def test_what_cron_would_cut_is_refused(command: str) -> None:
    with pytest.raises(HubError):
        cron.cron_line(command, every=timedelta(minutes=5), mark=MARK)


def test_a_per_cent_sign_is_escaped_and_words_are_quoted() -> None:
    command = cron.shell_command({"A": "b c"}, ["p", "100%", "it's"], output="/x y")
    line = cron.cron_line(command, every=timedelta(minutes=5), mark=MARK)
    assert line == f"*/5 * * * * A='b c' p 100\\% 'it'\"'\"'s' >'/x y' 2>&1 # {MARK}"
    told = cron.shell_command({"A": "b c"}, ["printf", "%s,", "100%", "it's"], output="/dev/stdout")
    assert (
        subprocess.run(["sh", "-c", told], capture_output=True, text=True, check=True).stdout == "100%,it's,"
    )


def test_the_other_lines_stay_to_the_byte() -> None:
    once = cron.put(THEIRS, LINE, MARK)
    assert once == f"{THEIRS}{LINE}\n"
    assert cron.put(once, LINE, MARK) == once
    assert cron.find(once, MARK) == [LINE]
    changed = cron.put(f"# first\n{LINE}\n#{LINE}\n{THEIRS}", "new # " + MARK, MARK)
    assert changed == f"# first\nnew # {MARK}\n{THEIRS}"
    assert cron.take_out(once, MARK) == THEIRS


def test_a_last_line_without_end_gets_one() -> None:
    assert cron.put("a", LINE, MARK) == f"a\n{LINE}\n"


@given(st.text())
def test_to_put_and_to_take_out_leaves_what_was(text: str) -> None:
    before = text if text.endswith("\n") or not text else f"{text}\n"
    assert cron.take_out(cron.put(before, LINE, MARK), MARK) == before
