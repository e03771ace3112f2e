"""Brings findings to the targets of `alerts.targets`, and remembers for each target what it was told.

Rules: a message that was not taken is not remembered, so the next check sends it again, to that target alone. A target's
URL may hold a secret: the memory knows it by its hash.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from hubctl.core.documents.policy import Alerting, Severity
from hubctl.core.ledger.alerts import labelled
from hubctl.core.messages.notices import Gravity, Notice
from hubctl.core.reports.check_text import CheckMessage, Memory, Told, is_quiet, message
from hubctl.core.reports.health import Finding
from hubctl.core.vocabulary.values import Struct
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.project.place import Place, write_whole
from hubctl.store.codec import decode_time, encode_time

MEMORY = "told.json"


class Send(Protocol):
    """Delivers to all targets; returns what each one that did not take it lacked."""

    def __call__(self, targets: Sequence[str], title: str, body: str) -> list[str]: ...


def by_apprise(project: str) -> Send:
    """Through the notifier of the hub's own alerts."""
    from hubctl.notify.apprise import AppriseNotifier

    def send(targets: Sequence[str], title: str, body: str) -> list[str]:
        addresses = labelled(targets)
        notifier = AppriseNotifier(addresses, name=project)
        notice = Notice(title=title, body=body, gravity=Gravity(title.lower()), open=0)
        failures = []
        for label in addresses:
            try:
                notifier.notify(label, notice)
            except HubError as error:
                failures.append(f"(`{label}`): {error.message}")
        return failures

    return send


class AlertDelivery(Struct, frozen=True, kw_only=True):
    """One hub's news: `running` says whether the hub is there to tell its own."""

    place: Place
    targets: Sequence[str]
    alerting: Alerting
    send: Send
    running: bool

    def bring(self, findings: Iterable[Finding], *, now: datetime, complete: bool) -> tuple[int, list[str]]:
        """How many targets were told something, and why others were not. `complete`: what is not found is over.

        Raises HubError where it cannot be remembered.
        """
        found, before = tuple(findings), self._read()
        names = {_mark(target): target for target in self.targets}
        kept = {name: before.get(name, {}) for name in names}
        told, failures = 0, []
        for number, (name, target) in enumerate(names.items(), start=1):
            due = self._due(found, kept[name], now, complete=complete)
            failed = [] if due.is_empty else self.send([target], *_words(due))
            failures += [f"target {number} {why}" for why in failed]
            if not failed:
                told += not due.is_empty
                kept[name] = due.memory
                if kept != before:
                    self._write(kept)  # at once: the next target may hang
        return told, failures

    def _due(self, found: Sequence[Finding], told: Memory, now: datetime, *, complete: bool) -> CheckMessage:
        return message(
            found,
            told,
            now=now,
            repeat=self.alerting.repeat,
            quiet=is_quiet(self.alerting.quiet, now.astimezone().time()),
            running=self.running,
            complete=complete,
        )

    def _read(self) -> dict[str, Memory]:
        """Nothing where it is missing or torn: told twice is better than never."""
        try:
            found = json.loads((self.place.state / MEMORY).read_text())
            return {name: {key: _told(told) for key, told in one.items()} for name, one in found.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _write(self, memory: dict[str, Memory]) -> None:
        text = json.dumps(
            {
                name: {key: {"at": encode_time(told.at), "text": told.text} for key, told in one.items()}
                for name, one in memory.items()
            }
        )
        path = self.place.state / MEMORY
        with writing(path):
            write_whole(path, text + "\n")


def _mark(target: str) -> str:
    return hashlib.sha256(target.encode(errors="replace")).hexdigest()[:16]


def _told(found: Any) -> Told:
    return Told(at=decode_time(found["at"]), text=str(found["text"]))


def _words(due: CheckMessage) -> tuple[str, str]:
    critical = any(one.severity is Severity.CRITICAL for one in due.due)
    level = ("CRITICAL" if critical else "WARNING") if due.due else "over"
    lines = [f"{one.severity.upper()}: {one.text}" for one in due.due]
    lines += [f"Over: {text}" for text in due.over]
    return level, "\n".join(lines)
