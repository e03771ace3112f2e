"""By what a prompt is known again: a hook and the transcript both tell of it, and a hub that died hears both once more.

Rule 1: an identity is the worker CLI's own id of the turn and a mark of the text. Neither is enough: a queued prompt has
the id of the turn that runs, and the same nudge may come twice.
Rule 2: times decide nothing. A queued prompt is told of at once by one source and minutes later by the other.
"""

from __future__ import annotations

from hubctl.core.vocabulary.pasteable import as_compared
from hubctl.core.vocabulary.text import fingerprint

ANY = "*"
"""Stands for the turn's id where it is not known: a text that the hub found in the transcript by looking."""


def mark(text: str) -> str:
    """The text as far as it counts in a proof, short."""
    return fingerprint(as_compared(text))


def mark_of(identity: str) -> str:
    """The mark of the text in an identity."""
    return identity.rpartition(":")[2]


def anywhere(text: str) -> str:
    """The identity of a text that comes once in a thread's life, whatever its turn is."""
    return f"{ANY}:{mark(text)}"
