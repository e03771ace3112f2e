"""The parts of the worker CLI's screen: its composer, and the entries of the conversation above.

Where a thing stands is worth more than what it says: a worker's words are always indented, so a mark in the first
column, the rows below the composer and the rows around a menu's labels are the CLI's own.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from hubctl.agents.claude.screen import phrases
from hubctl.agents.claude.screen.rows import Row, Style, columns
from hubctl.core.vocabulary.values import Struct

_PROMPT: Final = re.compile("[❯>!]\u00a0")  # the no-break space: echoes and menus have a plain one
_CLOSING: Final = re.compile(r"[─━═]{8,}(?:$|.{0,80}[─━═]$)")
RULE: Final = re.compile(r"\s{0,4}[─━═╌╍▔]{8,}")
CURSOR: Final = re.compile(r"(?P<pad>\s*)❯ (?P<gap>\s*)(?:(?P<number>[0-9]{1,2})\.\s*)?\S")

_SHELL: Final = re.compile(
    r"(?:\([\w.-]+\) ?)?(?:\[?[\w.-]+@[\w.-]+[^$#%]{0,120}|[A-Za-z][\w.-]{0,40})?[$#%](?:\s|$)"
)

_ENDED: Final = re.compile(r"Pane is dead\b|Resume this session with|claude (?:--resume|-r) [0-9a-f-]{8}")

_ELSEWHERE: Final = re.compile(  # the footer says that the keys go elsewhere: a list, a search, a button
    r"\benter to (?:select|confirm|continue|submit|view|manage|open)\b|[↑↓] to (?:navigate|select)|\bsearch prompts:",
    re.I,
)

_RESULT: Final = re.compile(r"\s{1,6}⎿[\s\u00a0]*")
_HEAD: Final = re.compile(r"(?P<mark>[^\w\s])[ \u00a0]+|(?P<bare>[●⏺])$")


class Composer(Struct, frozen=True, kw_only=True):
    """`above` are the rows over it, `draft` what was typed, `suggestion` the dim text in it, `footer` all below it."""

    above: tuple[Row, ...]
    draft: str | None
    suggestion: str
    footer: tuple[Row, ...]


class Paragraph(Struct, frozen=True, kw_only=True):
    """A paragraph of the conversation: its mark (`❯ ● ✻ ⎿`, empty when cut off) and the inks of mark and words.

    `head` is the mark of the entry that a `⎿` hangs under, else its own. `plain` says that the whole capture has no
    colour, so that inks prove nothing.
    """

    mark: str
    head: str
    text: str
    mark_ink: str | None
    ink: str | None
    plain: bool


def is_shell_prompt(row: Row) -> bool:
    """A shell writes in the first column, where nothing of a living worker's foot starts."""
    return _SHELL.match(row.text) is not None


def is_ended(row: Row) -> bool:
    """What the CLI or tmux writes when the process has ended, in the first column."""
    return _ENDED.match(row.text) is not None


def words(rows: Sequence[Row]) -> str:
    """The rows as one line, so that a phrase is found wherever the pane broke it."""
    return " ".join(" ".join(row.text for row in rows).split())


def find_composer(rows: tuple[Row, ...]) -> Composer | None:
    """The lowest composer, if it is whole and nothing but its own footer stands below it."""
    start = last_row(rows, _PROMPT)
    if start is None or not (start == 0 or _CLOSING.match(rows[start - 1].text)):
        return None
    end = next((i for i in range(start + 1, len(rows)) if not _is_draft_row(rows[i])), None)
    if end is None or not _CLOSING.match(rows[end].text):
        return None
    draft, suggestion = _read_draft(rows[start:end], rows[end].width)
    footer = rows[end + 1 :]
    if not _is_footer(footer, menu_open=_opens_menu(draft or "")):
        return None
    return Composer(above=rows[: max(start - 1, 0)], draft=draft, suggestion=suggestion, footer=footer)


def _opens_menu(draft: str) -> bool:
    """Commands and files are offered below the composer while they are typed."""
    return draft.startswith("/") or "@" in draft


def last_row(rows: Sequence[Row], pattern: re.Pattern[str]) -> int | None:
    """The index of the lowest row that starts with the pattern."""
    return next((i for i in reversed(range(len(rows))) if pattern.match(rows[i].text)), None)


def _is_draft_row(row: Row) -> bool:
    return row.blank or row.text.startswith("  ")


def _is_footer(rows: Sequence[Row], *, menu_open: bool) -> bool:
    """A dialog, a shell or a new start below the composer makes it a leftover."""
    for row in rows:
        if CURSOR.match(row.text) or is_ended(row) or is_shell_prompt(row) or _CLOSING.match(row.text):
            return False
        if not menu_open and not _is_draft_row(row):
            return False
    return _ELSEWHERE.search(words(rows)) is None


