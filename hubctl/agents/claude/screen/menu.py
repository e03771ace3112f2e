"""The open choice at the foot of the screen: its labels in order, and the words around them."""

import re
from collections.abc import Iterator, Sequence
from textwrap import dedent
from typing import Final

from hubctl.agents.claude.screen.parts import (
    CURSOR,
    RULE,
    is_ended,
    is_shell_prompt,
    last_row,
    mark_of,
    words,
)
from hubctl.agents.claude.screen.rows import Row, columns
from hubctl.core.vocabulary.values import Struct

_BOX: Final = re.compile(r"^(?:\[[ xX✔✓]\]|[☐☑◻◼])\s+")
_TICK: Final = re.compile(r"\s✔(?=\s|$)")
_ASIDE: Final = re.compile(r"\s{2,}[│┌├└╭╰].*$")
_TOP: Final = re.compile(r"[─━═▔]{8,}\s*$")
_FRAME: Final = re.compile(r"\s{0,4}[─━═╌╍▔]{8,}\s*$")
_TALK: Final = frozenset("●⏺❯>›⎿")
_TAIL: Final = 6
"""Rows below a menu: its hint, wrapped. More is something else's text."""


class Menu(Struct, frozen=True, kw_only=True):
    """An open choice: `ask` is the paragraph over the labels, `hint` all below, `body` every row over the labels.

    `cursor` is the index of the label on which it stands; `many` says that the labels are boxes to tick.
    """

    labels: tuple[str, ...]
    cursor: int
    ask: str
    hint: str
    body: tuple[Row, ...]
    many: bool = False


def find_menu(rows: tuple[Row, ...]) -> Menu | None:
    """The open choice at the foot of the screen: the row under the cursor and its siblings."""
    cursor = last_row(rows, CURSOR)
    found = CURSOR.match(rows[cursor].text) if cursor is not None else None
    if cursor is None or found is None or not _is_cursor(rows[cursor], found):
        return None
    width = _width(rows[:cursor]) or max(row.width for row in rows)
    if found["number"]:
        spots = _numbered(rows, cursor, column=found.start("number"), number=int(found["number"]))
    else:
        spots = _unnumbered(rows, cursor, column=found.end() - 1)
    labels, end = _labels(rows, spots, width)
    if not _is_menu_tail(rows[end:]):
        return None
    body = rows[: spots[0][0]]
    at = [row for row, _ in spots].index(cursor)
    many = any(_BOX.match(rows[row].text[column:]) for row, column in spots)
    return Menu(labels=labels, cursor=at, ask=_paragraph(body), hint=words(rows[end:]), body=body, many=many)


def _width(rows: Sequence[Row]) -> int:
    """The pane's, as the nearest rule shows it; 0 without one."""
    return next((row.width for row in reversed(rows) if RULE.match(row.text)), 0)


def _is_cursor(row: Row, found: re.Match[str]) -> bool:
    """An echo of a prompt also starts with `❯ `: it has a background and no place for a number before it."""
    marker = row.style_at(len(found["pad"]))
    return marker.paper is None and bool(found["pad"] or found["number"])


def _is_menu_tail(rows: Sequence[Row]) -> bool:
    filled = [row for row in rows if not row.blank]
    foreign = any(is_shell_prompt(row) or is_ended(row) or mark_of(row) in _TALK for row in filled)
    return len(filled) <= _TAIL and not foreign


_Spot = tuple[int, int]  # row, column of the label


def _numbered(rows: Sequence[Row], cursor: int, *, column: int, number: int) -> list[_Spot]:
    """Labels whose numbers count on from the cursor's, up and down, in the same column."""
    up = list(_count(rows, range(cursor - 1, -1, -1), column, range(number - 1, 0, -1)))
    down = list(_count(rows, range(cursor, len(rows)), column, range(number, 100)))
    return [*reversed(up), *down]


def _count(rows: Sequence[Row], order: range, column: int, numbers: range) -> Iterator[_Spot]:
    wanted = iter(numbers)
    number = next(wanted, None)
    for index in order:
        text = rows[index].text
        label = re.compile(rf"{number}\.\s*(?=\S)").match(text, column) if number else None
        if label and not text[:column].strip(" ❯"):
            yield index, label.end()
            number = next(wanted, None)


def _unnumbered(rows: Sequence[Row], cursor: int, *, column: int) -> list[_Spot]:
    spots = [(cursor, column)]
    for step in (-1, 1):
        index = cursor + step
        while 0 <= index < len(rows) and not rows[index].blank and not rows[index].text[:column].strip():
            if not rows[index].text[column : column + 1].isspace():
                spots.append((index, column))
            index += step
    return sorted(spots)


def _labels(rows: Sequence[Row], spots: Sequence[_Spot], width: int) -> tuple[tuple[str, ...], int]:
    """The labels, wrapped ones made whole, and the first row after them."""
    labels: list[str] = []
    end = 0
    for (index, column), (limit, _) in zip(spots, [*spots[1:], (len(rows), 0)], strict=True):
        text = rows[index].text[column:]
        end = index + 1
        while end < limit and _continues(rows[end - 1], rows[end], column, width):
            text += ("" if rows[end - 1].width >= width - 1 else " ") + rows[end].text.strip()
            end += 1
        while end < limit and not rows[end].blank and rows[end].text.startswith(" " * column):
            end += 1
        labels.append(_clean(text))
    return tuple(labels), end


def _continues(row: Row, following: Row, column: int, width: int) -> bool:
    """A wrapped label goes on at its column in its ink, and its next word had no room; a description differs."""
    rest = following.text[column:]
    if following.blank or following.text[:column].strip() or rest.startswith(" "):
        return False
    same_ink = following.style_at(column).ink == row.style_at(len(row.text.rstrip()) - 1).ink
    return same_ink and row.width + 1 + sum(map(columns, rest.split()[0])) > width - 1


def _clean(label: str) -> str:
    return _TICK.sub("", _ASIDE.sub("", _BOX.sub("", label.strip()))).strip()


def _paragraph(rows: Sequence[Row]) -> str:
    """The last paragraph of rows, up to a blank row or a rule."""
    found: list[Row] = []
    for row in reversed(rows):
        if RULE.match(row.text) or (row.blank and found):
            break
        if not row.blank:
            found.append(row)
    return words(found[::-1])


def titles(rows: Sequence[Row]) -> tuple[str, ...]:
    """The first words below each rule: where a dialog says what it is."""
    below = [i + 1 for i, row in enumerate(rows) if RULE.match(row.text)]
    return tuple(words([row for row in rows[start : start + 4] if not row.blank][:1]) for start in below)


def lines_over(body: Sequence[Row], *, whole: bool = False) -> str:
    """What a dialog says over its labels, line by line; `…` first where its beginning is not on the screen.

    It begins below the last rule in the first column, where a worker's words never stand: one that they draw hides nothing.
    """
    top = next((i for i in reversed(range(len(body))) if _TOP.match(body[i].text)), None)
    start = 0 if whole or top is None else top + 1
    lines = [row.text.rstrip() for row in body[start:] if not _FRAME.match(row.text)]
    said = dedent("\n".join(lines)).strip("\n")
    return said if whole or top is not None else f"…\n{said}"
