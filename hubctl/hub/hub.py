"""The wiring: here, and nowhere else, the concrete things are chosen and put together."""

import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from hubctl import __version__, clock
from hubctl.agents.claude.doors import model_door
from hubctl.agents.claude.environment import check_ready
from hubctl.agents.claude.files import process_start
from hubctl.agents.claude.launch import cli_version
from hubctl.agents.claude.worker import ClaudeAgent
from hubctl.boards.choice import ProjectTerms, git_login, open_board
from hubctl.commands.run import run_command
from hubctl.core.documents.config import Config, Containment, PlannerKind
from hubctl.core.documents.plan import Plan
from hubctl.core.documents.policy import Rules
from hubctl.core.documents.roles import Loosened, Role
from hubctl.core.intake.observations import Observation, RequestSeen, TargetsSeen, ZoneSeen
from hubctl.core.ledger.alerts import labelled
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.core.vocabulary.words import ThreadId, ThreadState
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.git.directories import present
from hubctl.hub.cells import CellDoors, CommandCells, opened_cgroups, uncontained
from hubctl.hub.loop import Loop
from hubctl.hub.watchers import Watchers, rules_watched
from hubctl.hub.workspaces import GitWorkspaces
from hubctl.notify.apprise import AppriseNotifier
from hubctl.perform.outside import Interrupted, Outside
from hubctl.ports.board import Board
from hubctl.ports.log import Heartbeat
from hubctl.ports.workspaces import CommandResult
from hubctl.project import trust
from hubctl.project.config import held_config
from hubctl.project.place import Place, write_whole
from hubctl.project.rules_in_force import RulesInForce, open_rules
from hubctl.project.wakeup import wake, woken
from hubctl.store.eventlog import SqliteEventLog
from hubctl.store.history import SqliteHistory
from hubctl.tmux.program import require_tmux
from hubctl.tmux.runtime import TmuxRuntime
from hubctl.watch.board import BoardLook, BoardWatcher

LOCK_SECONDS, LOCK_LOOK_SECONDS = 0.25, 0.05
"""A hub holds the lock for its life; a verb that asks `place.is_running` holds it for microseconds."""


class ShellCommands(Struct, frozen=True, kw_only=True):
    """The `Commands` port. `cells` None: commands run without."""

    rules: Callable[[], Rules]
    cells: CommandCells | None = None

    def run(
        self,
        command: str,
        *,
        cwd: Path,
        env: Mapping[str, str],
        output: Path,
        seconds: float,
        stop: threading.Event,
        cell: Loosened,
        outward: bool = False,
    ) -> CommandResult:
        run = partial(run_command, command, cwd=cwd, env=env, output=output, seconds=seconds, stop=stop)
        if self.cells is None:
            return run()
        inside = self.cells.way_in(self.rules().policy, cell, cwd, env, outward=outward)
        try:
            return run(way_in=inside, excess=self.cells.excess)
        finally:
            self.cells.ended()


