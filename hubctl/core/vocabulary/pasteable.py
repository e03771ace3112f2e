"""Which text may be typed into a worker, and how it is known again when the worker reports it.

Rules, each measured (docs/facts/claude-code.md#delivery-of-text): text that is not `clean` arrives changed, so that no
report of it can ever equal it; text that is `unsafe` runs as a command, ends the worker or is never submitted; text
that does not `fits` is folded by the composer and reported inside a wrapper. A proof is equality, never resemblance.
"""

import re
import unicodedata

LONGEST_LINES = 3
LONGEST_UNITS = 700
"""The composer folds a paste of 4 lines, or of more than 800 UTF-16 units; the rest is a margin."""
EXIT_WORDS = frozenset({"exit", "quit", ":q", ":q!", ":wq", ":wq!"})
JOINER = "\u200d"
"""The zero-width joiner: emoji need it, so it is sent, yet some versions drop it: it counts for nothing in a proof."""
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_TAG = re.compile(r"<\s*/?\s*pasted_content", re.IGNORECASE)
"""2.1.329 turns `</pasted_content>` into `<\\/pasted_content>` before the model sees it."""
_WRAPPED = re.compile(r"\s*<pasted_content(?: [^>]*)?>\n?(.*?)\n?</pasted_content(?: [^>]*)?>\s*", re.DOTALL)


def clean(text: str) -> str:
    """The text as the worker will report it: composed (NFC), without control or invisible characters and outer blanks.

    An escape character would end the paste, and what follows it would be typed as keys. Cleaning twice changes nothing.
    """
    lines = _LINE_ENDS.sub("\n", text).replace("\t", "    ")
    kept = (each for each in lines if each in ("\n", JOINER) or unicodedata.category(each) not in _DROPPED)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def unsafe(text: str) -> str:
    """Why this text must not be pasted as a prompt; empty when it may."""
    if not text.strip():
        return "there is nothing to send"
    if text != clean(text):
        return "it holds characters that the worker changes or takes for keys"
    if _TAG.search(text):
        return "it holds the mark of a long paste, which the worker changes"
    if text[0] in "/!":
        return "it would run as a command"
    if text.casefold() in EXIT_WORDS:
        return "this word alone ends the worker"
    if text.endswith("\\"):
        return "after a backslash Enter makes a new line and submits nothing"
    return ""


def fits(text: str) -> bool:
    """The composer shows this text as it is; longer text belongs into a file that the prompt points at."""
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return text.count("\n") < LONGEST_LINES and units <= LONGEST_UNITS


def same_prompt(sent: str, seen: str) -> bool:
    """`seen` is what the worker says it was told: the same words, possibly inside the wrapper for long pastes."""
    return _compared(sent) in (_compared(seen), as_compared(seen))


def as_compared(seen: str) -> str:
    """What a reported prompt is compared by, out of the wrapper for long pastes."""
    wrapped = _WRAPPED.fullmatch(seen)
    return _compared(wrapped[1] if wrapped else seen)


def _compared(text: str) -> str:
    return clean(text.replace(JOINER, ""))
