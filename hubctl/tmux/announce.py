"""How alerts look and sound to whoever is attached to the hub's tmux: a message, the bell, a number in the status line."""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from hubctl.core.messages.notices import Gravity, Notice

MESSAGE_MILLISECONDS = 10_000
"""tmux's own 750 ms are gone before anybody looks up; any key takes the message away."""


class Settle(Protocol):
    """Runs a tmux command; `gone` is what tmux says where its object is not there any more, which is fine."""

    def __call__(self, *words: str, gone: str) -> None: ...


def status_line(open_alerts: int) -> str:
    """The right end of the status line; it holds nobody's words, so tmux has nothing to expand but the colour."""
    if not open_alerts:
        return ""
    noun = "alert" if open_alerts == 1 else "alerts"
    return f"#[reverse] {open_alerts} {noun}: hubctl alerts #[default]"


def announce_words(notice: Notice, status: str) -> tuple[str, ...]:
    """One command that sets the status line, keeps the message for `show_message`, and lists the clients."""
    # An option's value is inserted as it is, while a format would obey `#(...)` and `%H`; `#[` is a style even so.
    said = f"hubctl: {notice.title} (hubctl alerts)".replace("#", "")
    keep = ("set-option", "-g", "@hubctl_notice", said)
    clients = ("list-clients", "-F", "#{client_control_mode} #{client_tty}")
    return ("set-option", "-g", "status-right", status, ";", *keep, ";", *clients)


def clients_of(lines: Iterable[str]) -> tuple[str, ...]:
    """The terminals of people; a connection of the hub's own in control mode is none."""
    pairs = (line.partition(" ") for line in lines)
    return tuple(tty for control, _, tty in pairs if control == "0" and tty)


def show_message(client: str, notice: Notice, settle: Settle) -> None:
    """A message for this client, and the bell unless all is over; a client that has left meanwhile is no error."""
    delay = str(MESSAGE_MILLISECONDS)
    words = ("display-message", "-c", client, "-d", delay, "#{@hubctl_notice}")
    settle(*words, gone="can't find client")
    if notice.gravity is not Gravity.OVER:
        _ring(client)


def _ring(client: str) -> None:
    """Straight to the terminal: what tmux does with a pane's bell is for its user's configuration to say."""
    with suppress(OSError):
        terminal = os.open(client, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            os.write(terminal, b"\a")
        finally:
            os.close(terminal)
