"""Backends of the ports that live in memory.

They keep the contracts to the letter (`tests/contract`), and keep nothing else.
"""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from hubctl.core.intake.observations import RequestSeen
from hubctl.core.ledger.event import Event, kind_of
from hubctl.core.vocabulary.board import (
    MARKER,
    STATE_LABELS,
    Act,
    ActKind,
    Face,
    Label,
    Look,
    News,
    PullRequest,
    Reach,
)
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId
from hubctl.ports.board import BoardError, BoardUnreachable, Issue
from hubctl.ports.log import Asking, Heartbeat, Logged, StaleHead


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

    def read(self, *, since: int = 0, kinds: Collection[str] = ()) -> Iterator[Logged]:
        with self._lock:
            known = tuple(self._events)
        for seq, event in enumerate(known, start=1):
            if seq > since and (not kinds or kind_of(event) in kinds):
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
    """The `Board` port. Safe to use from any thread. With `shows` it is a board that people look at: what they do there
    is played by `person`, and `faces`, `links` and `pulls` are what they see. While `down` is set nothing goes.
    """

    def __init__(self, *, shows: bool = False, private: bool = False) -> None:
        self.shows, self.private, self.down = shows, private, ""
        self._lock = threading.RLock()
        self._by_nonce: dict[str, Issue] = {}
        self._acts: list[tuple[int, Act]] = []
        self.labels: dict[str, Label] = {}
        self.faces: dict[int, Face] = {}
        self.links: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.pulls: dict[int, PullRequest] = {}
        self.written = 0
        """how often something of it was changed by the hub"""

    def file(
        self, *, nonce: str, title: str, body: str, labels: Sequence[str] = (), parent: int = 0
    ) -> Issue:
        with self._reached():
            number = len(self._by_nonce) + 1
            fresh = Issue(
                number=number, title=title, body=body, state="open", labels=tuple(labels), parent=parent
            )
            return self._by_nonce.setdefault(nonce, fresh)

    def close(self, number: int, *, outcome: str) -> None:
        self._set(number, state="closed", outcome=outcome)

    def reopen(self, number: int) -> None:
        self._set(number, state="open", outcome="")

    def issues(self) -> tuple[Issue, ...]:
        with self._reached():
            return tuple(sorted(self._by_nonce.values(), key=lambda issue: issue.number))

    def issue(self, number: int) -> Look:
        with self._reached():
            return replace(self._look(self._known(number)[1], since=0, triggers=()), acts=())

    def show(self, number: int, face: Face) -> None:
        with self._reached():
            nonce, issue = self._known(number)
            theirs = tuple(label for label in issue.labels if label not in (MARKER, *STATE_LABELS))
            labels = (*theirs, MARKER, *filter(None, [face.label]))
            if not self.shows or (set(labels), face) == (set(issue.labels), self.faces.get(number)):
                return
            self._by_nonce[nonce] = replace(issue, labels=labels)
            self.faces[number] = face
            self.written += 1

    def link(self, number: int, *, parent: int = 0, blocked_by: Sequence[int] = ()) -> None:
        with self._reached():
            self._known(number)
            if self.shows:
                self.links[number] = parent, tuple(blocked_by)

    def pull(self, number: int, pull: PullRequest) -> str:
        with self._reached():
            self._known(number)
            if not self.shows:
                return ""
            self.pulls[number] = pull
            return f"memory:pull/{number}"

    def news(self, *, cursor: str, triggers: Collection[str]) -> News | None:
        with self._reached():
            told = int(cursor or 0)
            if not self.shows or (cursor and told == len(self._acts)):
                return None
            changed = {number for number, _ in self._acts[told:]}
            hubs = (issue for issue in self._by_nonce.values() if {MARKER, *triggers} & set(issue.labels))
            looks = [
                self._look(issue, since=told, triggers=triggers)
                for issue in hubs
                if issue.number in changed or (not cursor and issue.state == "open")
            ]
            return News(cursor=str(len(self._acts)), looks=tuple(looks), private=self.private)

    def reach(self) -> Reach | None:
        with self._reached():
            return Reach(login="hub", private=self.private) if self.shows else None

    def prepare(self, labels: Sequence[Label]) -> tuple[str, ...]:
        with self._reached():
            made = [label for label in labels if self.shows and label.name not in self.labels]
            self.labels |= {label.name: label for label in made}
            return tuple(label.name for label in made)

    # --- for tests: what people do --------------------------------------------------------------------------------

    def person(self, number: int, act: Act, *, body: str | None = None) -> None:
        """Does what the act says, and keeps it; a number of its own is given to it. `body`: they edit that, too."""
        with self._lock:
            nonce, issue = self._known(number)
            labels, state = set(issue.labels), issue.state
            match act.kind:
                case ActKind.LABELED:
                    labels |= {act.label}
                case ActKind.UNLABELED:
                    labels -= {act.label}
                case ActKind.CLOSED | ActKind.REOPENED:
                    state = "closed" if act.kind is ActKind.CLOSED else "open"
                case _:
                    pass
            text = issue.body if body is None else body
            self._by_nonce[nonce] = replace(issue, labels=tuple(sorted(labels)), state=state, body=text)
            self._acts.append((number, replace(act, number=len(self._acts) + 1)))

    def _look(self, issue: Issue, *, since: int, triggers: Collection[str]) -> Look:
        own = [act for number, act in self._acts if number == issue.number]
        stands = {act.label: act for act in own if act.kind is ActKind.LABELED and act.label in triggers}
        kept = {
            act.number: act
            for act in (*stands.values(), *own)
            if act.number > since or act in stands.values()
        }
        nonce = self._known(issue.number)[0]
        return Look(
            number=issue.number,
            title=issue.title,
            body=issue.body,
            open=issue.state == "open",
            labels=issue.labels,
            author="hub" if ":" in nonce else "person",
            counts=not nonce.startswith("outsider"),
            nonce=nonce if ":" in nonce else "",
            updated_at=own[-1].at if own else None,
            acts=tuple(kept[number] for number in sorted(kept)),
        )

    @contextmanager
    def _reached(self) -> Iterator[None]:
        with self._lock:
            if self.down:
                raise BoardUnreachable(self.down, "Wait.")
            yield

    def _set(self, number: int, *, state: str, outcome: str) -> None:
        with self._reached():
            nonce, issue = self._known(number)
            self._by_nonce[nonce] = replace(issue, state=state, outcome=outcome)
            self.written += 1

    def _known(self, number: int) -> tuple[str, Issue]:
        for nonce, issue in self._by_nonce.items():
            if issue.number == number:
                return nonce, issue
        raise BoardError(f"There is no issue `{number}` on the board.", "See `hubctl status`.")
