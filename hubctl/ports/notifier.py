"""The port by which an alert reaches people outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hubctl.ports.board import Board as Board
from hubctl.ports.board import BoardError as BoardError
from hubctl.ports.board import BoardUnreachable as BoardUnreachable
from hubctl.ports.board import Issue as Issue

if TYPE_CHECKING:
    from hubctl.core.messages.notices import Notice


# --- alerts -------------------------------------------------------------------------------------------------------


class Notifier(Protocol):
    """Carries alerts to where people look."""

    def notify(self, target: str, notice: Notice) -> None:
        """Returns when the target, known by its label, has taken the notice. Raises HubError where it has not."""
