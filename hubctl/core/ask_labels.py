"""Which label of a dialog an answer chooses, where only the screen tells of it.

Rules: a label is known by its words. An approval gives leave this once and no more; nothing is chosen that wants words typed.
"""

import re
from collections.abc import Sequence

from hubctl.core.ask_events import AskKind, Decision

_TYPED = re.compile(r"Type something|Tell Claude what to change", re.I)
_PLAIN = {
    (AskKind.PERMISSION, Decision.ALLOW): re.compile(r"Yes$"),
    (AskKind.PERMISSION, Decision.DENY): re.compile(r"No\b"),
    (AskKind.PLAN, Decision.ALLOW): re.compile(r"Yes(, manually approve edits)?$"),
}


def choosable(labels: Sequence[str]) -> tuple[str, ...]:
    """Those that Enter alone chooses."""
    return tuple(label for label in labels if not _TYPED.match(label))


def plain_label(kind: AskKind, labels: Sequence[str], decision: Decision) -> str:
    """The label that says just this Yes or No; empty where there is none, or more than one."""
    pattern = _PLAIN.get((kind, decision))
    found = [label for label in labels if pattern and pattern.match(label)]
    return found[0] if len(found) == 1 else ""


def is_escaped(kind: AskKind, decision: Decision) -> bool:
    """A plan has no No but one that wants words: Esc refuses it."""
    return (kind, decision) == (AskKind.PLAN, Decision.DENY)
