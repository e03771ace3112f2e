"""What the doors of each worker are: one file that the hub writes and that the doors' process reads anew when it changes.

Rules: a login stands here by its source, and by itself only where a configuration says it in clear. A worker's folder of sockets is made with its rules, so that
a cell can be given it at once; `hubctl.doors.process` says when its sockets are there.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from hubctl.core.vocabulary.hosts import Host
from hubctl.core.vocabulary.values import Struct, field

FOLDER: Final = "doors"
RULES: Final = "rules.json"
MODEL: Final = "model.sock"
EGRESS: Final = "egress.sock"
EGRESS_PORT: Final = 3128
"""Where `inside.py` listens on a cell's loopback for what cannot speak to a unix socket."""
MODEL_PATHS: Final = ("/v1/", "/api/")


class Source(StrEnum):
    """Where the doors find a login at each request; what `Secret.name` is then."""

    ENVIRONMENT = "environment"
    """a variable of the doors' own environment, which is the hub's"""
    VALUE = "value"
    """the login itself, where a configuration says it in clear"""
    CLAUDE = "claude"
    """the path of a `.credentials.json` of a plan's login, which says when its token expires"""
    COMMAND = "command"
    """a command for `sh` that prints it"""


class Secret(Struct, frozen=True, kw_only=True):
    """A header that a vault sets: `before` and the login; where there is a `user`, both as Basic."""

    header: str
    source: Source
    name: str
    before: str = ""
    user: str = ""


class Vault(Struct, frozen=True, kw_only=True):
    """A way to one upstream (an URL) that puts a login in outside; `paths` are what a request's path may begin with.

    `requests`, where there are any, are all that pass: method, path and query as they are sent.
    """

    upstream: str
    secrets: tuple[Secret, ...] = ()
    paths: tuple[str, ...] = MODEL_PATHS
    requests: tuple[str, ...] = ()


class WorkerDoors(Struct, frozen=True, kw_only=True):
    """All ways out of one worker's cell."""

    worker: str
    thread: str
    model: Vault | None = None
    hosts: tuple[Host, ...] = ()
    of_role: tuple[Host, ...] = ()
    """those of `hosts` that its role names: they stay when others are opened"""
    vaults: Mapping[str, Vault] = field(default_factory=dict)
    """by name"""

    @property
    def sockets(self) -> tuple[str, ...]:
        """The names of its sockets. The worker CLI speaks to that of its model by itself."""
        named = tuple(socket_of(name) for name in self.vaults)
        return (MODEL, EGRESS, *named) if self.model else (EGRESS, *named)


def socket_of(vault: str) -> str:
    """The name of a named vault's socket."""
    return f"vault-{vault}.sock"


def ports_of(vaults: Iterable[str]) -> dict[str, int]:
    """Where each of them is on a cell's loopback."""
    return {name: EGRESS_PORT + number for number, name in enumerate(sorted(vaults), start=1)}


def sockets_of(state: Path, worker: str) -> Path:
    """The folder that this worker's cell sees read-only as /run/hub."""
    return state / FOLDER / worker


def write_rules(state: Path, doors: Iterable[WorkerDoors]) -> None:
    """All workers that have doors, whole and at once; what is not among them has none any more."""
    import msgspec

    from hubctl.project.place import write_whole

    told = {one.worker: one for one in doors}
    for worker in told:
        sockets_of(state, worker).mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(state / FOLDER / RULES, msgspec.json.encode(told).decode())


def read_rules(state: Path) -> dict[str, WorkerDoors]:
    """By worker; empty where there are none."""
    import msgspec

    try:
        content = (state / FOLDER / RULES).read_bytes()
    except FileNotFoundError:
        return {}
    return msgspec.json.decode(content, type=dict[str, WorkerDoors])
