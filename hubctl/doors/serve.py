"""The doors' process: a socket for each door of each worker, opened and closed as the rules' file says.

Rules: the process that it takes over from goes on with what runs through it, and ends then. Without a hub and without
workers it ends after a while, and without the state's folder soon.
"""

import asyncio
import resource
import shutil
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from hubctl.core.vocabulary.hosts import Host
from hubctl.doors.egress import LARGEST_HEAD, Egress
from hubctl.doors.log import DoorLog, Use, log_of
from hubctl.doors.process import CONTROL, END, LOOK, OPEN
from hubctl.doors.rules import (
    EGRESS,
    FOLDER,
    MODEL,
    RULES,
    Vault,
    WorkerDoors,
    read_rules,
    socket_of,
    sockets_of,
)
from hubctl.doors.sockets import bind, connect
from hubctl.doors.vault import VaultDoor, Vaults

DRAIN_SECONDS, DRAIN_LOOK_SECONDS = 900.0, 0.1
"""How long what runs may go on when the doors are ended: longer than an answer of a model."""
BEAT_SECONDS: Final = 5.0
ALONE_BEATS: Final = 2
"""So long without a hub and without workers."""
TAKEOVER_SECONDS: Final = 5.0


class Doorkeeper:
    """All sockets of all workers, and what runs through them."""

    def __init__(self, state: Path) -> None:
        self._state, self._file = state, state / FOLDER / RULES
        self._vaults, self._log = Vaults(), DoorLog(log_of(state))
        self._stamp: object = None
        self._rules: dict[str, WorkerDoors] = {}
        self._open: dict[tuple[str, str], asyncio.Server] = {}
        self._doors: list[Egress | VaultDoor] = []

    @property
    def workers(self) -> int:
        return len(self._rules)

    def rules_of(self, worker: str) -> WorkerDoors:
        """As the file says now: it is read anew when it has changed."""
        self._read()
        return self._rules.get(worker) or WorkerDoors(worker=worker, thread="")

    def _read(self) -> None:
        with suppress(OSError):
            seen = self._file.stat()
            stamp = (seen.st_ino, seen.st_mtime_ns, seen.st_size)
            if stamp != self._stamp:
                self._rules, self._stamp = read_rules(self._state), stamp

    async def look(self) -> None:
        """Opens what the rules say and is not open, and closes what they say no more."""
        self._read()
        wanted = {(worker, name) for worker, doors in self._rules.items() for name in doors.sockets}
        for worker, name in self._open.keys() - wanted:
            self._open.pop((worker, name)).close()
            (sockets_of(self._state, worker) / name).unlink(missing_ok=True)
            if worker not in self._rules:
                shutil.rmtree(sockets_of(self._state, worker), ignore_errors=True)
        for worker, name in sorted(wanted - self._open.keys()):
            self._open[worker, name] = await self._serve(worker, name)

    async def _serve(self, worker: str, name: str) -> asyncio.Server:
        folder = sockets_of(self._state, worker)
        folder.mkdir(mode=0o700, exist_ok=True)
        listener = bind(folder, name)
        told = partial(self._told, worker, name.removesuffix(".sock"))
        if name == EGRESS:
            asks = bool(self.rules_of(worker).thread)
            egress = Egress(partial(self._hosts, worker), told, asks=asks)
            self._doors.append(egress)
            return await asyncio.start_unix_server(egress.meet, sock=listener, limit=LARGEST_HEAD)
        vault = VaultDoor(self._vaults, partial(self._vault, worker, name), told)
        self._doors.append(vault)
        return await asyncio.get_running_loop().create_unix_server(vault.server, sock=listener)

    def _hosts(self, worker: str) -> tuple[Host, ...]:
        return self.rules_of(worker).hosts

    def _vault(self, worker: str, socket: str) -> Vault | None:
        rules = self.rules_of(worker)
        named = {socket_of(name): vault for name, vault in rules.vaults.items()}
        return rules.model if socket == MODEL else named.get(socket)

    def _told(self, worker: str, door: str, use: Use) -> None:
        self._log.write(use, worker=worker, thread=self.rules_of(worker).thread, door=door)

    async def drain(self) -> None:
        """Takes nothing new, and returns when what runs has ended."""
        for server in self._open.values():
            server.close()
        left = DRAIN_SECONDS
        while left > 0 and any(door.running for door in self._doors):
            await asyncio.sleep(DRAIN_LOOK_SECONDS)
            left -= DRAIN_LOOK_SECONDS
        await self._vaults.close()


class Control:
    """The line to the hub: what it says is done, and that it is there is known."""

    def __init__(self, keeper: Doorkeeper) -> None:
        self._keeper = keeper
        self.hubs = 0
        self.ended = asyncio.Event()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.hubs += 1
        try:
            async for line in reader:
                if line == LOOK:
                    await self._keeper.look()
                    writer.write(OPEN)
                elif line == END:
                    self.ended.set()
        except OSError:
            return
        finally:
            self.hubs -= 1
            writer.close()


async def serve(state: Path) -> None:
    """Until the hub says so, or nobody needs the doors any more."""
    keeper = Doorkeeper(state)
    control = Control(keeper)
    before = _before(state)
    await keeper.look()
    listener = bind(state / FOLDER, CONTROL)
    server = await asyncio.start_unix_server(control.meet, sock=listener)
    if before:
        with suppress(OSError):
            before.sendall(END)
        before.close()
    sys.stdout.buffer.write(OPEN)
    sys.stdout.flush()
    beats = 0
    while beats < ALONE_BEATS and state.exists() and not control.ended.is_set():
        await keeper.look()
        beats = 0 if control.hubs or keeper.workers else beats + 1
        with suppress(TimeoutError):
            await asyncio.wait_for(control.ended.wait(), BEAT_SECONDS)
    server.close()
    await keeper.drain()


def _before(state: Path) -> socket.socket | None:
    """A line to the process that holds the doors now."""
    with suppress(OSError):
        return connect(state / FOLDER, CONTROL, seconds=TAKEOVER_SECONDS)
    return None


def raise_limit() -> None:
    """Each tunnel takes two descriptors."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
