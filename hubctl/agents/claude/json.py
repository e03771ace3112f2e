"""JSON that somebody else wrote: every reader here is total, and what is not as it should be is nothing."""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Json = Mapping[str, object]
NOTHING: Json = {}


def object_of(text: str) -> Json:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return NOTHING
    return found if isinstance(found, dict) else NOTHING


def inner(found: Json, key: str) -> Json:
    """The object under the key."""
    value = found.get(key)
    return value if isinstance(value, dict) else NOTHING


def objects_of(found: Json, key: str) -> Iterator[Json]:
    value = found.get(key)
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def text_of(found: Json, key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def number_of(found: Json, key: str) -> int:
    value = found.get(key)
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < sys.maxsize
    return int(value) if usable and isinstance(value, int) else 0


def milliseconds(number: int) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=number) if number else None
    except OverflowError:
        return None
