"""Which dialog of a start stands on the screen, and the one label that is right for a worker."""

import re

import pytest

from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.agents.claude.screen.start_dialogs import (
    StartDialog,
    answer_to,
    cure_of_dialog,
    known_start_dialog,
)
from support.captured import Captured, captured_screens

SCREENS = captured_screens()
D = StartDialog
SHOWN = {
    "dialog_trust": (D.TRUST, "Yes, I trust this folder"),
    "dialog_api_key": (D.API_KEY, "Yes"),
    "dialog_bad_settings": (D.SETTINGS_WARNING, "Continue"),
    "dialog_external_import": (D.IMPORTS, "No, disable external imports"),
    "dialog_mcp_json": (D.MCP, None),
    "dialog_broken_json": (D.SETTINGS_ERROR, None),
    "dialog_bypass": (D.BYPASS, None),
}
RULE = "─" * 100
SERVERS = f"""{RULE}
  2 new MCP servers found in this project

  Select any you wish to enable.

  ❯ [✔] demo
    [✔] demo2
       Enable selected

 Space to select · Esc to reject all
"""
THEME = """ Let's get started.

 Choose the text style that looks best with your terminal
 To change this later, run /theme

 ❯ 1. Dark mode ✔
   2. Light mode

 Enter to confirm
"""


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_recording_is_the_dialog_it_shows(screen: Captured) -> None:
    seen = parse_screen(screen.ansi)
    wanted, label = SHOWN.get(screen.name.split("/", 1)[1], (None, None))
    assert seen.start is wanted
    if wanted:
        answer = answer_to(wanted, seen.options)
        assert (None if answer is None else seen.options[answer]) == label


@pytest.mark.parametrize("screen", [s for s in SCREENS if s.name.split("/", 1)[1] in SHOWN], ids=str)
def test_the_cursor_is_where_the_screen_shows_it(screen: Captured) -> None:
    seen = parse_screen(screen.ansi)
    (row,) = [line for line in screen.ansi.split("\n") if "❯" in line]
    assert seen.cursor is not None
    assert re.sub(r"\x1b\[[0-9;]*m|[❯ ]|[0-9]\.", "", row) == seen.options[seen.cursor].replace(" ", "")


def test_several_servers_and_a_first_run_are_known_and_never_answered() -> None:
    for text, dialog in ((SERVERS, D.MCP), (THEME, D.FIRST_RUN)):
        seen = parse_screen(text)
        assert seen.start is dialog
        assert answer_to(dialog, seen.options) is None


def test_rules_that_are_skipped_are_a_persons() -> None:
    hooks = next(screen for screen in SCREENS if screen.name.endswith("dialog_bad_settings")).ansi
    rules = hooks.replace("hooks.NoSuchEvent", "permissions.deny")
    seen = parse_screen(rules)
    assert seen.start is D.SETTINGS_RULES
    assert answer_to(D.SETTINGS_RULES, seen.options) is None


def test_what_a_worker_says_above_a_dialog_makes_it_none_of_the_start() -> None:
    shown = next(screen for screen in SCREENS if screen.name.endswith("2.1.329/dialog_trust")).ansi
    assert parse_screen("● Look:\n" + shown).start is None


@pytest.mark.parametrize("options", [(), ("No, exit",), ("Yes", "Yes, and always"), ("Oh yes", "No")])
def test_an_answer_is_one_label_alone(options: tuple[str, ...]) -> None:
    assert answer_to(D.TRUST, options) is None


def test_the_order_of_the_labels_is_of_no_account() -> None:
    assert answer_to(D.TRUST, ("No, exit", "Yes, I trust this folder")) == 1
    assert answer_to(D.TRUST, ("Yes, proceed", "No, exit")) == 0


def test_each_has_a_cure_and_is_known_by_its_words() -> None:
    for dialog in StartDialog:
        assert known_start_dialog(str(dialog)) is dialog
        assert cure_of_dialog(dialog)
    assert known_start_dialog("permission for Bash") is None
    assert cure_of_dialog("permission for Bash") == ""
