"""What the policy says of a board that people look at: what is told there, and what becomes of finished branches."""

from dataclasses import dataclass
from enum import StrEnum


class Publish(StrEnum):
    """What an issue says of its thread on a board that is not private."""

    STATE = "state"
    """state and counts"""
    FULL = "full"
    """as on a private one: reasons, branch and summary too"""


class Pulls(StrEnum):
    """What becomes of a finished branch on a board with pull requests."""

    DRAFT = "draft"
    READY = "ready"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What the board shows of the work."""

    publish: Publish = Publish.STATE
    pulls: Pulls = Pulls.DRAFT
