"""What a running hub knows of files that can order things, as far as it goes on in spite of them."""

from collections.abc import Mapping
from datetime import datetime

from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.values import Struct, field, replace


class Guarded(Struct, frozen=True, kw_only=True):
    """`loaded` and `git` are SHA-256 by file; `git` has only what differs from the hub's start."""

    held: tuple[str, ...] = ()
    held_since: datetime | None = None
    loaded: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    """what is wrong with the newest trusted files, with their lines; the rules of `loaded` hold"""
    refused_since: datetime | None = None
    git: Mapping[str, str] = field(default_factory=dict)
    git_since: datetime | None = None

    @property
    def last_good(self) -> Mapping[str, str] | None:
        """The files in force where they are not the trusted ones; None: they are."""
        return self.loaded if self.refused else None


GuardedEvent = e.TrustChanged | e.PolicyLoaded | e.PolicyRefused | e.GitChanged | e.HubStarted | e.HubStopped


def noted(known: Guarded, event: GuardedEvent) -> Guarded:
    """What is known after the event."""
    match event:
        case e.TrustChanged():
            same = event.held == known.held
            return replace(known, held=event.held, held_since=known.held_since if same else event.at)
        case e.PolicyLoaded():
            return replace(known, loaded=event.files, refused="", refused_since=None)
        case e.PolicyRefused():
            return replace(known, refused=event.why, refused_since=event.at)
        case e.GitChanged():
            return replace(known, git=event.files, git_since=event.at)
        case (
            e.HubStarted() | e.HubStopped()
        ):  # a hub compares with its own start, and starts with no broken rules
            return replace(known, refused="", refused_since=None, git={}, git_since=None)
