"""Which dialog of its start a worker shows, the label that is right for a worker, and what a person must do instead.

Rules:
- A dialog is known by its title and answered by the words of a label, never by number or order: they differ by version.
- None without an answer is ever answered: whoever may not do a thing in a repository must be asked.
- The MCP servers of a trusted `.mcp.json` are enabled in the worker's own settings (`launch.py`). Their dialog has no
  answer, for the worker CLI writes it into `.claude/settings.local.json`: it dirties the worktree (2.1.197), or is a
  change of what was trusted (2.1.329; docs/facts/claude-code.md#start-dialogs).
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from hubctl.agents.claude.screen.menu import Menu, titles
from hubctl.agents.claude.screen.parts import mark_of, words
from hubctl.core.vocabulary.values import Struct


class StartDialog(StrEnum):
    """The dialogs that may stand before a worker's first prompt; a thread's `dialog` holds these words."""

    TRUST = "trust dialog"
    API_KEY = "API key dialog"
    MCP = "MCP server dialog"
    SETTINGS_WARNING = "settings warning"
    SETTINGS_RULES = "settings warning about permissions"
    """rules that were skipped may be those that forbid something"""
    SETTINGS_ERROR = "settings error"
    IMPORTS = "external imports dialog"
    BYPASS = "bypass permissions warning"
    FIRST_RUN = "first run dialog"


class _Known(Struct, frozen=True, kw_only=True):
    """`answer` is the one label that the hub may choose; `cure` goes on after "`hubctl attach N` and "."""

    title: str
    cure: str
    answer: str = ""
    body: str = ""


_ONCE: Final = "or run `claude` once in the repository and do it there"
_KNOWN: Final[dict[StartDialog, _Known]] = {
    StartDialog.TRUST: _Known(
        title=r"Accessing workspace|\btrust\b.*\bfolder",
        answer=r"Yes\b",
        cure=f"choose Yes if you trust this folder, {_ONCE}",
    ),
    StartDialog.API_KEY: _Known(
        title=r"\bcustom API key\b",
        answer=r"Yes\b",
        cure="choose Yes if workers shall use this key",
    ),
    StartDialog.MCP: _Known(
        title=r"\bnew MCP servers?\b",
        cure="choose what this worker may use, or name its servers in the `mcp` file of its role",
    ),
    StartDialog.SETTINGS_RULES: _Known(
        title=r"Settings Warning\b",
        body=r"\bpermissions\.",
        cure="look at the rules that are skipped; mend the file it names, then `hubctl trust`",
    ),
    StartDialog.SETTINGS_WARNING: _Known(
        title=r"Settings Warning\b",
        answer=r"Continue$",
        cure="choose Continue, or mend the file it names, then `hubctl trust`",
    ),
    StartDialog.SETTINGS_ERROR: _Known(
        title=r"Settings Error\b",
        cure="look at the file it names: all of it is skipped. Mend it, then `hubctl trust`",
    ),
    StartDialog.IMPORTS: _Known(
        title=r"\bexternal CLAUDE\.md file imports\b",
        answer=r"No\b",
        cure="choose whether CLAUDE.md may import files from outside",
    ),
    StartDialog.BYPASS: _Known(
        title=r"\bBypass Permissions mode\b",
        cure="choose whether this worker may do everything unasked; else take that mode out of its role or command",
    ),
    StartDialog.FIRST_RUN: _Known(
        title=r"\btext style\b|\blet['’]s get started\b|\bselect login method\b",
        cure="go through it, or run `claude` once in a terminal with the workers' HOME",
    ),
}
_PLAIN: Final = {
    "login": "log in with `/login`, then tell it to go on",
    "dialog": "look at it: this dialog is unknown",
}
_TALK: Final = frozenset("●⏺❯>›⎿")


def find_start_dialog(menu: Menu) -> StartDialog | None:
    """The dialog of a start that this menu belongs to; None for any other, and wherever somebody spoke above it."""
    if any(mark_of(row) in _TALK for row in menu.body):
        return None
    title, body = (menu.ask, *titles(menu.body))[-1], words(menu.body)
    for dialog, known in _KNOWN.items():
        if re.search(known.title, title, re.I) and re.search(known.body, body, re.I):
            return dialog
    return None


def answer_to(dialog: StartDialog, options: Sequence[str]) -> int | None:
    """Which of the labels the hub may choose; None where it must not, or where it is not one label alone."""
    wanted = _KNOWN[dialog].answer
    found = [i for i, option in enumerate(options) if wanted and re.match(wanted, option, re.I)]
    return found[0] if len(found) == 1 else None


def known_start_dialog(what: str) -> StartDialog | None:
    """The dialog that a thread's `dialog` names, if it is one of the start."""
    return next((dialog for dialog in StartDialog if dialog == what), None)


def is_answerable(dialog: StartDialog) -> bool:
    """Whether the hub has an answer at all."""
    return bool(_KNOWN[dialog].answer)


def cure_of_dialog(what: str) -> str:
    """What a person does about a thread's `dialog` after "`hubctl attach N` and "; empty where the dialog tells."""
    dialog = known_start_dialog(what)
    return _KNOWN[dialog].cure if dialog else _PLAIN.get(what, "")
