"""Alerts to wherever people look, by Apprise: the only module that imports it, and only when there is something to tell.

Rule: an address may hold a password or a token. No message, log or exception of this module shows one.
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hubctl.core.messages.notices import Gravity, Notice
from hubctl.errors import HubError

if TYPE_CHECKING:
    from apprise import NotifyBase

CURE = "Correct `alerts.targets` in hubctl.yaml, then `hubctl trust`; the hub reads it when it starts."
SHORTEST_SECRET = 4
"""Shorter pieces of an address are words that any message may hold."""
LONGEST_WHY = 300


class AppriseNotifier:
    """`addresses` are Apprise's URLs by the labels of their targets; `name` is the project's, for the title."""

    def __init__(self, addresses: Mapping[str, str], *, name: str) -> None:
        self._addresses = dict(addresses)
        self._name = name

    def notify(self, target: str, notice: Notice) -> None:
        """Returns when the target has taken it. Raises HubError with the reason, as far as Apprise tells it."""
        if notice.gravity is Gravity.SILENT:
            return
        address = self._addresses.get(target)
        if address is None:
            raise HubError(f"The target `{target}` is not in hubctl.yaml any more.")
        with _heard() as said:
            plugin = _plugin(target, address, said)
            title = f"hubctl {self._name}: {notice.title}"
            taken = _send(plugin, title, notice)
        if not taken:
            why = _without_secrets(" ".join(said), target, address) or "it did not say why"
            raise HubError(f"`{target}` did not take the notice: {why}")

    def check(self) -> None:
        """Raises HubError for the first address that Apprise cannot use; nothing is sent."""
        for target, address in self._addresses.items():
            with _heard() as said:
                _plugin(target, address, said)


def _plugin(target: str, address: str, said: list[str]) -> "NotifyBase":
    from apprise import Apprise

    plugin = Apprise.instantiate(address, suppress_exceptions=True)
    if plugin is None:
        why = _without_secrets(" ".join(said), target, address)
        raise HubError(f"The target `{target}` is nothing that Apprise can use: {why}", CURE)
    return plugin


def _send(plugin: "NotifyBase", title: str, notice: Notice) -> bool:
    from apprise import NotifyType, OverflowMode

    plugin.overflow_mode = OverflowMode.SPLIT  # else a service may refuse or cut what is too long for it
    kind = {Gravity.OVER: NotifyType.SUCCESS, Gravity.WARNING: NotifyType.WARNING}
    try:
        return bool(
            plugin.notify(
                title=title, body=notice.body, notify_type=kind.get(notice.gravity, NotifyType.FAILURE)
            )
        )
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        # Apprise means to catch what its plugins raise. The text may quote the address, so the kind must do.
        raise HubError(f"Apprise failed with a {type(error).__name__}.", CURE) from None


# --- what Apprise says --------------------------------------------------------------------------------------------


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What Apprise logs from this thread, warnings and worse: it tells its reasons nowhere else."""
    said: list[str] = []
    logger = logging.getLogger("apprise")
    listener = _Listener(said)
    logger.addHandler(listener)
    try:
        yield said
    finally:
        logger.removeHandler(listener)


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._said.append(record.getMessage())


def _without_secrets(said: str, target: str, address: str) -> str:
    """The reason on one line, with every piece of the address blackened that is not in the target's label."""
    public = set(re.split(r"\W+", target)) | {address.partition("://")[0]}
    pieces = {piece for piece in re.split(r"[/:@?&=#,%+]", address) if len(piece) >= SHORTEST_SECRET}
    text = " ".join(said.split())
    for piece in sorted(pieces - public - {target.partition("://")[2]}, key=len, reverse=True):
        text = text.replace(piece, "***")
    return text[:LONGEST_WHY]
