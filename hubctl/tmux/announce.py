"""How alerts look and sound to whoever is attached to the hub's tmux: a message, the bell, a number in the status line."""

import os
from collections.abc import Callable
from contextlib import suppress

from hubctl.core.messages.notices import Gravity, Notice

MESSAGE_MILLISECONDS = 10_000
"""tmux's own 750 ms are gone before anybody looks up; any key takes the message away."""
MESSAGE = "@hubctl_notice"
"""The option that keeps the message: a value is shown as it is, while a format would obey `#(...)` and `%H`."""


def status_line(open_alerts: int) -> str:
    """The right end of the status line; it holds nobody's words, so tmux has nothing to expand but the colour."""
    if not open_alerts:
        return ""
    noun = "alert" if open_alerts == 1 else "alerts"
    return f"#[reverse] {open_alerts} {noun}: hubctl alerts #[default]"


def message(notice: Notice) -> str:
    """Without `#`: `#[` is a style even in a value."""
    return f"hubctl: {notice.title} (hubctl alerts)".replace("#", "")


def tell_client(terminal: str, notice: Notice, run: Callable[..., object]) -> None:
    """The message for the client at this terminal, and the bell unless all is over. It may have left meanwhile."""
    run("display-message", "-c", terminal, "-d", str(MESSAGE_MILLISECONDS), f"#{{{MESSAGE}}}")
    if notice.gravity is not Gravity.OVER:
        _ring(terminal)


def _ring(client: str) -> None:
    """Straight to the terminal: what tmux does with a pane's bell is for its user's configuration to say."""
    with suppress(OSError):
        terminal = os.open(client, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            os.write(terminal, b"\a")
        finally:
            os.close(terminal)
