"""The hub's own marks in texts on GitHub: HTML comments, which nobody sees, at the end of what the hub wrote.

Rule: a mark is believed only where the hub's login is the author. Anybody can write one.
"""

import re
from urllib.parse import quote, unquote

LONGEST_BODY = 65_536
LONGEST_TITLE = 256
CUT = "\n\n(cut here: GitHub takes no longer text)"
STICKY = "<!-- hub:sticky -->"
"""The first line of the one comment of the hub."""
LINKS = "<!-- hub:links -->"
"""In that comment, what follows it names the links that the server has no place for."""

# Anywhere, and with any line ends: people edit what the hub wrote, and browsers send CR LF.
_OP = re.compile(r"(?:\r?\n)*<!-- hub-op: (?P<nonce>[^ ]+)(?: part-of: (?P<parent>\d+))? -->[ \r\n]*")


def signed(text: str, *, nonce: str, parent: int = 0) -> str:
    """The body as it is sent: what was meant, cut to GitHub's length, and the mark."""
    part = f" part-of: {parent}" if parent else ""
    return f"{_cut(text, 300 + len(nonce) * 3)}\n\n<!-- hub-op: {_coded(nonce)}{part} -->"


def unsigned(body: str) -> str:
    """The body without the mark."""
    found = _mark(body)
    if found is None:
        return body
    before, after = body[: found.start()], body[found.end() :]
    return f"{before}\n\n{after}" if before and after else before + after


def nonce_of(body: str) -> str:
    found = _mark(body)
    return unquote(found["nonce"]) if found else ""


def parent_of(body: str) -> int:
    found = _mark(body)
    return int(found["parent"] or 0) if found else 0


def _mark(body: str) -> "re.Match[str] | None":
    """The last one: the text before it may quote another."""
    return max(_OP.finditer(body), key=lambda found: found.start(), default=None)


def title(text: str) -> str:
    return sendable(text)[:LONGEST_TITLE] or "(no title)"


def sticky(text: str, links: str = "") -> str:
    """The hub's comment: what it says, and the links that have no other place."""
    shown = f"{STICKY}\n{_cut(text, 2_000)}"
    return f"{shown}\n\n{LINKS}\n{links[:1_500]}" if links else shown


def links_of(comment: str) -> str:
    return comment.partition(f"{LINKS}\n")[2]


def sendable(text: str) -> str:
    """Without what JSON or GitHub cannot hold: halves of surrogate pairs, and NUL."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


def _cut(text: str, room: int) -> str:
    text = sendable(text)
    return text if len(text) + room <= LONGEST_BODY else text[: LONGEST_BODY - room - len(CUT)] + CUT


def _coded(nonce: str) -> str:
    """No space, and no two hyphens, which end an HTML comment."""
    return quote(nonce, safe=":", errors="replace").replace("-", "%2D") or "-"
