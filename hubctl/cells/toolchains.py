"""Which of a person's home a cell shows: the toolchains that PATH leads to, read-only, and nothing else.

A closed list: a toolchain's folder is shown because it stands here, never because PATH names it. Caches and settings, in
which logins lie, are no toolchains: a cell has a home of its own for them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

SYSTEM = ("/usr/", "/bin/", "/sbin/")
ROOTS = (
    ".asdf",
    ".bun/bin",
    ".cargo/bin",
    ".deno/bin",
    ".fnm",
    ".local/bin",
    ".local/lib",
    ".local/share/claude",
    ".local/share/fnm",
    ".local/share/mise",
    ".local/share/pipx",
    ".local/share/pnpm",
    ".local/share/rtx",
    ".local/share/uv",
    ".nodenv",
    ".npm-global",
    ".nvm",
    ".poetry",
    ".pyenv",
    ".rbenv",
    ".rustup",
    ".rye",
    ".sdkman",
    ".volta",
    "go/bin",
)
"""Below a home: where the installers of languages put programs (their own documentation names these places)."""
BEYOND = ("/opt", "/nix/store", "/snap")
"""Outside of homes and of `/usr`."""


def toolchains(home: Path, path: str) -> tuple[Path, ...]:
    """The folders to be shown, with links resolved where they are links; `path` is a PATH."""
    shown = [home / root for root in ROOTS]
    shown += [Path(root) for root in BEYOND]
    return tuple(dict.fromkeys([*filter(Path.is_dir, shown), *_entries(home, path)]))


def _entries(home: Path, path: str) -> Iterator[Path]:
    """Entries of PATH elsewhere, such as a virtual environment's `bin`: all of that environment. Never a home or above one.

    Those of a toolchain in another home than the worker's bring all of it, for its programs are scripts that call the rest.
    """
    for entry in path.split(os.pathsep):
        if not entry.startswith("/") or f"{entry}/".startswith(SYSTEM):
            continue
        folder = next(
            (
                Path(f"{entry}/".partition(f"/{root}/")[0], root)
                for root in ROOTS
                if f"/{root}/" in f"{entry}/"
            ),
            Path(entry),
        )
        root = folder.parent if folder.name == "bin" and (folder.parent / "pyvenv.cfg").is_file() else folder
        if root.is_dir() and not home.is_relative_to(root.resolve()):
            yield root
            yield from _interpreter(root)


def _interpreter(root: Path) -> Iterator[Path]:
    """What a virtual environment's `python` leads to, where that is outside of the system."""
    real = Path(os.path.realpath(root / "bin" / "python"))
    if real.is_file() and not str(real).startswith(SYSTEM):
        yield real.parent.parent
