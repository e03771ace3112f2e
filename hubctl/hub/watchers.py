"""All watchers of workers behind one `Watch` port: which sources a worker of the real CLI has; and that of the rules."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias

from hubctl.agents.claude.files import (
    believed_folder,
    cli_below,
    parse_spooled,
    process_alive,
    process_start,
    session_path,
    session_seen,
)
from hubctl.agents.claude.transcripts import Transcript, is_session_id, last_words, transcript_path
from hubctl.cells.use import disk_of
from hubctl.core.intake.checkout import CheckoutLook
from hubctl.core.intake.observations import HookSeen, Observation, SessionSeen
from hubctl.core.ledger.thread import Worker
from hubctl.core.vocabulary.limits import CellLimits, CellUse
from hubctl.core.vocabulary.values import replace
from hubctl.ports.worker import Put
from hubctl.project import trust
from hubctl.tmux.edges import TmuxEdges
from hubctl.tmux.runtime import TmuxRuntime
from hubctl.watch.board import BoardWatcher
from hubctl.watch.doors import RefusalWatcher
from hubctl.watch.edges import EdgeWatcher
from hubctl.watch.folders import FolderWatch
from hubctl.watch.hooks import HookWatcher
from hubctl.watch.limits import LimitWatcher
from hubctl.watch.processes import ProcessWatcher
from hubctl.watch.sessions import SessionWatcher
from hubctl.watch.transcripts import TranscriptWatcher
from hubctl.watch.words import WordsWatcher
from hubctl.watch.work import WorkWatcher

ROUND_SECONDS = 30.0 if sys.platform == "linux" else 5.0
"""For what the kernel did not tell; inotify says so where it lost something, and then all is looked at."""
RULES_SECONDS = 30.0
"""How soon a change of a rule's file is told that no system tells of; the hub looks at each beat, too."""


class Places(Protocol):
    """Where an agent's workers leave what can be watched."""

    @property
    def home(self) -> Path: ...

    def spool(self, worker: str) -> Path: ...

    def words(self, worker: str) -> Path: ...

    def home_of(self, worker: str) -> Path: ...

    def is_contained(self, worker: str) -> bool: ...

    def say(self, worker: str, file: Path) -> bool: ...

    def use(self, worker: str, pid: int) -> CellUse: ...

    def token(self, worker: str) -> str: ...

    def release(self, worker: str, gate: str = "") -> None: ...


Look: TypeAlias = Callable[[Path], CheckoutLook]
"""How a worker's checkout looks; raises HubError."""


class _Watcher(Protocol):
    def start(self) -> None: ...

    def close(self) -> None: ...

    def forget(self, worker: str) -> None: ...


@contextmanager
def rules_watched(checkout: Path, told: Callable[[], None]) -> Iterator[None]:
    """Calls `told`, on a thread of its own, once it watches, and as soon as somebody writes a file of the rules."""
    files = {str(checkout / name) for name in trust.FILES}

    def look(path: str) -> bool:
        if path.rpartition("/")[0] != str(checkout) or path in files:
            told()
        return True

    watch = FolderWatch(look=look, walk=told, round_seconds=RULES_SECONDS, by_watchdog=True)
    watch.follow([checkout, *(checkout / folder for folder in trust.FOLDERS)])
    watch.start()
    try:
        yield
    finally:
        watch.close()


