"""What a worker has made, by the looks of its checkout: a commit, or files that changed while its turn ran.

Rules: what changes while no turn runs is nobody's progress (a validation's by-products, a person, a server that writes its
log), and does not count in the turn after it either, whatever writes it then. Within a turn a file counts once: what is
written for ever moves no worker. The first look at a checkout tells nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from hubctl.core.vocabulary.text import fingerprint
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.core.vocabulary.words import Work


class Mark(Struct, frozen=True, kw_only=True):
    """Of one file that differs from HEAD: `text` is another after each change, `at` its time of change (0: unknown)."""

    text: str
    at: float = 0.0


class CheckoutLook(Struct, frozen=True, kw_only=True):
    """A checkout at one moment: its HEAD, and what differs from it. Ignored files are not in it."""

    head: str
    files: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """An opaque word that no other checkout_look has."""
        lines = (f"{name}\0{mark.text}\0" for name, mark in sorted(self.files.items()))
        return fingerprint(f"{self.head}\0{''.join(lines)}")

    def changed(self, before: "CheckoutLook") -> frozenset[str]:
        """The files that look different from before."""
        names = self.files.keys() | before.files.keys()
        return frozenset(name for name in names if self.files.get(name) != before.files.get(name))


class Track(Struct, frozen=True, kw_only=True):
    """What is known of a checkout. Two kinds of files do not count: the `restless`, and those that have counted in this turn.

    `restless` changed while no turn ran. A file is that until a look at rest (`looked`) finds it unchanged since the turn's
    end: on a busy machine a turn may begin before there was one.
    """

    last: CheckoutLook
    runs: bool = False
    restless: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    looked: bool = False


def began(track: Track, seen: CheckoutLook, at: datetime) -> Track:
    """A turn began at this time, a little before the look; one that runs already goes on."""
    if track.runs:
        return track
    changed = seen.changed(track.last) - track.restless
    own = {name for name in changed if name in seen.files and seen.files[name].at >= at.timestamp()}
    return Track(last=_with(seen, track.last, own), runs=True, restless=track.restless | (changed - own))


def _with(seen: CheckoutLook, before: CheckoutLook, names: Iterable[str]) -> CheckoutLook:
    """As seen, but for these files: they look as before."""
    files = {name: mark for name, mark in seen.files.items() if name not in names}
    return replace(seen, files=files | {name: before.files[name] for name in names if name in before.files})


def rested(track: Track, seen: CheckoutLook) -> Track:
    """A look while no turn runs."""
    known = track.restless if track.looked else frozenset()
    return replace(track, last=seen, restless=known | seen.changed(track.last), looked=True)


def worked(track: Track, seen: CheckoutLook) -> tuple[Track, Work | None]:
    """A look while a turn runs."""
    changed = seen.changed(track.last) - track.restless - track.counted
    made = Work.COMMIT if seen.head != track.last.head else Work.FILES if changed else None
    return replace(track, last=seen, counted=track.counted | changed), made


def ended(track: Track, seen: CheckoutLook) -> tuple[Track, Work | None]:
    """The turn is over: what changes from here on is nobody's progress."""
    if not track.runs:
        return track, None
    _, made = worked(track, seen)
    return Track(last=seen, restless=track.restless), made
