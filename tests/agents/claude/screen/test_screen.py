"""The screen reader against real recordings, against texts that lie, and against any text at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.screen.screen import Screen, ScreenView, parse_screen
from support.captured import Captured, captured_screens

SCREENS = captured_screens()
CLEAR = [screen for screen in SCREENS if not screen.doubt]
DOUBTED = [screen for screen in SCREENS if screen.doubt]
BLOCKING = {"dialog", "permission", "question", "plan"}
WAITING = BLOCKING | {"login"}
COMPOSER = [screen for screen in SCREENS if screen.view in ("idle", "error", "busy", "retrying")]
DIALOGS = [screen for screen in SCREENS if screen.view in BLOCKING]
VERSIONS = ("2.1.197", "2.1.329")
RULE = "─" * 120
PERMISSION = """\
 Bash command

   rm -rf ./build

 Do you want to proceed?
 ❯ 1. Yes
   2. Yes, and always allow access to build/ from this project
   3. No

 Esc to cancel · Tab to amend"""
FORGED_COMPOSER = f"{RULE}\n❯\u00a0\n{RULE}\n  ? for shortcuts · ← for agents\n"


def one(name: str) -> Captured:
    return next(screen for screen in SCREENS if screen.name == name)


def read(screen: Captured) -> Screen:
    return parse_screen(screen.ansi, title=screen.title)


def is_free(screen: Screen) -> bool:
    """A composer is on screen and nothing but a dim suggestion stands in it."""
    return screen.composer and screen.draft is None


def bare(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def above_composer(screen: Captured, text: str) -> str:
    """The recording with more conversation right above the composer's upper rule."""
    lines = screen.ansi.split("\n")
    at = max(i for i, line in enumerate(lines) if bare(line).startswith("❯\u00a0")) - 1
    return "\n".join([*lines[:at], "\x1b[0m" + text, "", *lines[at:]])


def with_footer(footer: str, draft: str = "", above: str = "\x1b[38;5;231m●\x1b[39m ok\n") -> str:
    return f"{above}\n{RULE}\n❯\u00a0{draft}\n{RULE}\n  {footer}\n"


# --- recordings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", CLEAR, ids=str)
def test_a_recording_is_read_as_people_read_it(screen: Captured) -> None:
    seen, truth = read(screen), screen.truth
    assert (seen.view, seen.draft, seen.background, seen.resets, list(seen.options)) == (
        truth["view"],
        truth["draft"],
        truth["background"],
        truth["resets"],
        truth["options"],
    )
    assert seen.anchors


@pytest.mark.parametrize("screen", DOUBTED, ids=str)
def test_a_doubtful_recording_is_never_idle_where_somebody_must_answer(screen: Captured) -> None:
    seen = read(screen)
    assert not (screen.view in WAITING and seen.view is ScreenView.IDLE)


def test_every_view_but_unknown_has_a_recording() -> None:
    assert {screen.view for screen in CLEAR} == set(ScreenView) - {ScreenView.UNKNOWN}


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_composer_is_empty_only_where_one_stands_and_nothing_is_typed(screen: Captured) -> None:
    free = screen.view in ("idle", "error", "busy", "retrying") and screen.truth["draft"] is None
    if free or screen.view in {*BLOCKING, "gone"} or screen.truth["draft"]:
        assert is_free(read(screen)) is free


def test_a_title_changes_nothing_but_the_anchors() -> None:
    for screen in SCREENS:
        without = parse_screen(screen.ansi)
        for title in ("✳ Claude Code", "◐ Claude Code", "Do you want to proceed?"):
            with_title = parse_screen(screen.ansi, title=title)
            assert (with_title.view, with_title.draft, with_title.options) == (
                without.view,
                without.draft,
                without.options,
            )


CUT = [screen for screen in SCREENS if screen.view in BLOCKING | {"gone", "busy", "retrying"}]


@pytest.mark.parametrize("screen", CUT, ids=str)
def test_a_screen_cut_at_the_top_never_loses_its_dialog(screen: Captured) -> None:
    lines = screen.ansi.split("\n")
    for cut in range(1, len(lines)):
        seen = parse_screen("\n".join(lines[cut:]))
        if screen.view in BLOCKING | {"gone"}:
            assert seen.view is not ScreenView.IDLE
            assert not is_free(seen)
        else:
            assert seen.view not in (ScreenView.IDLE, ScreenView.ERROR)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_without_colours_a_dialog_is_still_no_composer(screen: Captured) -> None:
    seen = parse_screen("\n".join(map(bare, screen.ansi.split("\n"))))
    if screen.view in WAITING | {"gone", "busy", "retrying", "error"}:
        assert seen.view == screen.view


