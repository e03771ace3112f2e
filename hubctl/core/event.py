"""What every event is: a time, maybe a thread, and a kind by which the log knows it."""

import re
from dataclasses import dataclass
from datetime import datetime

from hubctl.core.words import ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`at` is aware UTC; `thread` is None for facts of the whole hub."""

    at: datetime
    thread: ThreadId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event of a kind that this version does not know, kept word for word (`data` is its JSON text)."""

    kind: str
    data: str


def kind_of(event: Event | type[Event]) -> str:
    """`WorkerStarted` is `worker-started` in the log; an unknown event keeps the kind it came with."""
    if isinstance(event, Unknown):
        return event.kind
    name = event.__name__ if isinstance(event, type) else type(event).__name__
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
