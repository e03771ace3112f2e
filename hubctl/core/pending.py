"""An order on its way: what the log knows of it between its beginning and its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hubctl.core.words import ActionId, ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An action that began and has not ended. At a hub's start it is in doubt."""

    action: ActionId
    name: str
    because: str
    episode: str
    thread: ThreadId | None
    words: Mapping[str, str]
    at: datetime
