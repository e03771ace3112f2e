"""How a wrong word and the right ones are shown to the person who wrote it, and how anybody's words are quoted."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_SHOWN = 60
LONGEST_QUOTED = 300


def shown(word: object) -> str:
    """The word in backticks, on one line, cut when long; what a terminal would obey is escaped."""
    try:
        text = str(word)
    except ValueError:
        text = "a number of thousands of digits"  # 0xfff... is read without a limit, and printed with one
    cut = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
    return f"`{''.join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)}`"


def right_words(word: str, words: Iterable[str]) -> str:
    """What to write instead: the nearest of `words` if one is near, then all of them, sorted."""
    known = sorted(set(words))
    if not known:
        return "there are none to choose from"
    every = ", ".join(map(shown, known))
    near = get_close_matches(word[:LONGEST_SHOWN], known, n=1)
    return (
        f"write {shown(near[0])} (known: {every})" if near and len(known) > 1 else f"write {_either(known)}"
    )


def _either(known: list[str]) -> str:
    *most, last = map(shown, known)
    return f"{', '.join(most)} or {last}" if most else last


def in_line(text: str) -> str:
    """Somebody's words in the hub's own comment: on one line, calling nobody, and no mark of the hub."""
    one = " ".join(text.split()).replace("|", "\\|").replace("@", "@\N{ZERO WIDTH SPACE}")
    return one.replace("<!--", "<!\N{ZERO WIDTH SPACE}--").replace("-->", "--\N{ZERO WIDTH SPACE}>")[
        :LONGEST_QUOTED
    ]
