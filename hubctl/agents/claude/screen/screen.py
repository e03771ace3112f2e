"""Reads a worker's screen: what it shows, never what it means to say.

Rules:
- The foot decides. A whole composer with its footer, or an open menu, stands below everything a worker can print;
  what is quoted above it is conversation.
- A screen is idle only if a composer proves it. Without one it is a dialog, gone, or unknown.
- Words are matched, not lines, for panes wrap; known words only where the worker CLI alone can write.
- The title is the worker's words: it is reported, and decides nothing.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

from hubctl.agents.claude.screen import parts, phrases
from hubctl.agents.claude.screen.menu import Menu, find_menu, lines_over, titles
from hubctl.agents.claude.screen.phrases import retry_seconds
from hubctl.agents.claude.screen.rows import Row, is_coloured, parse_rows
from hubctl.agents.claude.screen.start_dialogs import StartDialog, find_start_dialog
from hubctl.core.vocabulary.values import Struct, replace


class ScreenView(StrEnum):
    """What a screen shows at this moment; finer than `View`, which is believed from all sources."""

    BUSY = "busy"
    """a turn in progress: spinner, tool, stream, compaction, Stop hook"""
    RETRYING = "retrying"
    """a turn that waits for an API retry, and says so"""
    IDLE = "idle"
    ERROR = "error"
    """the composer is ready; the last thing is an API error or a refusal"""
    LIMIT = "limit"
    """the last thing is a usage limit of the plan, as text or as its choice dialog"""
    LOGIN = "login"
    PERMISSION = "permission"
    QUESTION = "question"
    PLAN = "plan"
    DIALOG = "dialog"
    """any other blocking dialog, also one that no rule knows"""
    GONE = "gone"
    """no living UI: the shell prompt is back, leftovers may stand around it"""
    UNKNOWN = "unknown"


class Screen(Struct, frozen=True, kw_only=True):
    """One reading.

    `draft` is text typed and not sent; `background` counts the shells and agents that run behind a free composer or a
    dialog; `resets` is the reset time as the screen words it; `options` are the labels of the open menu, in order, and
    `cursor` the index of the one it stands on; `start` names a dialog of the worker CLI's start;
    `anchors` are the words that decided, for bug reports; `composer` says that a living composer is on screen;
    `retry_seconds` is the wait before an API retry that the screen announces; `text` is what a dialog says over its
    labels, and `many` says that these are boxes to tick.
    """

    view: ScreenView
    draft: str | None = None
    background: int = 0
    resets: str | None = None
    options: tuple[str, ...] = ()
    cursor: int | None = None
    start: StartDialog | None = None
    anchors: tuple[str, ...] = ()
    composer: bool = False
    retry_seconds: int | None = None
    text: str = ""
    many: bool = False


_ANCHOR: Final = 100  # characters: a bug report needs the words, not the paragraph
_FOOT: Final = 12  # rows: without a composer or a menu only the foot is believed
_Verdict = tuple[ScreenView, str]  # the view and its anchor


def parse_screen(ansi: str, *, title: str | None = None) -> Screen:
    """Reads the text of `tmux capture-pane -e -p`; any text at all gives a reading.

    Without colour codes a dim suggestion looks like a draft, and is read as one. The window's `title` is added to the
    anchors and changes nothing else.
    """
    rows = parse_rows(ansi)
    while rows and rows[-1].blank:
        rows = rows[:-1]
    screen = _read(rows)
    heard = (f"title: {title}",) if title else ()
    return replace(screen, anchors=tuple(anchor[:_ANCHOR] for anchor in (*screen.anchors, *heard)))


def _read(rows: tuple[Row, ...]) -> Screen:
    if not rows:
        return Screen(view=ScreenView.UNKNOWN)
    if parts.is_shell_prompt(rows[-1]) or parts.is_ended(rows[-1]):
        return Screen(view=ScreenView.GONE, anchors=(rows[-1].text.strip(),))
    composer = parts.find_composer(rows)
    if composer:
        return _read_composer(composer)
    menu = find_menu(rows)
    if menu:
        return _read_menu(menu)
    return _read_rest(rows)


def _read_composer(composer: parts.Composer) -> Screen:
    talk = parts.entries(composer.above)
    footer = parts.words(composer.footer)
    view, anchor = _turn(talk, footer) or _foot(footer) or _outcome(talk, composer.suggestion)
    return Screen(
        view=view,
        draft=composer.draft,
        background=parts.background(composer, talk, working=view in (ScreenView.BUSY, ScreenView.RETRYING)),
        resets=_resets(talk, composer.footer) if view is ScreenView.LIMIT else _resets((), composer.footer),
        anchors=(anchor,),
        composer=True,
        retry_seconds=_announced(talk),
    )


def _turn(talk: Sequence[parts.Paragraph], footer: str) -> _Verdict | None:
    """A turn in progress: the spinner is the last thing said, or Esc would interrupt."""
    spinner = _spinner(talk)
    retry = spinner and _retry(talk, spinner)
    if retry:
        return ScreenView.RETRYING, retry
    if spinner:
        return ScreenView.BUSY, spinner.text
    interrupt = phrases.INTERRUPT.search(footer)
    return (ScreenView.BUSY, interrupt[0]) if interrupt else None


def _retry(talk: Sequence[parts.Paragraph], spinner: parts.Paragraph) -> str:
    """What the spinner says of a retry; older versions say it right above, at the end of the error."""
    if phrases.RETRY.search(spinner.text):
        return spinner.text
    above = next((over for entry, over in pairwise(reversed(talk)) if entry is spinner), spinner)
    told = phrases.RETRY_TOLD.search(above.text) if above.mark == "⎿" else None
    return told[0] if told else ""


def _announced(talk: Sequence[parts.Paragraph]) -> int | None:
    """The living spinner alone is believed: what stands above it may be a tool's output."""
    spinner = _spinner(talk)
    return retry_seconds(spinner.text) if spinner and phrases.RETRY.search(spinner.text) else None


