"""The ports: what the hub needs of the outside, the values that cross, and the errors that may come back.

Rules: a port is a Protocol, its backends live in the adapters and translate foreign errors at their own border. A
refusal that the hub must tell apart is a value or an error of this file; everything else is a plain `HubError`.
"""

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
