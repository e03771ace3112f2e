"""Small proofs of what a cell on this machine holds, tried from inside: `hubctl doctor --cell`, and the tests.

A proof is a command that ends with 0 where the cell holds. It runs in a repository made for it, with a secret beside it.
"""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hubctl.cells.profile import Cell
from hubctl.cells.start import way_in
from hubctl.cells.worktree import guarded_names
from hubctl.core.vocabulary.values import Struct
from hubctl.disk import writing
from hubctl.git.clones import make_clone
from hubctl.git.location import Repository
from hubctl.git.offer import lent
from hubctl.git.program import git

SECONDS: Final = 30.0
SECRET: Final = "A-SECRET-OF-THE-LAUNCHER"
PROOFS: Final = {
    "commits": "echo a >a && git add a && git commit -qm a && git log -1 --format=%s | grep -qx a",
    "sees none of your home": 'test ! -e "$HOME/.ssh" && test "$(ls -A "$HOME" | wc -l)" -le 1',
    "sees no other folder": "test ! -e /home -a ! -e /root -a ! -e /mnt -a ! -e /sys -a ! -e /var",
    "reads no untracked secret": "test ! -s .env",
    "reads nothing of its launcher": f"! grep -qzs '[A]{SECRET[1:]}' /proc/*/environ /proc/*/cmdline",
    "has no way out": '! (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null',
    "has no privileges": "grep -q '^CapBnd:.0*$' /proc/self/status && ! unshare -Ur true 2>/dev/null",
    "changes no setting of the kernel": "! (: >>/proc/sys/kernel/core_pattern) 2>/dev/null",
    "writes nothing of the system": "! touch /usr/x 2>/dev/null",
    "keeps guarded files": "! rm -rf .claude 2>/dev/null; test -s .claude/settings.json",
    "moves no branch of yours": '! git push --quiet hub HEAD:refs/heads/main 2>/dev/null && ! test -e "$COMMON/refs"',
    "deletes nothing of the history": 'rm -rf "$COMMON/objects" 2>/dev/null; git fsck --no-dangling hub/main >/dev/null',
    "stashes, tags and rewrites": "echo 1 >n && git add n && git stash -q && git tag t && git reset -q --hard HEAD~1 && git gc -q",
    "sets no hook and no configuration of yours": '! test -e "$COMMON/config" && ! touch "$COMMON/hooks/x" 2>/dev/null',
}
"""What a program in a cell does or cannot do, and the proof."""


class Proven(Struct, frozen=True, kw_only=True):
    """One proof: `said` is what its command printed."""

    name: str
    holds: bool
    said: str


def proofs(folder: Path) -> Iterator[Proven]:
    """Runs them all in an empty folder of the caller's. Raises HubError where no cell can be made."""
    with writing(folder), socket.create_server(("127.0.0.1", 0)) as server:
        cell = prepared(folder, server.getsockname()[1])
        for name, command in PROOFS.items():
            yield proven(cell, folder / "note", name, command)


def proven(cell: Cell, note: Path, name: str, command: str) -> Proven:
    """One proof in this cell; `note` is a file for the cell's words."""
    try:
        done = subprocess.run(
            [*way_in(cell, note), "/bin/bash", "-c", command],
            env={"SECRET": SECRET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Proven(name=name, holds=False, said=f"nothing for {SECONDS:.0f} s")
    return Proven(name=name, holds=done.returncode == 0, said=(done.stdout + done.stderr).strip())


def prepared(folder: Path, port: int) -> Cell:
    """A repository with a worktree, a home with a key in it, a secret that git does not track."""
    repository, home, work = (
        folder / "repository",
        folder / "home",
        folder / "repository/.hubctl/worktrees/1-a",
    )
    for each in (repository / ".claude", home / ".ssh"):
        each.mkdir(parents=True)
    (home / ".ssh" / "id").write_text(SECRET)
    (repository / ".claude" / "settings.json").write_text("{}\n")
    (repository / ".gitignore").write_text(".env\n")
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "config", "user.name", "hubctl")
    git(repository, "config", "user.email", "hubctl@localhost")
    git(repository, "add", "--all")
    for message in ("first", "second"):
        git(repository, "commit", "--quiet", "--allow-empty", "-m", message)
    common = repository / ".git"
    own = Repository(path=repository, common=common)
    git(own, "branch", "hub/1-a")
    start = git(own, "rev-parse", "hub/1-a").line
    make_clone(own, work, bench=folder / "bench", branch="hub/1-a", start=start)
    (work / ".env").write_text(SECRET)
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "PORT": str(port),
        "COMMON": str(common),
    }
    return Cell(
        work=work,
        home_at=home,
        readable=lent(own),
        guarded=guarded_names(work, cloned=True),
        masked=(work / ".env",),
        env=env,
    )
