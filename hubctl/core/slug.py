"""The readable half of a branch's name."""

import re
import unicodedata

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
