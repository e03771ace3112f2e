"""The hub's side of cells: whether workers get them, and the doors of those that live."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hubctl.agents.claude.worker import TOKEN_FILE, ClaudeAgent
from hubctl.cells.cgroups import Cgroups, ground, prepared
from hubctl.cells.start import FORWARDING, hindrance, way_in
from hubctl.cells.worktree import command_cell
from hubctl.core.documents.config import Containment
from hubctl.core.documents.policy import Policy
from hubctl.core.vocabulary.limits import Excess, excess
from hubctl.core.vocabulary.values import replace
from hubctl.doors.process import Doors
from hubctl.doors.rules import WorkerDoors, read_rules, sockets_of
from hubctl.errors import HubError
from hubctl.git.location import Repository
from hubctl.permissions.rules import rules_of
from hubctl.project.place import Place

SETUP = "setup"
"""Whose doors a role's setup commands use."""


def uncontained(wish: Containment) -> HubError | None:
    """Why workers get no cell though they are wanted; None where they get one, or none is wanted.

    Raises it where there must be one.
    """
    why = None if wish is Containment.OFF else hindrance()
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

    def open(self, wanted: WorkerDoors) -> None:
        """Returns when they are open; those of workers that have ended are closed. Raises HubError."""
        with self._lock:
            self._doors.put([*(one for one in self._living() if one.worker != wanted.worker), wanted])

    def _living(self) -> list[WorkerDoors]:
        """A worker that has ended has lost its token."""
        known = read_rules(self._place.state).values()
        workers = self._place.workers
        return [one for one in known if one.worker == SETUP or (workers / one.worker / TOKEN_FILE).exists()]


class CommandCells:
    """The words that start the commands which the hub runs for workers in cells of their own, and the limits of these."""

    def __init__(self, place: Place, agent: ClaudeAgent, own: Repository, doors: CellDoors) -> None:
        self._place, self._agent, self._own, self._doors = place, agent, own, doors

    def way_in(self, policy: Policy, work: Path, env: Mapping[str, str], *, outward: bool) -> list[str]:
        """`outward`: with the policy's hosts behind its proxy, as a worker has them; else without any way out."""
        cell = command_cell(rules_of(policy), work=work, own=self._own, home=self._agent.home, env=env)
        note, cgroup = self._place.homes / _own_name(), self._agent.cgroup(_own_name())
        if not outward:
            return way_in(cell, note, cgroup=cgroup)
        doors = WorkerDoors(worker=SETUP, thread="", hosts=policy.doors.hosts)
        self._doors.open(doors)
        cell = replace(cell, doors=sockets_of(self._place.state, SETUP))
        return [*way_in(cell, note, cgroup=cgroup), *FORWARDING]

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
