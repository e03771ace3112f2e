"""Whether the hooks of a worker still speak: a prompt that began a whole turn, and of which no hook told.

Rules, so that a slow machine or one lost hook is no silence: a prompt counts that the transcript shows as taken; every
hook after it clears it, whatever it tells; and the turn must have been over for `GRACE`. Commands (`/compact`) are no
prompts there. A worker that was started without hooks is not listened to. A prompt's hook
(docs/facts/claude-code.md#who-says-it-first) comes 20 to 50 ms after the time that the transcript gives it.
"""

from datetime import datetime, timedelta

from hubctl.core.intake.observations import HookSeen, HooksSeen, Observation, PromptSeen, SessionSeen
from hubctl.core.vocabulary.values import Struct, replace

GRACE = timedelta(seconds=20)
"""The worker CLI ends a hook that takes 10 s, and a spool whose news was lost is listed within 5 s."""
OVER = ("idle", "shell")
"""The session file's words for a turn that has ended."""


class Hearing(Struct, frozen=True, kw_only=True):
    """`last` is when a hook spoke last, at first when the hub began to listen; `untold` the first prompt after it."""

    last: datetime
    untold: datetime | None = None


def listen(known: Hearing, seen: Observation) -> Hearing:
    """What is known after one more sighting. Those of before the hub began to listen say nothing."""
    match seen:
        case HookSeen():
            untold = known.untold if known.untold and seen.at < known.untold else None
            return replace(known, last=max(known.last, seen.at), untold=untold)
        case PromptSeen() if not seen.queued and seen.at > known.last and known.untold is None:
            return replace(known, untold=seen.at)
        case _:
            return known


def silence(
    worker: str, known: Hearing | None, session: SessionSeen | None, now: datetime
) -> HooksSeen | None:
    """The silence of a whole turn, as an observation; None as long as there is none."""
    if known is None or known.untold is None or session is None or session.status not in OVER:
        return None
    ended = session.updated_at is not None and session.updated_at > known.untold
    if not ended or now - session.at < GRACE:
        return None
    return HooksSeen(at=now, worker=worker, since=known.untold)
