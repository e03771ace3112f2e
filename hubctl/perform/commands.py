"""Commands that the hub runs in a worker's place: their output lies there, too, for the worker to read."""

import tempfile
from pathlib import Path

from hubctl import disk
from hubctl.core.documents.roles import Role
from hubctl.core.vocabulary.values import Struct
from hubctl.perform.outside import Interrupted, Outside

TAIL_BYTES = 64 * 1024


class Ran(Struct, frozen=True, kw_only=True):
    """`how` is empty where it succeeded, else words like "failed with exit 1"; `tail` is the end of what it said."""

    how: str
    tail: str


def run_there(
    command: str,
    outside: Outside,
    role: Role,
    *,
    place: Path,
    file: str,
    seconds: float,
    outward: bool = False,
) -> Ran:
    """`file` is the output's name in `place`. Raises Interrupted, and HubError where it did not start.

    Nothing is opened there but that file, and only when the command and all that it started has ended.
    """
    outside.notes.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=outside.notes, prefix="output-") as own:
        ended = outside.commands.run(
            command,
            cwd=place,
            env=outside.agent.environment(role),
            output=Path(own.name),
            seconds=seconds,
            stop=outside.stop,
            cell=role.cell,
            outward=outward,
        )
        if ended.stopped:
            raise Interrupted
        said = Path(own.name).read_bytes()
    disk.write_inside(place, file, said)
    how = ended.cut or f"failed with exit {ended.exit_code}"
    return Ran(how="" if ended.exit_code == 0 else how, tail=said[-TAIL_BYTES:].decode(errors="replace"))