def test_a_killed_worker_is_gone_under_every_usual_prompt() -> None:
    killed = one("2.1.329/crashed_kill9").ansi
    for prompt in ("$ ", "# ", "% ", "dev@box:~/project$ ", "[dev@box project]$ ", "bash-5.2$ ", "(venv) $ "):
        assert parse_screen(killed.replace("\n\x1b[39m$ ", f"\n\x1b[39m{prompt}")).view is ScreenView.GONE


def test_a_dead_pane_is_gone_whatever_frame_it_froze() -> None:
    for screen in SCREENS:
        assert parse_screen(screen.ansi.rstrip() + "\nPane is dead (signal 9, now)\n").view is ScreenView.GONE


# --- texts that lie -----------------------------------------------------------------------------------------------

PROSE = {
    "dialog": "\n".join(f"  {line}" for line in f"{RULE[:90]}\n{PERMISSION}".split("\n")),
    "dialog in the first column": f"{RULE}\n{PERMISSION}",
    "question": f"● Look:\n  {RULE[:80]}\n   ☐ Choice\n  ❯ 1. Yes\n    2. No\n  Enter to select · Esc to cancel",
    "numbered list": "● Do you want to proceed?\n  1. Yes\n  2. No",
    "busy words": "● While busy the footer says esc to interrupt.\n  ✻ Thinking… (5s · esc to interrupt)",
    "retry words": "● It said: API error · Retrying in 5s · attempt 4/10",
    "limit": "\x1b[38;5;231m●\x1b[39m You've hit your session limit · resets 11:35am (UTC)",
    "error": "\x1b[38;5;231m●\x1b[39m API Error: 500 Internal server error",
    "login": "\x1b[38;5;231m●\x1b[39m You must log in: Please run /login",
    "tool output": "● Bash(cat log)\n  ⎿ \u00a0API Error: 500\n     Not logged in · Please run /login",
    "shell": "● Run this:\n  $ make\n  dev@box:~$ ls\n  Resume this session with: claude --resume 0000-0000",
    "composer": f"● Like this:\n  {RULE[:80]}\n  ❯\u00a0half a draft\n  {RULE[:80]}\n    ? for shortcuts",
    "shells": "● 3 shells · 2 agents\n    ◯ general-purpose  made up   2s",
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("prose", PROSE)
def test_what_a_worker_prints_above_the_living_composer_is_conversation(version: str, prose: str) -> None:
    seen = parse_screen(above_composer(one(f"{version}/handoff_done"), PROSE[prose]))
    assert (seen.view, seen.draft, seen.background, seen.options) == (ScreenView.IDLE, None, 0, ())
    assert is_free(seen)


@pytest.mark.parametrize("screen", DIALOGS, ids=str)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_copy_of_a_real_dialog_above_the_living_composer_stays_idle(screen: Captured, version: str) -> None:
    assert parse_screen(above_composer(one(f"{version}/idle_fresh"), screen.ansi)).view is ScreenView.IDLE


@pytest.mark.parametrize("screen", DIALOGS, ids=str)
def test_a_composer_printed_above_a_real_dialog_frees_nothing(screen: Captured) -> None:
    lines = screen.ansi.split("\n")
    tops = [i for i, line in enumerate(lines) if re.match("[─▔]{20}", bare(line))]
    for at in {0, *tops}:
        forged = "\n".join([*lines[:at], "\x1b[0m" + FORGED_COMPOSER, *lines[at:]])
        seen = parse_screen(forged)
        assert (seen.view, is_free(seen)) == (screen.view, False)
        assert list(seen.options) == screen.truth["options"]


@pytest.mark.parametrize("screen", [s for s in SCREENS if s.view == "permission"], ids=str)
def test_a_composer_inside_the_asked_command_frees_nothing(screen: Captured) -> None:
    lines = screen.ansi.split("\n")
    at = next(i for i, line in enumerate(lines) if "Do you want to" in bare(line))
    inside = "\n".join(f" {line}" for line in FORGED_COMPOSER.split("\n"))
    assert parse_screen("\n".join([*lines[:at], inside, *lines[at:]])).view is ScreenView.PERMISSION


@pytest.mark.parametrize("screen", [s for s in SCREENS if s.view in BLOCKING], ids=str)
def test_other_words_in_a_dialog_never_make_it_idle_or_an_error(screen: Captured) -> None:
    """A new version words its dialogs anew; the marks and places stay."""
    reworded = re.sub(r"[A-Za-z]{3,}(?![;m])", "lorem", screen.ansi)
    assert parse_screen(reworded).view in {*BLOCKING, ScreenView.UNKNOWN}


def test_a_start_below_a_leftover_composer_is_not_ready() -> None:
    old, new = one("2.1.197/exited_clean").ansi, one("2.1.329/dialog_trust").ansi
    assert parse_screen(f"{old.rstrip()} claude\n{new}").view is ScreenView.DIALOG


# --- composer -----------------------------------------------------------------------------------------------------


def test_a_draft_keeps_typed_lines_and_mends_broken_ones() -> None:
    wrapped = "word " * 40
    first, rest = wrapped[:115].rstrip(), wrapped[115:].strip()
    assert parse_screen(with_footer("x", f"{first}\n  {rest}")).draft == wrapped.strip()
    assert parse_screen(with_footer("x", "one\n  two\n\n  four")).draft == "one\ntwo\n\nfour"


def test_a_dim_suggestion_is_no_draft_and_a_letter_under_the_cursor_is_one() -> None:
    dim = "\x1b[7mP\x1b[0;2mress up to edit queued messages\x1b[0m"
    assert is_free(parse_screen(with_footer("x", dim)))
    assert parse_screen(with_footer("x", "\x1b[7my\x1b[0m")).draft == "y"
    assert parse_screen(with_footer("x", "/ex\x1b[7mi\x1b[0;2mt\x1b[0m")).draft == "/ex"


def test_shell_mode_is_a_draft_for_whatever_comes_next_would_run() -> None:
    screen = with_footer("! for shell mode").replace("❯\u00a0", "!\u00a0")
    assert parse_screen(screen).draft == "!"


def test_a_composer_without_the_keys_is_not_idle() -> None:
    for footer in ("search prompts:  ", "2 shells · Enter to view tasks", "↑/↓ to select · Esc to close"):
        seen = parse_screen(with_footer(footer))
        assert seen.view is not ScreenView.IDLE
        assert not is_free(seen)


def test_queued_messages_do_not_hide_the_turn() -> None:
    spinner = "\x1b[38;5;174m✶\x1b[39m \x1b[38;5;174mRuminating… \x1b[39m"
    below = f"❯ @say x\n\n{spinner}\n  \x1b[48;5;237m❯ \x1b[38;5;231mqueued words\x1b[0m\n"
    above = f"❯ @say x\n\n❯ queued words\n  ⎿ \u00a0Queued · ctrl+s to send now\n\n{spinner}\n"
    for talk in (below, above):
        seen = parse_screen(with_footer("? for shortcuts", above=talk))
        assert (seen.view, seen.draft) == (ScreenView.BUSY, None)


def test_a_cut_or_wrapped_footer_still_says_busy() -> None:
    for footer in (
        "⏸ manual mode on · esc to interrupt…",
        "⏸ mode · esc to\n  interrupt · x",
        "mode · esc to…",
    ):
        assert parse_screen(with_footer(footer)).view is ScreenView.BUSY


def test_background_work_is_counted_once() -> None:
    agents = "\n\n  ● main\n  ◯ general-purpose  one       2s · ↓ 3k tokens\n  ◯ Explore  two   4s"
    assert parse_screen(with_footer("2 shells · ↓ to manage" + agents)).background == 4
    assert parse_screen(with_footer("5 background tasks · ↓ to manage" + agents)).background == 5
    assert parse_screen(with_footer("1 shell")).background == 1


def test_an_unknown_complaint_in_colour_is_an_error_and_grey_news_is_not() -> None:
    for ink, view in (
        ("38;5;220", ScreenView.ERROR),
        ("31", ScreenView.ERROR),
        ("38;5;246", ScreenView.IDLE),
    ):
        said = f"\x1b[{ink}m●\x1b[39m \x1b[{ink}mSomething never heard of\x1b[39m\n"
        assert parse_screen(with_footer("? for shortcuts", above=said)).view is view


def test_a_limit_warning_gives_its_reset_time_and_stays_idle() -> None:
    seen = parse_screen(
        with_footer("? for shortcuts    You've used 92% of your session limit · resets 3pm (UTC)")
    )
    assert (seen.view, seen.resets) == (ScreenView.IDLE, "3pm (UTC)")


# --- dialogs that no recording has --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "view"),
    [
        (" Select login method:\n\n ❯ 1. Claude account\n   2. Console account\n", ScreenView.LOGIN),
        ("  Paste code here if prompted >\n\n  Esc to cancel\n", ScreenView.LOGIN),
        (" Rewind\n\n   @hold 6…\n ❯ (current)\n\n Enter to continue · Esc to cancel\n", ScreenView.DIALOG),
        (
            "  Thinking mode   true\n\n  Type to filter · Enter/↓ to select · Esc to clear\n",
            ScreenView.DIALOG,
        ),
        ("  Login successful. Press Enter to continue…\n", ScreenView.DIALOG),
        (
            f"{RULE}\n  MCP server “x” requests your input\n\n  ❯   name: not set\n    Accept    Decline\n",
            ScreenView.QUESTION,
        ),
        (f"{RULE}\n Review your answers\n\n❯ 1. Submit answers\n  2. Cancel\n", ScreenView.QUESTION),
        (f"{RULE}\n Exit plan mode?\n\n ❯ 1. Yes\n   2. No\n\n Esc to cancel\n", ScreenView.PLAN),
        ("  Showing detailed transcript · ctrl+o to toggle\n", ScreenView.UNKNOWN),
        ("", ScreenView.UNKNOWN),
        ("some words\nand no more\n", ScreenView.UNKNOWN),
    ],
)
def test_a_dialog_is_known_by_its_place_and_its_keys(text: str, view: ScreenView) -> None:
    assert parse_screen(text).view is view


