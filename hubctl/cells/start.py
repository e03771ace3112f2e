"""Starting a program in a cell, and whether this machine can make cells at all."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from hubctl.cells.profile import DOORS, FORWARDER, Cell, bare_words, cell_words
from hubctl.disk import writing
from hubctl.doors.rules import EGRESS, EGRESS_PORT, ports_of, socket_of
from hubctl.errors import HubError
from hubctl.project.place import write_whole

PROGRAM = "bwrap"
LOOK_SECONDS = 10.0
ENTER = 'words=$1 program=$2; shift 2; exec env -i "$program" --args 9 ${TMUX:+--setenv TMUX "$TMUX"} -- "$@" 9<"$words"'
"""Environment and words of bubblewrap can be read inside, in `/proc/1`: the one is empty, the others come by a descriptor."""
JOIN = '{ echo $$ >"$1"; } 2>/dev/null; shift; '
"""Before it: into the cell's cgroup. Where the kernel refuses, the cell is watched like any other."""
CURES = {
    "max_": "Raise it: `sysctl user.max_user_namespaces=10000 user.max_net_namespaces=10000`.",
    "No permissions": "Allow it: `sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0`, "
    "or start the container with `--security-opt seccomp=unconfined`.",
    "uid map": "Run the hub as an ordinary user.",
}
"""What bubblewrap says where cells cannot be made (docs/facts/cells.md#where-cells-work), and what helps."""


def forwarding(vaults: Iterable[str]) -> tuple[str, ...]:
    """The words before a program by which ports of the cell's loopback lead to its doors to other hosts and to these vaults."""
    named = (f"{port}={DOORS}/{socket_of(name)}" for name, port in ports_of(vaults).items())
    return ("/usr/bin/python3", "-I", FORWARDER, f"{EGRESS_PORT}={DOORS}/{EGRESS}", *named, "--")


def program() -> str | None:
    """bubblewrap, from a folder of the system alone: PATH may lead into a home."""
    return shutil.which(PROGRAM, path="/usr/bin:/bin:/usr/local/bin")


def way_in(cell: Cell, note: Path, *, cgroup: Path | None = None) -> list[str]:
    """The words before a program that start it in this cell, and in this cgroup. `note` is a file for bubblewrap's own words.

    Raises HubError where there is no bubblewrap, or the note cannot be written.
    """
    found = program()
    if found is None:
        raise hindrance_of("")
    with writing(note):
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        empty = note.with_name("empty")
        empty.touch(mode=0o400)
        write_whole(note, "".join(f"{word}\0" for word in cell_words(cell, empty=empty)))
    if cgroup:
        return ["/bin/sh", "-c", JOIN + ENTER, "cell", str(cgroup / "cgroup.procs"), str(note), found]
    return ["/bin/sh", "-c", ENTER, "cell", str(note), found]


def hindrance() -> HubError | None:
    """Why no cell can be made here and what helps, None where one can: an empty one is made (8 to 33 ms)."""
    found = program()
    if found is None:
        return hindrance_of("")
    try:
        done = subprocess.run(
            [found, *bare_words(), "--", "/usr/bin/true"],
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LOOK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return hindrance_of(str(error))
    return (
        hindrance_of(done.stderr.strip() or f"it ended with {done.returncode}") if done.returncode else None
    )


def hindrance_of(said: str) -> HubError:
    """What bubblewrap said, in our words; empty: it is not there."""
    if not said:
        return HubError(
            "No cell can be made: bubblewrap is not installed.", "Install it: `apt-get install bubblewrap`."
        )
    cure = next((cure for sign, cure in CURES.items() if sign in said), "Try it: `bwrap --ro-bind / / true`.")
    return HubError(f"No cell can be made: {said.splitlines()[-1]}.", cure)
