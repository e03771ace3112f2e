"""How watchers disturb what happens: sightings that are late, lost, doubled, and out of order between sources, for `balls`.

Rules, as the real watchers have them: a file is read as it is when it is looked at, so an older one is never seen after a
newer; hooks of a worker come in their order; requests and transcripts are late, never lost.
"""

import random
from typing import Final, Protocol

from hubctl.core.vocabulary.values import Struct


class Trouble(Struct, frozen=True, kw_only=True):
    """Of one source: how probable a loss, a delay of at most `late` seconds, and a second sighting are."""

    lost: float = 0.0
    delayed: float = 0.3
    late: float = 1.0
    doubled: float = 0.1


ROUND: Final = 5.0
"""A lost edge is found by the next list of all files."""
TROUBLES: Final = {
    "hook": Trouble(lost=0.1),
    "session": Trouble(late=ROUND),
    "process": Trouble(),
    "prompt": Trouble(late=2.0),
    "tokens": Trouble(late=2.0),
    "title": Trouble(lost=0.3, late=0.5),
    "screen": Trouble(late=ROUND),
    "says": Trouble(late=0.2),
    "person": Trouble(late=0.2),
}


class Seeing(Protocol):
    """When something that happens `at` is seen: not at all, once or twice. `whose` is the issue."""

    def times(self, at: float, what: str, whose: str) -> tuple[float, ...]: ...


class Noise:
    """Draws the delays of each sighting; the same seed, the same noise."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)
        self._last: dict[tuple[str, str], float] = {}

    def times(self, at: float, what: str, whose: str) -> tuple[float, ...]:
        trouble, chance = TROUBLES.get(what), self._chance
        if trouble is None:
            return (at,)
        if chance.random() < trouble.lost:
            return ()
        seen = at + (chance.uniform(0, trouble.late) if chance.random() < trouble.delayed else 0.0)
        seen = max(seen, self._last.get((what, whose), 0.0))
        self._last[what, whose] = seen
        return (seen, seen) if chance.random() < trouble.doubled else (seen,)


class Silence:
    """No noise at all."""

    def times(self, at: float, what: str, whose: str) -> tuple[float, ...]:
        del what, whose
        return (at,)