class Hub(Struct, frozen=True, kw_only=True):
    """A hub that may run: everything read and checked, nothing started."""

    place: Place
    config: Config
    book: RulesInForce
    agent: ClaudeAgent
    runtime: TmuxRuntime
    doors: CellDoors | None = None
    """None: no worker has a cell"""
    note: str = ""
    """what a person should know before it runs: that workers get no cell, though they are wanted"""
    stop: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        """Lets `run` end its turn and write down that it ended. May be called from any thread, and by a signal."""
        self.stop.set()
        wake(self.place.db)

    def run(self, follow: Callable[[HubState], None] = lambda _: None) -> None:
        """Runs in this thread until `end` or until a person says `down`. The caller holds the lock (`only_hub`).

        `follow` is told of the state as the hub finds it, and after each turn that changed it; it must return at once.
        """
        log = SqliteEventLog(self.place.db)
        watchers = Watchers(
            agent=self.agent,
            runtime=self.runtime,
            now=clock.now,
            look=self._workspaces.look,
            limits=self.config.worker.limits,
        )
        loop = self._loop(log, watchers, follow)
        board = open_board(self.config.board, self.place.db, self.stop)
        watchers.bind(
            put=loop.seen.put,
            needs_screen=loop.needs_screen,
            board=self._watch(board, loop),
            doors=self.doors.watcher(loop.seen.put) if self.doors else None,
        )
        try:
            with self._attended(loop):
                loop.run(self._outside(loop, board))
        finally:
            log.close()
            self._close_empty_server()

    def _loop(self, log: SqliteEventLog, watchers: Watchers, follow: Callable[[HubState], None]) -> Loop:
        started = process_start(os.getpid()) or ""
        return Loop(
            log=log,
            history=SqliteHistory(log),
            rules=self.book.now,
            watch=watchers,
            hooked=self.agent.is_hooked,
            poke=watchers.poke,
            clock=clock.now,
            jump=clock.JumpSense().look,
            checks=self._checks,
            stirred=self.book.is_stirred,
            authenticate=self._authenticate,
            heartbeat=lambda at: Heartbeat(pid=os.getpid(), started=started, at=at),
            version=__version__,
            crashed=lambda text: str(write_crash(self.place.crashes, text)),
            follow=follow,
            stop=self.stop,
        )

    @contextmanager
    def _attended(self, loop: Loop) -> Iterator[None]:
        """What goes on beside the loop: it is woken, the rules' files are watched, the doors of cells are open."""

        def written() -> None:
            self.book.stir()
            loop.wake()

        with (
            self.doors.held() if self.doors else nullcontext(),
            woken(self.place.db, loop.wake),
            rules_watched(self.place.checkout, written),
        ):
            yield

    def _close_empty_server(self) -> None:
        """A tmux server without a worker is of no more use, and people would wonder at it."""
        with suppress(HubError):
            if not any(pane.tags.get("worker") for pane in self.runtime.panes()):
                self.runtime.kill_server()

    def _watch(self, board: Board, loop: Loop) -> BoardWatcher | None:
        """None where the board has no news."""
        if not board.shows:
            return None
        terms = ProjectTerms(place=self.place, config=self.config)
        look = BoardLook(
            board,
            cursor=lambda: loop.state.board.cursor,
            terms=lambda: terms.now(self.book.now()),
            now=clock.now,
        )
        return BoardWatcher(look.look, put=loop.seen.put, poll_seconds=self.config.poll_seconds)

    def _outside(self, loop: Loop, board: Board) -> Outside:
        return Outside(
            board=board,
            runtime=self.runtime,
            workspaces=self._workspaces,
            agent=self.agent,
            commands=ShellCommands(rules=self.book.now, cells=self._cells()),
            rules=self.book.now,
            notifier=AppriseNotifier(self._targets, name=self.place.name),
            screens=self.place.screens,
            notes=self.place.notes,
            state=lambda: loop.state,
            put=loop.seen.put,
            now=clock.now,
            stop=self.stop,
            plan=self._plan,
        )

    @property
    def _workspaces(self) -> GitWorkspaces:
        return GitWorkspaces(
            place=self.place,
            repository=self.book.repository,
            login=partial(git_login, self.config.board),
            configuration=self.book.configuration,
            cloned=self.doors is not None,
        )

    def _cells(self) -> CommandCells | None:
        if self.doors is None:
            return None
        return CommandCells(self.place, self.agent, self.book.repository, self.doors)

    def _plan(self, task: str) -> Plan:
        """By the configured planner; one that reads a file cannot plan an issue."""
        from hubctl.planners import PLANNERS

        kind = self.config.planner
        if kind is PlannerKind.FILE:
            raise HubError("`planner: file` plans no issue by itself.", "Write `planner: claude` or `api`.")

        def told(_: str) -> None:
            if self.stop.is_set():
                raise Interrupted

        trust.demand(self.place)
        checkout, roles = self.place.checkout, self.book.now().roles
        return PLANNERS[kind](
            task, checkout=checkout, config=self.config, roles=roles, env=os.environ, told=told
        )

    def _checks(self, now: datetime) -> Iterator[Observation]:
        yield from self.book.look(now)
        yield TargetsSeen(at=now, targets=tuple(self._targets))
        yield ZoneSeen(at=now, offset=clock.offset_seconds())

    @property
    def _targets(self) -> dict[str, str]:
        return labelled(self.config.alert_targets)

    def _authenticate(self, seen: RequestSeen, state: HubState) -> RequestSeen:
        """A worker's words count by its token, and then for the thread alone that it works on now."""
        if not seen.by.startswith("worker:"):
            return seen
        worker = seen.by.removeprefix("worker:")
        token, thread = self.agent.token(worker), self._thread_of(worker, state)
        proven = bool(token) and seen.words.get("token") == token and thread is not None
        told = {name: word for name, word in seen.words.items() if name != "token"}
        by = f"worker:{thread}" if proven else "nobody"
        return replace(seen, by=by, thread=seen.thread or thread, words=told)

    def _thread_of(self, worker: str, state: HubState) -> ThreadId | None:
        """A worker may be faster than the news of its own start."""
        known = state.worker_thread(worker)
        if known:
            return known.id
        starting = (t for t in state.threads.values() if t.own.state is ThreadState.STARTING)
        return next((t.id for t in starting if self.agent.name(thread=t.id, start=t.start) == worker), None)