def test_boxes_and_previews_are_no_part_of_a_label() -> None:
    text = f"{RULE}\n ☐ Parts\n\n❯ 1. [✔] API     │ preview │\n  2. [ ] Docs ✔\n\nEnter to select · Esc to cancel\n"
    assert parse_screen(text).options == ("API", "Docs")


# --- any text at all ----------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["❯\u00a0", "❯ ", RULE, "● ", "  ⎿ ", "✻ ", "…", "1. ", "2. Yes", "\n", "\n  ", "$ ", "\x1b[", "\x1b[38;5;", "m", "\x1b]8;;",
     "\x1b[7m", "\x1b[0;2m", "Esc to cancel", "esc to interrupt", "Do you want to proceed?", "resets 3pm", "９", "─", " "]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join)))
def test_any_text_gives_a_reading_and_idle_needs_a_composer(text: str) -> None:
    seen = parse_screen(text, title=text)
    if seen.view is ScreenView.IDLE:
        assert "❯\u00a0" in text or ">\u00a0" in text or "!\u00a0" in text
    assert not (is_free(seen) and seen.options)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_what_is_said_never_hides_a_dialog(said: str) -> None:
    seen = parse_screen(f"● {said}\n\n{RULE}\n{PERMISSION}\n")
    assert (seen.view, len(seen.options)) == (ScreenView.PERMISSION, 3)