def _read_draft(rows: Sequence[Row], width: int) -> tuple[str | None, str]:
    """What was typed, and what is only suggested: dim, its first letter under the cursor in reverse."""
    shown = [style for row in rows for style in _visible(row)]
    typed = [style for style in shown if not style.dim and not style.reverse]
    if not typed and any(style.dim for style in shown):
        return None, words([Row(text=row.text[2:], styles=row.styles[2:]) for row in rows])
    lines = ["".join(_typed(row)).rstrip().replace("\u00a0", " ") for row in rows]
    # In shell mode the mark itself was typed: whatever is sent now would run in the shell.
    mode = rows[0].text[0].strip("❯>")
    return (mode + _unwrap(lines, width).strip()) or None, ""


def _visible(row: Row) -> Iterator[Style]:
    for index in range(2, len(row.text)):
        if not row.text[index].isspace():
            yield row.styles[index]


def _typed(row: Row) -> Iterator[str]:
    for index in range(2, len(row.text)):
        style = row.styles[index]
        ghost = style.dim or (style.reverse and row.style_at(index + 1).dim)
        yield " " if ghost else row.text[index]


def _unwrap(lines: Sequence[str], width: int) -> str:
    """Joins what the pane broke: a break that the width did not force was typed."""
    text = lines[0] if lines else ""
    for line, following in pairwise(lines):
        text += _joint(line, following, width - 2) + following
    return text


def _joint(line: str, following: str, width: int) -> str:
    used = sum(map(columns, line))
    word = following.split(" ", 1)[0]
    if used >= width - 1 and word:
        return ""
    return " " if word and used + 1 + sum(map(columns, word)) > width - 1 else "\n"


def entries(rows: Sequence[Row]) -> tuple[Paragraph, ...]:
    """The conversation over a composer or a dialog, oldest first; what is typed by the user keeps its `❯`."""
    groups: list[tuple[str, str, list[Row]]] = []
    width = max((row.width for row in rows), default=0)
    for row in rows:
        mark = mark_of(row)
        if mark:
            head = groups[-1][1] if mark == "⎿" and groups else mark
            groups.append((mark, head, [row]))
        elif not row.text.startswith(" ") and not row.blank:
            groups.append(("", "", [row]))
        elif groups and not _is_corner(row, width):
            groups[-1][2].append(row)
    plain = not any(style.ink for row in rows for style in row.styles)
    return tuple(_entry(mark, head, group, plain=plain) for mark, head, group in groups)


def mark_of(row: Row) -> str:
    """The mark that opens an entry, else nothing; a `⎿` on a background was typed by the user."""
    result = _RESULT.match(row.text)
    if result and row.style_at(row.text.index("⎿")).paper is None:
        return "⎿"
    head = _HEAD.match(row.text)
    return (head["mark"] or head["bare"]) if head else ""


def _is_corner(row: Row, width: int) -> bool:
    """Words at the right edge (`● high · /effort`) belong to the frame."""
    indent = len(row.text) - len(row.text.lstrip())
    return indent > 2 and indent * 2 >= width


def _entry(mark: str, head: str, rows: list[Row], *, plain: bool) -> Paragraph:
    text = rows[0].text
    opening = _RESULT.match(text) if mark == "⎿" else _HEAD.match(text)
    start = opening.end() if opening else 0
    first = Row(text=text[start:], styles=rows[0].styles[start:])
    return Paragraph(
        mark=mark,
        head=head,
        text=words([first, *rows[1:]]),
        mark_ink=rows[0].style_at(text.index(mark)).ink,
        ink=rows[0].style_at(start).ink,
        plain=plain,
    )


def background(composer: Composer, talk: Sequence[Paragraph], *, working: bool) -> int:
    """The footer counts shells, or all tasks, and lists agents; a turn's own agents are listed, but not behind it."""
    footer = words(composer.footer[:3])
    agents = [found[1] for found in (phrases.AGENT_ROW.match(row.text) for row in composer.footer) if found]
    behind = [agent for agent in agents if not (working and _in_foreground(agent, talk))]
    return max(_sum(phrases.TASKS.findall(footer)), _sum(phrases.SHELLS.findall(footer)) + len(behind))


def _in_foreground(agent: str, talk: Sequence[Paragraph]) -> bool:
    """An agent that the turn waits for shows its steps under its call; one sent behind says so there."""
    calls = [
        i for i, entry in enumerate(talk) if entry.mark in phrases.SPEAKERS and f"({agent})" in entry.text
    ]
    return bool(calls) and not any(
        phrases.BACKGROUNDED.match(entry.text) for entry in talk[calls[-1] + 1 :][:1]
    )


def left_running(talk: Sequence[Paragraph]) -> int:
    """A dialog hides the footer; what the last turn left running stands in the line that closed it."""
    closing = next(
        (entry for entry in reversed(talk) if entry.mark in phrases.SPEAKERS | phrases.SPINNER), None
    )
    if closing is None or closing.mark not in phrases.SPINNER:
        return 0
    return _sum(phrases.WAITS_FOR.findall(closing.text)) + _sum(phrases.STILL_RUNNING.findall(closing.text))


def _sum(counts: Sequence[str]) -> int:
    return sum(int(count) for count in counts)