def open_hub(place: Place, env: Mapping[str, str]) -> Hub:
    """Reads and checks everything that a hub needs before it may start a worker. Raises HubError with the cure."""
    book = open_rules(place)
    config = held_config(place)
    require_tmux()
    seen = {**env, **config.worker.env}
    home = Path(seen.get("HOME") or Path.home())
    why = uncontained(config.worker.cell, lambda: model_door(seen, home, env))
    doors = CellDoors(place, env) if config.worker.cell is not Containment.OFF and why is None else None
    agent = ClaudeAgent(
        place=place,
        config=config,
        rules=book.now,
        source=dict(env),
        python=sys.executable,
        contained=doors is not None,
        repository=book.repository,
        open_doors=doors.open if doors else lambda _: None,
        cgroups=opened_cgroups(place) if doors else None,
        lead_doors=doors.lead if doors else lambda *_: None,
    )
    _check_worker(agent, place, env, book.rules.roles.values())
    return Hub(
        place=place,
        config=config,
        book=book,
        agent=agent,
        runtime=open_runtime(place, config),
        doors=doors,
        note=f"{why.message} Workers run without, and the rules for commands hold. {why.cure}" if why else "",
    )


def open_runtime(place: Place, config: Config) -> TmuxRuntime:
    return TmuxRuntime(socket=config.tmux_socket or place.tmux_socket, session=place.name)


def _check_worker(agent: ClaudeAgent, place: Place, env: Mapping[str, str], roles: Iterable[Role]) -> None:
    cli_version(agent.config.worker.command)
    seen = {**env, **agent.config.worker.env}
    for finding in check_ready(agent.home, seen, [place.checkout, *present(place.checkout, roles)]):
        if not finding.answered:
            raise HubError(finding.message, finding.cure)


@contextmanager
def only_hub(place: Place) -> Iterator[None]:
    """Holds the repository's one lock of a hub. Raises HubError where another hub holds it."""
    with writing(place.lock):
        file = place.lock.open("a+")
    with file:
        if not clock.wait_until(lambda: _lock(file), seconds=LOCK_SECONDS, every=LOCK_LOOK_SECONDS):
            raise HubError(
                f"A hub runs already for `{place.checkout}`.",
                "See `hubctl status`; end it with `hubctl down`.",
            )
        yield


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_crash(folder: Path, text: str) -> Path:
    """A bug's traceback with the versions, to be sent with a report."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"crash-{clock.now():%Y%m%d-%H%M%S-%f}.log"
    write_whole(path, f"hubctl {__version__}, Python {sys.version}\n\n{text}")
    return path
