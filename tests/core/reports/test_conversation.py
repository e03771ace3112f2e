"""How a conversation is shown: one line for a tool, texts whole, times in front."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.reports.conversation import LONGEST, Entry, Part, Voice, first_line, in_short, shown_entry

AT = datetime(2026, 1, 1, 10, 0, 3, tzinfo=UTC)


def test_a_text_keeps_its_lines_below_each_other() -> None:
    entry = Entry(at=AT, voice=Voice.USER, text="first\n\nthird\n")
    assert shown_entry(entry).splitlines() == [
        "10:00:03  user       first",
        " " * 21,
        " " * 21 + "third",
    ]


def test_a_tool_is_a_line_and_a_missing_time_is_a_gap() -> None:
    assert (
        shown_entry(Entry(at=AT, voice=Voice.TOOL, tool="Bash", text="ls")) == "10:00:03  tool       Bash  ls"
    )
    assert shown_entry(Entry(at=None, voice=Voice.TOOL, tool="Stop", text="")) == "          tool       Stop"
    assert first_line("\n \nExit code 1\nmore") == "Exit code 1"
    assert first_line("") == ""


@given(st.text(max_size=3 * LONGEST))
def test_in_short_is_one_line_that_is_not_too_long(text: str) -> None:
    short = in_short(text)
    assert len(short) <= LONGEST
    assert len(short.splitlines()) <= 1
    assert in_short(short) == short


def test_of_a_session_with_several_threads_one_is_picked() -> None:
    """A worker that prints the hub's words begins nothing by it."""

    def said(voice: Voice, text: str) -> Entry:
        return Entry(at=AT, voice=voice, text=text)

    task = [said(Voice.USER, f"hubctl thread {number}: Do it") for number in (2, 12)]
    talk = [
        said(Voice.ASSISTANT, "hubctl thread 2: mine"),
        said(Voice.USER, "Go on."),
        said(Voice.TOOL, "ls"),
    ]
    session = [talk[0], task[0], *talk, task[1], talk[1], task[0], talk[2]]
    part = Part(thread="2", whole=False)
    picked = [*part.pick(session[:3]), *part.pick(session[3:])]
    assert picked == [task[0], *talk, task[0], talk[2]]
    assert list(Part(thread="2", whole=True).pick(session)) == session