def _spinner(talk: Sequence[parts.Paragraph]) -> parts.Paragraph | None:
    """The living spinner; only its own tips and queued messages may stand below it."""
    for entry in reversed(talk):
        if entry.mark in phrases.SPINNER:
            alive = "…" in entry.text or phrases.RETRY.search(entry.text)
            return entry if alive and not phrases.ENDED_TURN.match(entry.text) else None
        if entry.head not in phrases.ECHOES and entry.head not in phrases.SPINNER:
            return None
    return None


def _foot(footer: str) -> _Verdict | None:
    """States that stand below the composer until they end."""
    limit = phrases.FOOT_LIMIT.search(footer)
    if limit:
        return ScreenView.LIMIT, limit[0]
    login = phrases.LOGIN.search(footer)
    return (ScreenView.LOGIN, login[0]) if login else None


def _outcome(talk: Sequence[parts.Paragraph], suggestion: str) -> _Verdict:
    """How the last turn ended, by the newest entry that tells."""
    for entry in reversed(_last_block(talk)):
        if entry.text.startswith("Interrupted"):
            return ScreenView.IDLE, entry.text
        verdict = _failure(entry)
        if verdict:
            return verdict
    if phrases.RESEND.search(suggestion):
        return ScreenView.ERROR, suggestion
    return ScreenView.IDLE, "❯"


def _last_block(talk: Sequence[parts.Paragraph]) -> Sequence[parts.Paragraph]:
    """The last thing said with all that hangs under it; the lines that close a turn are passed over."""
    said = [entry for entry in talk if entry.head not in phrases.SPINNER]
    start = next((i for i in reversed(range(len(said))) if said[i].mark != "⎿"), 0)
    return said[start:]


def _failure(entry: parts.Paragraph) -> _Verdict | None:
    if entry.mark not in phrases.SAYINGS:
        return None
    if phrases.LIMIT.match(entry.text) and (_is_loud(entry) or _is_notice(entry)):
        return ScreenView.LIMIT, entry.text
    if phrases.BARE_ERROR.match(entry.text) and entry.mark != "⎿":
        return ScreenView.ERROR, entry.text
    if not _is_loud(entry):
        return None
    if phrases.LOGIN.match(entry.text) or phrases.RUN_LOGIN.search(entry.text):
        return ScreenView.LOGIN, entry.text
    unknown = entry.mark != "⎿" and not entry.plain  # a tool's own errors are red too, and hang under it
    return (ScreenView.ERROR, entry.text) if unknown or phrases.ERROR.match(entry.text) else None


