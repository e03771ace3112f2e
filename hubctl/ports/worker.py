"""The ports of a worker: the panes that it runs in, the agent that it is, and the watchers that see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from hubctl.core.vocabulary.values import Struct, field
from hubctl.errors import HubError

if TYPE_CHECKING:
    from datetime import datetime

    from hubctl.core.documents.roles import Role
    from hubctl.core.intake.observations import HookSeen, Observation
    from hubctl.core.ledger.asks import Ask
    from hubctl.core.ledger.thread import Worker
    from hubctl.core.messages.notices import Notice

Put: TypeAlias = "Callable[[Observation], None]"
"""What every watcher is given: it takes an observation from any thread, at once."""


# --- the workers' terminals ---------------------------------------------------------------------------------------


class RuntimeUnavailable(HubError):
    """The terminals could not be asked. It means "unknown, look again", never "gone"."""


class Pane(Struct, frozen=True, kw_only=True):
    """A worker's terminal. `pid` is the worker's own; a dead pane keeps its last screen.

    `tags` are the words that the hub tied to it when it was made: `thread`, `worker`, `start`. `busy` by its title, and
    `printed` (seconds since 1970 of its last output, 0: unknown), are told over a standing connection alone.
    """

    id: str
    window: str
    name: str
    pid: int
    dead: bool = False
    status: int | None = None
    signal: int | None = None
    title: str = ""
    in_mode: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    busy: bool = False
    printed: int = 0


class Runtime(Protocol):
    """Terminals in which workers run; says nothing about threads' states."""

    def ensure(self) -> None:
        """The server and the hub's session exist."""

    def open_window(
        self, *, name: str, cwd: Path, command: Sequence[str], env: Mapping[str, str], tags: Mapping[str, str]
    ) -> Pane:
        """Starts the command in a new window of its own, tagged from the first moment."""

    def panes(self) -> tuple[Pane, ...]:
        """All panes of the server; empty where no server runs."""

    def capture(self, pane: str) -> str:
        """The screen with its attributes (`capture-pane -e -p`)."""

    def paste(self, pane: str, text: str) -> None:
        """Puts text into the terminal as one paste; no Enter."""

    def enter(self, pane: str) -> None:
        """Presses Enter."""

    def key(self, pane: str, name: str) -> None:
        """Presses one key by tmux's name for it, such as `Escape` or `Down`."""

    def close_window(self, window: str) -> None:
        """Ends what runs there and closes it; a window that is gone is no error."""

    def announce(self, notice: Notice) -> None:
        """Rings the bell and shows the title to whoever looks on, and the number of open alerts from now on."""


# --- worker programs ----------------------------------------------------------------------------------------------


class Launch(Struct, frozen=True, kw_only=True):
    """How a worker is started: words to exec and the whole of its environment."""

    worker: str
    session: str
    command: tuple[str, ...]
    env: Mapping[str, str]


class Agent(Protocol):
    """The program that works: how it is started, and what it leaves behind."""

    def name(self, *, thread: str, start: int) -> str:
        """The worker's id: one a start, so that nothing late of an earlier one is taken for it."""

    def launch(
        self,
        *,
        thread: str,
        start: int,
        session: str,
        role: Role,
        prompt: str,
        resumed: str,
        cwd: Path,
        hosts: Sequence[str] = (),
    ) -> Launch:
        """Makes what a start needs. Empty `session`, or one that was told nothing: a fresh one, told `prompt`; any other
        is told `resumed`. `hosts` are open for it beside those of the policy."""

    def reach(self, worker: str, hosts: Sequence[str]) -> None:
        """From now on these hosts (`NAME:PORT`) are open for the worker, beside those of the policy, and no others.

        Nothing where it has no cell, or has ended. Raises HubError."""

    def environment(self, role: Role) -> Mapping[str, str]:
        """What a command of the project may see: the worker's environment without anything of the hub's."""

    def is_contained(self, worker: str) -> bool:
        """It was started in a cell."""

    def prompts(self, worker: Worker) -> tuple[str, ...]:
        """What the worker was told, by its transcript."""

    def holds(self, worker: Worker) -> bool:
        """The worker's process still runs and has its session open: a second one would write into the same transcript."""

    def sweep(self, worker: str, *, but: int = 0) -> None:
        """Ends what the worker started and what outlived it, except the process `but`."""

    def awaits(self, worker: Worker, ask: Ask) -> bool:
        """As far as the worker itself says, it still waits for this ask's answer."""

    def keeps_asking(self, worker: Worker, ask: Ask) -> bool:
        """A rule of the worker program itself may make it ask in spite of an answer by the hook."""

    def answer(self, worker: Worker, ask: Ask) -> bool:
        """Gives the ask's answer to the hook that waits for it; False where no hook waits any more."""

    def release(self, worker: str, gate: str = "") -> None:
        """The hook behind this gate, or each one of the worker, goes without an answer; none is no error."""

    def forget(self, worker: str) -> None:
        """Token and spool of a worker that has ended are of no more use."""


# --- watching -----------------------------------------------------------------------------------------------------


class Watch(Protocol):
    """All watchers of workers as one."""

    def start(self) -> None:
        """Begins to look; what is seen goes to the loop's queue."""

    def close(self) -> None:
        """Ends every watcher's thread."""

    def watch(self, worker: Worker) -> None:
        """Follow this worker by all its sources; what they know already is reported first."""

    def forget(self, worker: str) -> None:
        """Stop following."""

    def turned(self, worker: str, *, busy: bool, at: datetime) -> None:
        """A turn of this worker began or ended: what it makes is looked for."""

    def release(self, worker: str, gate: str) -> None:
        """Nobody will answer the hook behind this gate any more."""

    def settle(self, seen: HookSeen) -> None:
        """The hook's facts are in the log: its file may go."""
