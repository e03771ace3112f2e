"""Watches the transcripts of each worker: which prompts reached it, and what its answers cost.

Rules: a transcript is read from its start whenever a worker is watched anew, so every prompt is told of again: whoever
listens knows them by their ids. `/clear` gives a process another session, of which the other watchers tell (`follow`);
what was read of the sessions before it still counts. Torn lines wait until they are whole.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hubctl.core.intake.observations import Observation, PromptSeen, TokensSeen
from hubctl.watch.folders import ROUND_SECONDS, FolderWatch


class TranscriptReader(Protocol):
    """What is read of one session; it remembers how far it has come."""

    @property
    def folders(self) -> tuple[Path, ...]: ...

    @property
    def tokens(self) -> tuple[int, int]:
        """Read and written by the model so far."""

    @property
    def call(self) -> tuple[str, float]:
        """The tool that runs, and its own time limit in seconds; empty and 0 where none does."""

    def read(self, *, worker: str, at: datetime) -> tuple[PromptSeen, ...]:
        """The prompts since the last call. `at` is now: no prompt is later."""


USUAL_SECONDS = 120.0
"""A call within this limit is told of with the tokens of its message alone: its end is soon enough the next one's."""
Open = Callable[[str], TranscriptReader]
"""Opens the transcript of a session, which may not have begun to write."""


@dataclass(slots=True, kw_only=True)
class _Watched:
    worker: str
    open: Open
    transcripts: dict[str, TranscriptReader]
    tokens: tuple[int, int] = (0, 0)
    limit: float = 0.0

    def folders(self) -> Iterator[Path]:
        for transcript in self.transcripts.values():
            yield from transcript.folders


class TranscriptWatcher:
    """Puts a PromptSeen for each prompt, and a TokensSeen whenever a worker's tokens have changed."""

    def __init__(
        self,
        *,
        put: Callable[[Observation], None],
        now: Callable[[], datetime],
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        self._put, self._now = put, now
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._followed: dict[str, list[_Watched]] = {}
        """by folder: whom it tells of"""
        self._folders = FolderWatch(look=self._look, walk=self._walk, round_seconds=round_seconds)

    def start(self) -> None:
        """Starts the watching thread."""
        self._folders.start()

    def close(self) -> None:
        """Ends it; nothing is put after this."""
        self._folders.close()

    def watch(self, *, worker: str, sessions: Iterable[str], open: Open) -> None:
        """`sessions` are those that the worker was in so far. What they hold already is put first."""
        with self._lock:
            transcripts = {session: open(session) for session in sessions}
            self._watched[worker] = _Watched(worker=worker, open=open, transcripts=transcripts)
        self._follow()

    def follow(self, worker: str, session: str) -> None:
        """The worker is in this session now; one that is known, and a worker that is not, change nothing."""
        with self._lock:
            watched = self._watched.get(worker)
            if watched is None or session in watched.transcripts:
                return
            watched.transcripts[session] = watched.open(session)
        self._follow()

    def forget(self, worker: str) -> None:
        """A last look, for a worker is ended as soon as its work is done; nothing more is reported of it then."""
        with self._lock:
            if watched := self._watched.pop(worker, None):
                self._read(watched)
        self._follow()

    def _follow(self) -> None:
        with self._lock:
            before, self._followed = self._followed, {}
            for watched in self._watched.values():
                for folder in set(map(str, watched.folders())):
                    self._followed.setdefault(folder, []).append(watched)
            folders = self._followed.keys()
        if folders == before.keys():
            self._folders.walk_soon()
        else:
            self._folders.follow(map(Path, folders))

    def _walk(self) -> None:
        with self._lock:
            for watched in self._watched.values():
                self._read(watched)

    def _look(self, path: str) -> bool:
        if not path.endswith(".jsonl"):
            return True
        with self._lock:
            for watched in self._followed.get(path.rpartition("/")[0], ()):
                if self._watched.get(watched.worker) is watched:
                    self._read(watched)
        return True

    def _read(self, watched: _Watched) -> None:
        at = self._now()
        for transcript in watched.transcripts.values():
            for seen in transcript.read(worker=watched.worker, at=at):
                self._put(seen)
        counted = [transcript.tokens for transcript in watched.transcripts.values()]
        tokens = sum(into for into, _ in counted), sum(out for _, out in counted)
        tool, limit = max((each.call for each in watched.transcripts.values()), key=lambda call: call[1])
        long = limit != watched.limit and max(limit, watched.limit) > USUAL_SECONDS
        if tokens != watched.tokens or long:
            watched.tokens, watched.limit = tokens, limit
            into, out = tokens
            self._put(
                TokensSeen(
                    at=at,
                    worker=watched.worker,
                    input_tokens=into,
                    output_tokens=out,
                    tool=tool,
                    seconds=limit,
                )
            )
