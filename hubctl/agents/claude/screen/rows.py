"""Rows of a captured screen: each character with its style, all other escape codes dropped.

`tmux capture-pane -e` writes a style once and lets it run on across line ends, so the state outlives the row.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import Final

from hubctl.core.vocabulary.values import Struct, replace

_ESCAPE: Final = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f]"
)
_DIGITS: Final = re.compile(r"[0-9]{1,3}")


class Style(Struct, frozen=True, kw_only=True):
    """`ink` and `paper` are the SGR words of the colour (`"5;211"`, `"31"`), None for the terminal's own."""

    ink: str | None = None
    paper: str | None = None
    dim: bool = False
    reverse: bool = False


_PLAIN: Final = Style()
_SWITCHES: Final[dict[str, Callable[[Style], Style]]] = {
    "0": lambda _: _PLAIN,
    "2": lambda style: replace(style, dim=True),
    "22": lambda style: replace(style, dim=False),
    "7": lambda style: replace(style, reverse=True),
    "27": lambda style: replace(style, reverse=False),
    "39": lambda style: replace(style, ink=None),
    "49": lambda style: replace(style, paper=None),
}


class Row(Struct, frozen=True, kw_only=True):
    """One row; `styles` has one entry for each character of `text`."""

    text: str
    styles: tuple[Style, ...]

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def width(self) -> int:
        """Columns, not characters: wide ones count two, combining ones none."""
        text = self.text.rstrip()
        return len(text) if text.isascii() else sum(columns(character) for character in text)

    def style_at(self, index: int) -> Style:
        """The style of a character; past the end the terminal's own."""
        return self.styles[index] if 0 <= index < len(self.styles) else _PLAIN


def columns(character: str) -> int:
    """How many columns a terminal gives to a character."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def parse_rows(ansi: str) -> tuple[Row, ...]:
    """All rows of a capture, the blank ones too; `ansi` without any code gives rows in the plain style."""
    rows: list[Row] = []
    style = _PLAIN
    for line in ansi.split("\n"):
        row, style = _parse_row(line, style)
        rows.append(row)
    return tuple(rows)


def _parse_row(line: str, style: Style) -> tuple[Row, Style]:
    text: list[str] = []
    styles: list[Style] = []
    start = 0
    for code in _ESCAPE.finditer(line):
        text.append(line[start : code.start()])
        styles += [style] * (code.start() - start)
        start = code.end()
        if code["sgr"] is not None:
            style = _restyle(style, code["sgr"])
    text.append(line[start:])
    styles += [style] * (len(line) - start)
    return Row(text="".join(text), styles=tuple(styles)), style


def _restyle(style: Style, codes: str) -> Style:
    words = deque(re.split("[;:]", codes))
    while words:
        word = words.popleft().lstrip("0") or "0"
        switch = _SWITCHES.get(word)
        style = switch(style) if switch else _recolour(style, word, words)
    return style


def _recolour(style: Style, word: str, rest: deque[str]) -> Style:
    if word in ("38", "48"):
        colour = _extended(rest)
        return replace(style, ink=colour) if word == "38" else replace(style, paper=colour)
    if re.fullmatch("3[0-7]|9[0-7]", word):
        return replace(style, ink=word)
    if re.fullmatch("4[0-7]|10[0-7]", word):
        return replace(style, paper=word)
    return style


def _extended(rest: deque[str]) -> str:
    """Takes the words of `5;N` or `2;R;G;B` off the queue."""
    mode = rest.popleft() if rest else ""
    length = {"5": 1, "2": 3}.get(mode, 0)
    return ";".join([mode, *(rest.popleft() for _ in range(min(length, len(rest))))])


def is_coloured(ink: str | None) -> bool:
    """Whether an ink is a colour proper: neither the terminal's own nor black, grey or white.

    The worker CLI writes its notices in grey and its errors in yellow or red; the shades change with the theme.
    """
    if ink is None:
        return False
    numbers = [int(digits) for digits in _DIGITS.findall(ink)]
    match numbers:
        case [5, shade]:
            return _shade_is_coloured(shade)
        case [2, red, green, blue]:
            return max(red, green, blue) - min(red, green, blue) > 32
        case [code]:
            return code % 10 not in (0, 7)
        case _:
            return False


def _shade_is_coloured(shade: int) -> bool:
    """The 256 colours: 16 of the terminal, a cube of 6x6x6, 24 greys."""
    if shade < 16:
        return shade % 8 not in (0, 7)
    if shade > 231:
        return False
    cube = shade - 16
    return len({cube // 36, cube // 6 % 6, cube % 6}) > 1
