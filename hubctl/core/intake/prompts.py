"""What a prompt and a refused turn tell: by what a prompt is known again, and when a usage limit resets.

The worker CLI tells of a limit in words (docs/facts/claude-code.md#usage-limits).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hubctl.core.ledger.prompt_marks import anywhere, mark

if TYPE_CHECKING:
    from hubctl.core.intake.observations import HookSeen, PromptSeen

RESETS: Final = re.compile(
    r"resets (?:(?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}), )?(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?P<half>[ap]m) \(UTC\)"
)

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def reset_time(text: str, at: datetime) -> datetime | None:
    """The first such time after `at` (aware UTC); None where the text names none, or one of another zone."""
    found = RESETS.search(text)
    if found is None:
        return None
    hour = int(found["hour"]) % 12 + 12 * (found["half"] == "pm")
    try:
        same = at.replace(hour=hour, minute=int(found["minute"] or 0), second=0, microsecond=0)
        if found["month"] is None:
            return same if same > at else same + timedelta(days=1)
        dated = same.replace(month=MONTHS.index(found["month"]) + 1, day=int(found["day"]))
        return dated if dated > at else dated.replace(year=dated.year + 1)
    except ValueError:
        return None


UNIQUE = ("<task-notification>", "<task-id>")
"""How a prompt begins that is never sent twice, and what names its task: its text alone is its identity. A hook may tell
of it before the transcript says that it waited, under another id."""


def identities(seen: HookSeen | PromptSeen) -> tuple[str, ...]:
    """All that this prompt may be known by. A hook without an id (older worker CLIs) is known by its time."""
    from hubctl.core.intake.observations import HookSeen

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
    from hubctl.core.intake.observations import HookSeen

    if isinstance(seen, HookSeen) and mark(seen.prompt) in queued:
        return False
    known = {*identities(seen), anywhere(seen.prompt)}
    return all(known.isdisjoint(names) for names in heard)
