"""A cell as bubblewrap's words: what is not listed here is not there.

Measured in docs/facts/cells.md: own namespaces of users, processes, network, ipc and host name; no capabilities; of the
machine `/usr` and a few names of `/etc`, read-only; a home, a `/tmp` and a `/run` of its own. Later mounts lie on top
of earlier ones, so the order of the words is the order of the rules.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from hubctl.core.vocabulary.values import Struct, field
from hubctl.doors import inside

ETC = (
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "gitattributes",
    "group",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "pki",
    "ssl",
)
"""All that a cell has of `/etc`: certificates, names and libraries, nothing that says who else works here."""
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Links into `/usr` on a merged system, folders on others."""
DOORS = "/run/hub"
"""Where a cell finds the sockets of its doors."""
FORWARDER = "/run/inside.py"
USER = "1000"
"""Whom a cell of root shows: npm and the worker CLI behave differently as root."""


class Cell(Struct, frozen=True, kw_only=True):
    """What one program may see. All paths are absolute and are found in the cell where they lie outside.

    `home` is shown as `home_at`; None: an empty one that ends with the cell. `guarded` are names in `work` that stay as they
    are (the empty one is all of it), `masked` are paths that read as empty. `doors` is a folder of sockets; None: no way out at all.
    """

    work: Path
    home_at: Path
    home: Path | None = None
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    guarded: tuple[str, ...] = ()
    masked: tuple[Path, ...] = ()
    doors: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def bare_words() -> list[str]:
    """What every cell has: namespaces of its own, no privileges, the system read-only."""
    words = [
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-net",
        "--unshare-cgroup-try",
    ]
    words += ["--cap-drop", "ALL", "--disable-userns", "--hostname", "cell", "--die-with-parent"]
    if os.getuid() == 0:
        words += ["--uid", USER, "--gid", USER]
    words += ["--ro-bind", "/usr", "/usr"]
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for name in ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    # Scar: for root the kernel's settings stayed writable, `core_pattern` too, which runs a program outside.
    words += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    return [*words, "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/dev/shm"]


def cell_words(cell: Cell, *, empty: Path) -> list[str]:
    """All words of a cell, up to the `--` before its program. What is missing is left out, but for `work`, which must be there.

    `empty` is a file without content, which stands where a masked one is.
    """
    home = str(cell.home_at)
    words = bare_words()
    words += ["--bind", str(cell.home), home] if cell.home else ["--tmpfs", home]
    words += _shown("--ro-bind", cell.readable)
    words += ["--bind", str(cell.work), str(cell.work)]
    # A mount of its own: whoever could rename it would put another configuration in its place.
    words += _shown("--bind", [path for path in [cell.work / ".git"] if path.is_dir()])
    words += _shown("--ro-bind", (cell.work / name for name in cell.guarded))
    words += _shown("--bind", cell.writable)
    for path in filter(Path.is_file, cell.masked):
        words += ["--ro-bind", str(empty), str(path)]
    if cell.doors:
        words += ["--ro-bind", str(cell.doors), DOORS, "--ro-bind", str(inside.__file__), FORWARDER]
    words += ["--remount-ro", "/run", "--chdir", str(cell.work), "--clearenv"]
    for name, value in cell.env.items():
        words += ["--setenv", name, value]
    return words


def _shown(how: str, paths: Iterable[Path]) -> list[str]:
    """A mount over each path: no write, rename or unlink of it, where `how` is read-only.

    A missing path is left alone: bubblewrap would lay an empty file there, outside, and it would stay. So is a link: it
    would be its target that is mounted.
    """
    there = (str(path) for path in paths if path.exists() and not path.is_symlink())
    return [word for path in there for word in (how, path, path)]
