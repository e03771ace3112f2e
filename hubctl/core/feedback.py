"""What a command said last, fit to be shown to a worker."""

import re
import unicodedata

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
