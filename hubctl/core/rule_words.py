"""The words of a rule: what it is called, what its ladder may do, how loud it is."""

from enum import StrEnum
from typing import Final, Literal


class RuleId(StrEnum):
    """The sixteen ways to drop a ball (DESIGN section 2)."""

    IDLE_NO_HANDOFF = "idle-no-handoff"
    ASK_UNANSWERED = "ask-unanswered"
    STALLED = "stalled"
    WORKER_DEAD = "worker-dead"
    PROMPT_UNDELIVERED = "prompt-undelivered"
    HANDOFF_UNCLAIMED = "handoff-unclaimed"
    WAIT_BROKEN = "wait-broken"
    WAIT_CYCLE = "wait-cycle"
    PING_PONG = "ping-pong"
    ORPHANED = "orphaned"
    UNDISPATCHED = "undispatched"
    LIMIT_OVERDUE = "limit-overdue"
    ATTEMPTS_EXHAUSTED = "attempts-exhausted"
    UNPROVEN_DONE = "unproven-done"
    HUB_DEAD = "hub-dead"
    BOARD_UNREACHABLE = "board-unreachable"


COUNTED: Final = frozenset({RuleId.PING_PONG, RuleId.UNPROVEN_DONE})
"""The rules that count how often, and so have `count`."""


class Step(StrEnum):
    """What `then` may hold."""

    ALERT = "alert"
    RESUME = "resume"
    """the same session, told why"""
    REASSIGN = "reassign"
    """a fresh session with a hand-over note"""
    FAIL = "fail"
    """the process ended, the thread failed"""
    ESCALATE = "escalate"
    """a critical alert, whatever the rule's severity"""


class DefaultAnswer(StrEnum):
    """What an ask is answered that nobody answered in time."""

    NONE = "none"
    DENY = "deny"
    ALLOW = "allow"


NUDGE: Final = "nudge"
"""The other thing that a rung can do: say it to the worker, or of an ask once more to the person."""
ANSWER: Final = "answer"  # the last rung of an ask whose rule has a default answer
Deed = Step | Literal["nudge", "answer"]


class Severity(StrEnum):
    """Quiet hours hold warnings, never critical alerts."""

    WARNING = "warning"
    CRITICAL = "critical"
