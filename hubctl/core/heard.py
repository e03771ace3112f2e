"""By what a prompt is known again: a hook and the transcript both tell of it, and a hub that died hears both once more.

Rule 1: an identity is the worker CLI's own id of the turn and a mark of the text. Neither is enough: a queued prompt has
the id of the turn that runs, and the same nudge may come twice.
Rule 2: times decide nothing. A queued prompt is told of at once by one source and minutes later by the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hubctl.core.delivery_text import as_compared

if TYPE_CHECKING:  # as `hashlib` below: `hubctl status` folds the log, and pays for every import
    from hubctl.core.observations import HookSeen, PromptSeen

ANY = "*"
"""Stands for the turn's id where it is not known: a text that the hub found in the transcript by looking."""
MARK_LENGTH = 16
UNIQUE = ("<task-notification>", "<task-id>")
"""How a prompt begins that is never sent twice, and what names its task: its text alone is its identity. A hook may tell
of it before the transcript says that it waited, under another id."""


def mark(text: str) -> str:
    """The text as far as it counts in a proof, short."""
    import hashlib

    told = as_compared(text).encode(errors="surrogatepass")
    return hashlib.sha256(told).hexdigest()[:MARK_LENGTH]


def mark_of(identity: str) -> str:
    """The mark of the text in an identity."""
    return identity.rpartition(":")[2]


def anywhere(text: str) -> str:
    """The identity of a text that comes once in a thread's life, whatever its turn is."""
    return f"{ANY}:{mark(text)}"


def identities(seen: HookSeen | PromptSeen) -> tuple[str, ...]:
    """All that this prompt may be known by. A hook without an id (older worker CLIs) is known by its time."""
    from hubctl.core.observations import HookSeen

    if seen.prompt.lstrip().startswith(UNIQUE[0]) and UNIQUE[1] in seen.prompt:
        return (anywhere(seen.prompt),)
    if isinstance(seen, HookSeen):
        return (f"{seen.prompt_id or seen.at.isoformat()}:{mark(seen.prompt)}",)
    return tuple(f"{name}:{mark(seen.prompt)}" for name in seen.prompt_ids)


def is_news(seen: HookSeen | PromptSeen, *, heard: Iterable[frozenset[str]], queued: frozenset[str]) -> bool:
    """Nothing has told of this prompt yet. `heard` and `queued` are what the threads remember.

    A hook that tells of a text which had waited in the queue may mean that one, with a later id (2.1.197), or the same
    words typed again: that is left to the transcript, which knows.
    """
    from hubctl.core.observations import HookSeen

    if isinstance(seen, HookSeen) and mark(seen.prompt) in queued:
        return False
    known = {*identities(seen), anywhere(seen.prompt)}
    return all(known.isdisjoint(names) for names in heard)