def _is_loud(entry: parts.Paragraph) -> bool:
    """Whether the CLI complains: coloured words, which under a `●` share its ink as a model's answer never does.

    Where the capture has no colour at all nobody can tell, and the words are believed.
    """
    return entry.plain or (is_coloured(entry.ink) and (entry.mark == "⎿" or _is_notice(entry)))


def _is_notice(entry: parts.Paragraph) -> bool:
    """Whether the CLI speaks: mark and words in one ink, grey for news."""
    return entry.mark != "⎿" and entry.ink is not None and entry.ink == entry.mark_ink


def _resets(talk: Sequence[parts.Paragraph], footer: Sequence[Row] = ()) -> str | None:
    """The reset time of the newest limit, which has its zone; else the footer's warning, which may lack it."""
    limits = [entry.text for entry in reversed(talk) if phrases.LIMIT.match(entry.text) and _is_loud(entry)]
    found = (phrases.RESETS.search(text) for text in (*limits, *(row.text for row in footer)))
    return next((match[1].strip() for match in found if match), None)


def _read_menu(menu: Menu) -> Screen:
    talk = parts.entries(menu.body)
    view, anchor = _menu_view(menu)
    return Screen(
        view=view,
        background=parts.left_running(talk),
        resets=_resets(talk) if view is ScreenView.LIMIT else None,
        options=menu.labels,
        cursor=menu.cursor,
        start=find_start_dialog(menu),
        anchors=(anchor,),
        text=lines_over(menu.body, whole=view is ScreenView.PLAN),
        many=menu.many,
    )


def _menu_view(menu: Menu) -> _Verdict:
    """What stands next to the labels is the CLI's own; what stands farther up may be a worker's text."""
    choices = " / ".join(menu.labels)
    heads = " / ".join(titles(menu.body)[-3:])
    head = heads.rpartition(" / ")[2]
    tests: tuple[tuple[re.Pattern[str], str, ScreenView], ...] = (
        (phrases.QUESTION_CHOICE, choices, ScreenView.QUESTION),
        (phrases.QUESTION_HEAD, head, ScreenView.QUESTION),
        (phrases.PLAN_ASK, menu.ask, ScreenView.PLAN),
        (phrases.PLAN_CHOICE, choices, ScreenView.PLAN),
        (phrases.PLAN_ASK, head, ScreenView.PLAN),
        (phrases.AMEND_HINT, menu.hint, ScreenView.PERMISSION),
        (phrases.LIMIT_CHOICE, choices, ScreenView.LIMIT),
        (phrases.LOGIN_DIALOG, f"{menu.ask} / {heads}", ScreenView.LOGIN),
        (phrases.CONFIRM_HINT, menu.hint, ScreenView.DIALOG),
        (phrases.LEAVE_ASK, menu.ask, ScreenView.PERMISSION),
        (phrases.QUESTION_HEAD, menu.ask, ScreenView.QUESTION),
        (phrases.PLAN_ASK, heads, ScreenView.PLAN),
    )
    for pattern, text, view in tests:
        found = pattern.search(text)
        if found:
            return view, found[0]
    return ScreenView.DIALOG, choices


def _read_rest(rows: tuple[Row, ...]) -> Screen:
    """Neither a composer nor a menu: a shell over leftovers, a dialog without labels, or nothing that is known."""
    foot = [row for row in rows if not row.blank][-_FOOT:]
    ended = next(
        (row.text.strip() for row in foot if parts.is_shell_prompt(row) or parts.is_ended(row)), None
    )
    if ended:
        return Screen(view=ScreenView.GONE, anchors=(ended,))
    login = phrases.LOGIN_DIALOG.search(parts.words(foot))
    if login:
        return Screen(view=ScreenView.LOGIN, anchors=(login[0],))
    hint = phrases.KEY_HINT.search(parts.words(foot[-4:]))
    if hint:
        asks = "requests your input" in parts.words(foot)
        view = ScreenView.QUESTION if asks else ScreenView.DIALOG
        return Screen(view=view, anchors=(hint[0],), text=lines_over(foot))
    return Screen(view=ScreenView.UNKNOWN)
