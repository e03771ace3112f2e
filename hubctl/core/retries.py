"""A worker that says nothing may wait for an API retry, and its screen alone tells: no hook fires, no file changes.

Rules: the screen is read shortly before a silence would count as `stalled`, and at no other time. What it announces
explains the silence until the announced moment and a little longer, for its answer takes its time too; but never for
longer than the rule's own time again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.core.actions import ReadScreen
from hubctl.core.climbing import Drop, is_climbed, rule_of, rung_due
from hubctl.core.policy import Policy

AHEAD = timedelta(seconds=5)
"""A screen is read within some milliseconds; a busy machine takes longer."""


def look_due(policy: Policy, drop: Drop) -> datetime | None:
    """When the screen is to be read; None where nothing could be put off by it."""
    rule = rule_of(policy, drop.thread, drop.kind)
    due = rung_due(rule, drop)
    if due is None or is_climbed(drop):
        return None
    return due - min(AHEAD, (rule.after or AHEAD) / 4)


def looking(policy: Policy, drop: Drop, now: datetime) -> Iterator[ReadScreen]:
    """Once for each moment at which the rule would fire."""
    at = look_due(policy, drop)
    if at is not None and now >= at:
        episode = f"{drop.episode}-{round(at.timestamp() * 1000)}"
        yield ReadScreen(because="look", episode=episode, thread=drop.thread.id)
