"""Plain text: how a wrong word and the right ones are shown to the person who wrote it, how words are quoted and cut."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_SHOWN = 60
LONGEST_QUOTED = 300


def escaped(text: str) -> str:
    """On one line; control characters, zero-width and bidirectional ones as they are written in Python."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def escaped_lines(text: str) -> list[str]:
    """The lines of a text, each escaped. Only a line feed parts them."""
    return [escaped(line) for line in text.replace("\t", "    ").split("\n")]


def shown(word: object) -> str:
    """The word in backticks, on one line, cut when long; what a terminal would obey is escaped."""
    try:
        text = str(word)
    except ValueError:
        text = "a number of thousands of digits"  # 0xfff... is read without a limit, and printed with one
    cut = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
    return f"`{escaped(cut)}`"


def right_words(word: str, words: Iterable[str]) -> str:
    """What to write instead: the nearest of `words` if one is near, then all of them, sorted."""
    known = sorted(set(words))
    if not known:
        return "there are none to choose from"
    every = ", ".join(map(shown, known))
    from difflib import get_close_matches  # on use, as hashlib below: every verb imports this file

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


# CSI, OSC (ended by BEL or ST) and the two-character escapes of ECMA-48, in this order.
# One that never ends takes its line along, not the rest of the text.
ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]")

# Control, format (a bidirectional override turns a sentence round), surrogates, and what breaks lines.
UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def last_words(text: str, lines: int, characters: int) -> str:
    """The last non-empty lines, without escapes and control characters; the end survives a cut, marked by `…`.

    Of a line that was overwritten with carriage returns (a progress bar) the last state stands.
    """
    spoken = [line for line in map(_plain, re.split(r"\r?\n", ESCAPE.sub("", text))) if line]
    said = "\n".join(spoken[-lines:]) if lines > 0 else ""
    if len(said) <= characters:
        return said
    return ("…" + said[len(said) - characters + 1 :].lstrip()) if characters > 0 else ""


def _plain(line: str) -> str:
    shown = line.rstrip("\r").rpartition("\r")[2].replace("\t", " ")
    kept = (sign for sign in shown if unicodedata.category(sign) not in UNSHOWN)
    return "".join(kept).strip()


LONGEST = 40


def slug(title: str) -> str:
    """Lower-case ASCII words joined by `-`, at most 40 characters; `work` where the title leaves nothing.

    Accents go, letters without a Latin base go altogether; a cut falls between words where it can.
    """
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"['`]", "", plain.lower()))
    made = ""
    for word in words:
        longer = f"{made}-{word}" if made else word[:LONGEST]
        if len(longer) > LONGEST:
            break
        made = longer
    return made or "work"


def fingerprint(text: str, digits: int = 16) -> str:
    """The first hex digits of its SHA-256; defined for every text, also for one that cannot be stored."""
    from hashlib import sha256

    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:digits]
