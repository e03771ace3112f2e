"""When a usage limit resets, as the worker CLI says it in words (claude-code.md, section 6)."""

import re
from datetime import datetime, timedelta
from typing import Final

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