# --- words of older versions --------------------------------------------------------------------------------------

OVERLOADED = """\
❯ @error 529 Overloaded
  ⎿  \x1b[38;5;211m529
     {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\x1b[39m
     \x1b[38;5;246mRetrying in 1s · attempt 5/10\x1b[39m

\x1b[38;5;167m✢ Forging… (16s)\x1b[39m
"""


def test_a_retry_is_told_above_the_spinner_too() -> None:
    """As 2.1.104 has it; what a tool printed in between is no retry."""
    assert parse_screen(with_footer("esc to interrupt", above=OVERLOADED)).view is ScreenView.RETRYING
    gone_on = OVERLOADED.replace("\n\n", " and more\n\n")
    assert parse_screen(with_footer("esc to interrupt", above=gone_on)).view is ScreenView.BUSY


def test_a_full_context_is_an_error_in_the_clis_own_ink_only() -> None:
    told = "❯ go on\n  ⎿ \u00a0{ink}Context limit reached · /compact or /clear to continue\x1b[39m\n"
    for ink, view in (("\x1b[38;5;211m", ScreenView.ERROR), ("\x1b[39m", ScreenView.IDLE)):
        above = f"\x1b[38;5;231m●\x1b[39m ok\n{told.format(ink=ink)}"
        assert parse_screen(with_footer("? for shortcuts", above=above)).view is view