class Watchers:
    """`bind` comes before `start`: it says where sightings go."""

    def __init__(
        self,
        *,
        agent: Places,
        runtime: TmuxRuntime,
        now: Callable[[], datetime],
        look: Look,
        limits: CellLimits,
    ) -> None:
        self._agent, self._runtime, self._now = agent, runtime, now
        self._look, self._most = look, limits
        self._board: BoardWatcher | None = None
        self._doors: RefusalWatcher | None = None
        self._worktrees: dict[str, Path] = {}
        self._in_session: dict[str, str] = {}
        """by worker: the session that it was seen in last"""

    def bind(
        self,
        *,
        put: Put,
        needs_screen: Callable[[str], bool],
        board: BoardWatcher | None = None,
        doors: RefusalWatcher | None = None,
    ) -> None:
        """`board`: one that has news; `doors`: where workers have cells."""

        def heard(seen: Observation) -> None:
            self._follow_session(seen)
            put(self._with_words(seen))

        self._board, self._doors = board, doors
        self._sessions = SessionWatcher(
            put=heard, now=self._now, look=session_seen, found=self._found, round_seconds=ROUND_SECONDS
        )
        self._hooks = HookWatcher(put=heard, now=self._now, parse=parse_spooled, round_seconds=ROUND_SECONDS)
        self._transcripts = TranscriptWatcher(put=put, now=self._now, round_seconds=ROUND_SECONDS)
        self._processes = ProcessWatcher(put=put, now=self._now, alive=process_alive)
        self._work = WorkWatcher(put=put, now=self._now, look=self._look)
        self._words = WordsWatcher(say=self._agent.say, round_seconds=ROUND_SECONDS)
        self._limits = LimitWatcher(
            put=put, now=self._now, limits=self._most, use=self._agent.use, disk=disk_of
        )
        edges = TmuxEdges(socket=self._runtime.socket, session=self._runtime.session)
        self._panes = EdgeWatcher(
            edges=edges, runtime=self._runtime, put=put, now=self._now, needs_screen=needs_screen
        )

    @property
    def _all(self) -> tuple[_Watcher, ...]:
        of_cells = self._words, self._limits
        return self._processes, self._sessions, self._hooks, self._transcripts, self._work, *of_cells

    @property
    def _beside(self) -> tuple[BoardWatcher | RefusalWatcher, ...]:
        """What is of no single worker."""
        return tuple(one for one in (self._board, self._doors) if one)

    def start(self) -> None:
        for watcher in (*self._all, self._panes, *self._beside):
            watcher.start()

    def poke(self) -> None:
        """A person says that there is news on the board."""
        if self._board:
            self._board.poke()

    def close(self) -> None:
        for watcher in (*self._beside, self._panes, *reversed(self._all)):
            watcher.close()

    def _found(self, worker: str, pid: int, start: str) -> None:
        """A shell stands around the CLI: what lives and dies is the CLI, the pane may stay."""
        self._processes.watch(worker=worker, pid=pid, start=start)

    def _with_words(self, seen: Observation) -> Observation:
        """Whoever decides on an ask reads what the worker said before; a subagent's words are not looked for."""
        place = self._worktrees.get(seen.worker) if isinstance(seen, HookSeen) and seen.gate else None
        if place is None or not isinstance(seen, HookSeen):
            return seen
        seen = replace(seen, cwd=believed_folder(seen.cwd, place, self._agent.home))
        if seen.agent or not is_session_id(seen.session):
            return seen
        return replace(seen, said=last_words(transcript_path(self._agent.home, place, seen.session)))

    def _follow_session(self, seen: Observation) -> None:
        """`/clear` begins another session: the session file tells it, and where that cannot be read every hook does."""
        if not isinstance(seen, SessionSeen | HookSeen) or self._in_session.get(seen.worker) == seen.session:
            return
        if is_session_id(seen.session):
            self._in_session[seen.worker] = seen.session
            self._transcripts.follow(seen.worker, seen.session)

    def watch(self, worker: Worker) -> None:
        home = self._agent.home
        self._worktrees[worker.id] = Path(worker.worktree)
        self._in_session.pop(worker.id, None)
        start = process_start(worker.pid) or ""
        self._transcripts.watch(
            worker=worker.id,
            sessions=(*worker.before, worker.session),
            open=lambda session: Transcript(transcript_path(home, Path(worker.worktree), session)),
        )
        self._processes.watch(worker=worker.id, pid=worker.pid, start=start)
        self._watch_session(worker, start)
        spool, token = self._agent.spool(worker.id), self._agent.token(worker.id)
        self._hooks.watch(worker=worker.id, spool=spool, token=token)
        self._work.watch(worker=worker.id, path=Path(worker.worktree))
        if self._agent.is_contained(worker.id):
            self._watch_cell(worker)
        self._panes.watch(worker)

    def _watch_cell(self, worker: Worker) -> None:
        words = self._agent.words(worker.id)
        self._words.watch(worker=worker.id, folder=words)
        folders = (Path(worker.worktree), self._agent.home_of(worker.id), self._agent.spool(worker.id), words)
        self._limits.watch(worker=worker.id, pid=worker.pid, folders=folders)

    def _watch_session(self, worker: Worker, start: str) -> None:
        file = session_path(self._agent.home_of(worker.id), worker.pid)

        def find() -> tuple[Path, int, str] | None:
            path, pid = cli_below(file.parent, worker.pid) or (None, 0)
            began = process_start(pid) if path else None
            return (path, pid, began) if path and began else None

        self._sessions.watch(worker=worker.id, file=file, start=start, find=find)

    def forget(self, worker: str) -> None:
        for watcher in (*self._all, self._panes):
            watcher.forget(worker)
        self._agent.release(worker)

    def release(self, worker: str, gate: str) -> None:
        self._agent.release(worker, gate)

    def turned(self, worker: str, *, busy: bool, at: datetime) -> None:
        self._work.turned(worker, busy=busy, at=at)
        self._limits.turned(worker, busy=busy)

    def settle(self, seen: HookSeen) -> None:
        if seen.receipt:
            self._hooks.settle(seen.worker, seen.receipt)
