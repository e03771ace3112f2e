"""Backends of the ports that live in memory: for tests, also of what others build on hubctl. Nothing else imports this.

They keep the contracts to the letter (`tests/contract`), and keep nothing else.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from hubctl.core.events import Event
from hubctl.core.observations import RequestSeen
from hubctl.core.words import ThreadId
from hubctl.log_port import Asking, Heartbeat, Logged, StaleHead
from hubctl.ports import BoardError, Issue


class MemoryLog:
    """The `EventLog` port. Safe to use from any thread; two objects never share a log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._requests: list[RequestSeen] = []
        self._heartbeat: Heartbeat | None = None

    def append(self, events: Sequence[Event], *, head: int) -> int:
        with self._lock:
            if head != len(self._events):
                raise StaleHead(
                    f"The log grew from {head} to {len(self._events)} behind this hub's back.",
                    "Keep one hub.",
                )
            self._events += events
            return len(self._events)

    def read(self, *, since: int = 0) -> Iterator[Logged]:
        with self._lock:
            known = tuple(self._events)
        for seq, event in enumerate(known, start=1):
            if seq > since:
                yield Logged(seq=seq, event=event)

    def ask(self, asking: Asking, *, at: datetime) -> int:
        with self._lock:
            number = len(self._requests) + 1
            seen = RequestSeen(
                at=at,
                number=number,
                verb=asking.verb,
                by=asking.by,
                thread=ThreadId(asking.thread) if asking.thread else None,
                text=asking.text,
                words=dict(asking.words),
                content=asking.content,
            )
            self._requests.append(seen)
            return number

    def requests(self, *, after: int) -> tuple[RequestSeen, ...]:
        with self._lock:
            return tuple(seen for seen in self._requests if seen.number > after)

    def beat(self, heartbeat: Heartbeat | None) -> None:
        self._heartbeat = heartbeat

    def heartbeat(self) -> Heartbeat | None:
        return self._heartbeat


class MemoryBoard:
    """The `Board` port. Safe to use from any thread."""

    def __init__(self) -> None:
        self.kind = "memory"
        self._lock = threading.Lock()
        self._by_nonce: dict[str, Issue] = {}

    def file(self, *, nonce: str, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        with self._lock:
            number = len(self._by_nonce) + 1
            fresh = Issue(number=number, title=title, body=body, state="open", labels=tuple(labels))
            return self._by_nonce.setdefault(nonce, fresh)

    def close(self, number: int, *, outcome: str) -> None:
        self._set(number, state="closed", outcome=outcome)

    def reopen(self, number: int) -> None:
        self._set(number, state="open", outcome="")

    def _set(self, number: int, *, state: str, outcome: str) -> None:
        with self._lock:
            for nonce, issue in self._by_nonce.items():
                if issue.number == number:
                    self._by_nonce[nonce] = replace(issue, state=state, outcome=outcome)
                    return
        raise BoardError(f"There is no issue `{number}` on the board.", "See `hubctl status`.")

    def issues(self) -> tuple[Issue, ...]:
        with self._lock:
            return tuple(sorted(self._by_nonce.values(), key=lambda issue: issue.number))
