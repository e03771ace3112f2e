"""The hub's side of cells: whether workers get them, and the doors of those that live."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hubctl.agents.claude.worker import TOKEN_FILE, ClaudeAgent
from hubctl.cells.cgroups import Cgroups, ground, prepared
from hubctl.cells.loosening import loosened
from hubctl.cells.start import forwarding, hindrance, way_in
from hubctl.cells.worktree import command_cell
from hubctl.core.documents.config import Containment
from hubctl.core.documents.policy import Policy
from hubctl.core.documents.roles import Loosened
from hubctl.core.intake.observations import RefusalSeen
from hubctl.core.vocabulary.hosts import Host, is_address, target_of
from hubctl.core.vocabulary.limits import Excess, excess
from hubctl.core.vocabulary.values import replace
from hubctl.doors.log import DoorLine, Why, log_of, older
from hubctl.doors.named import vaults_of
from hubctl.doors.process import Doors
from hubctl.doors.rules import WorkerDoors, read_rules, sockets_of
from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.permissions.rules import rules_of
from hubctl.ports.worker import Put
from hubctl.project.place import Place
from hubctl.watch.doors import RefusalWatcher

SETUP = "setup"
"""Whose doors a role's setup commands use."""
UNLISTED = f'"{Why.UNLISTED}"'.encode()
"""Most lines are requests to a model: they are not read further."""


def uncontained(wish: Containment, login: Callable[[], object]) -> HubError | None:
    """Why workers get no cell though they are wanted; None where they get one, or none is wanted.

    `login` raises HubError where a login cannot stay outside. Raises it where there must be a cell.
    """
    why = None if wish is Containment.OFF else hindrance()
    if wish is not Containment.OFF and why is None:
        try:
            login()
        except HubError as error:
            why = error
    if why and wish is Containment.REQUIRED:
        raise why
    return why


def opened_cgroups(place: Place) -> Cgroups | None:
    """Where the kernel holds the cells' limits; None: they are watched."""
    found = ground()
    made = prepared(found) if found else None
    cgroups = Cgroups(ground=made, hub=place.id) if made else None
    if cgroups:
        cgroups.tidy()
    return cgroups


def refusal_of(line: bytes) -> RefusalSeen | None:
    """What a line of the doors' log tells of a host that a person may open; None where it tells nothing of one."""
    if UNLISTED not in line:
        return None
    try:
        said = msgspec.json.decode(line, type=DoorLine)
    except ValueError:
        return None
    target = target_of(said.what) if said.why is Why.UNLISTED else None
    if target is None or is_address(target.name) or said.at.tzinfo is None:
        return None
    return RefusalSeen(at=said.at, worker=said.worker, host=f"{target.name}:{target.port}")


class CellDoors:
    """The doors of this hub's cells, open for as long as a worker or the hub lives."""

    def __init__(self, place: Place, env: Mapping[str, str]) -> None:
        self._place = place
        self._doors = Doors(place.state, env=env)
        self._lock = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """They stay open behind a hub whose workers live on. Raises HubError where they cannot be opened."""
        self._doors.start()
        try:
            yield
        finally:
            self._doors.close(end=not any(one.worker != SETUP for one in self._living()))

    def watcher(self, put: Put) -> RefusalWatcher:
        """Tells of the hosts that they refuse."""
        log = log_of(self._place.state)
        return RefusalWatcher(log, older=older(log), read=refusal_of, put=put)

    def open(self, wanted: WorkerDoors) -> None:
        """Returns when they are open; those of workers that have ended are closed. Raises HubError."""
        with self._lock:
            self._doors.put([*(one for one in self._living() if one.worker != wanted.worker), wanted])

    def lead(self, worker: str, hosts: tuple[Host, ...]) -> None:
        """Where those of this worker lead from now on, if it lives. Raises HubError."""
        with self._lock:
            living = self._living()
            known = next((one for one in living if one.worker == worker), None)
            if known and known.hosts != (led := (*hosts, *known.of_role)):
                self._doors.put(replace(one, hosts=led) if one is known else one for one in living)

    def _living(self) -> list[WorkerDoors]:
        """A worker that has ended has lost its token."""
        known = read_rules(self._place.state).values()
        workers = self._place.workers
        return [one for one in known if one.worker == SETUP or (workers / one.worker / TOKEN_FILE).exists()]


class CommandCells:
    """The words that start the commands which the hub runs for workers in cells of their own, and the limits of these."""

    def __init__(self, place: Place, agent: ClaudeAgent, own: Repository, doors: CellDoors) -> None:
        self._place, self._agent, self._own, self._doors = place, agent, own, doors

    def way_in(
        self, policy: Policy, more: Loosened, work: Path, env: Mapping[str, str], *, outward: bool
    ) -> list[str]:
        """`outward`: with the policy's hosts behind its proxy, as a worker has them; else without any way out."""
        home = self._agent.home
        cell = command_cell(rules_of(policy), work=work, own=self._own, home=home, env=env)
        cell = loosened(cell, more, home=home, kept=self._place.kept)
        note, cgroup = self._place.homes / _own_name(), self._agent.cgroup(_own_name())
        if not outward:
            return way_in(cell, note, cgroup=cgroup)
        named = self._agent.config.vaults
        doors = WorkerDoors(
            worker=SETUP, thread="", hosts=(*policy.doors.hosts, *more.hosts), vaults=vaults_of(named)
        )
        self._doors.open(doors)
        cell = replace(cell, doors=sockets_of(self._place.state, SETUP))
        return [*way_in(cell, note, cgroup=cgroup), *forwarding(named)]

    def excess(self, pid: int) -> Excess | None:
        """Of the command that this thread runs; its files are those of its worker."""
        return excess(self._agent.config.worker.limits, self._agent.use(_own_name(), pid))

    def ended(self) -> None:
        """The command of this thread."""
        if self._agent.cgroups:
            self._agent.cgroups.remove(_own_name())


def _own_name() -> str:
    """Of a command: this thread runs no other meanwhile."""
    return f"command-{threading.get_ident()}"
