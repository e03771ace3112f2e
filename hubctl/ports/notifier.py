"""The port by which an alert reaches people outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hubctl.core.messages.notices import Notice


class Notifier(Protocol):
    """Carries alerts to where people look."""

    def notify(self, target: str, notice: Notice) -> None:
        """Returns when the target, known by its label, has taken the notice. Raises HubError where it has not."""
