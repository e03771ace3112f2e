"""Attacks on what lies outside, each run for real in a cell: nothing outside changes, and no secret is printed.

`attacks.txt` holds what misleads a judge of shell text, a line each; the channels below go by where no text is judged.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hubctl.cells.profile import Cell
from hubctl.cells.proofs import SECRET, prepared
from hubctl.cells.start import way_in
from hubctl.cells.worktree import looked_at, work_cell
from hubctl.core.vocabulary.values import replace
from hubctl.errors import HubError
from hubctl.git.checkout import checkout_look
from hubctl.git.clones import bring
from hubctl.git.location import Repository
from hubctl.git.offer import offer
from hubctl.permissions.rules import Rules
from support.waiting import wait_until

TABLE = Path(__file__).with_name("attacks.txt").read_text().splitlines()
LINES = [line for line in TABLE if line and not line.startswith("#")]
CHANNELS = (
    "setsid sh -c 'sleep 1; echo x >\"$OUT/late\"' &",
    "(setsid setsid tail -f /dev/null >/dev/null 2>&1 &)",
    'ln -s "$OUT/home/.ssh/id" here && cat here',
    'ln -s "$OUT" out; echo x >out/planted; rm -rf out/home',
    'mkdir -p "$OUT/state" && echo x >"$OUT/state/hub.db"; cat "$OUT/state/hub.db"',
    'sqlite3 "$OUT/state/hub.db" "insert into requests values (1)"',
    'printf "allow" >"$OUT/state/workers/w1-1/spool/1-1.gate"',
    'tmux -S "$OUT/tmux.sock" new-session -d "cat $OUT/home/.ssh/id >$OUT/stolen"',
    'tmux -S "$OUT/tmux.sock" send-keys -t 0 y Enter',
    'git --git-dir="$COMMON" config core.fsmonitor "touch $OUT/ran"',
    'git config core.fsmonitor "touch $OUT/ran"; git config uploadpack.packObjectsHook "touch $OUT/ran"',
    'git config filter.x.clean "touch $OUT/ran"; echo "* filter=x" >.gitattributes; git config --unset filter.x.clean',
    'rm -rf "$COMMON/objects" "$COMMON/hubctl-offer"; echo x >"$COMMON/objects/x"; echo x >"$COMMON/hubctl-offer/HEAD"',
    "git push --force hub HEAD:main; git push hub :main; git push --mirror hub",
    'echo "$OUT/home/.ssh" >.git/objects/info/alternates; git fsck; cat .git/objects/info/alternates',
    "git gc --prune=now; git repack -adf; git prune",
    'git --git-dir="$COMMON" config filter.x.clean "touch $OUT/ran"; echo "* filter=x" >.gitattributes',
    'echo "[core] hooksPath = $PWD" >>"$COMMON/config"',
    'echo "touch $OUT/ran" >"$COMMON/hooks/post-checkout"; chmod +x "$COMMON/hooks/post-checkout"',
    'echo "gitdir: $PWD/evil" >.git',
    "mv .git moved; mkdir .git",
    'mkdir -p "$COMMON/worktrees/1-a"; echo "$OUT/home" >"$COMMON/worktrees/1-a/gitdir"',
    "echo ../evil >.git/commondir; mkdir -p evil",
    'git config --worktree core.fsmonitor "touch $OUT/ran"',
    "git update-ref refs/heads/main HEAD^; git branch -f main HEAD^; git push . HEAD:main",
    "git tag planted; git branch planted; git worktree add ../planted",
    'git update-ref -d refs/heads/main; rm -f "$COMMON/refs/heads/main" "$COMMON/packed-refs"',
    'echo "{}" >.claude/settings.json; rm -rf .claude; mv .claude c',
    "chmod u+s /bin/sh; cp /bin/sh s; chmod 4755 s; ./s -p -c 'id -u' | grep -qx 0 && cat /etc/shadow",
    "echo '|/bin/sh' >/proc/sys/kernel/core_pattern",
    "mount -t tmpfs none /usr; umount /proc; unshare -Urm sh -c 'mount --bind / /mnt'",
    "chroot / sh -c true; mknod sda b 8 0; cat /dev/sda | head -c 10",
    "cat /proc/1/environ /proc/1/cmdline /proc/*/environ",
    'cat "/proc/1/root$HOME/.ssh/id"; ls /proc/1/cwd/../..',
    'for f in $(find / -name id -path "*ssh*" 2>/dev/null); do cat "$f"; done',
    'grep -rs A-SECRET "$OUT" /tmp /run /etc /proc/*/environ',
    "kill -9 -1; kill -9 1; pkill -9 tmux; killall -9 python3",
    "python3 -c \"import socket; socket.create_connection(('127.0.0.1', $PORT), 2).send(b'x')\"",
    "curl -s http://169.254.169.254/; curl -s http://127.0.0.1:$PORT/; wget -q http://127.0.0.1:$PORT/",
    'ulimit -c unlimited; sh -c "kill -SEGV \\$\\$"; ls "$OUT"',
    'echo x >"$OUT/repository/planted"; rm -rf "$OUT/repository/.gitignore"; rm -rf "$OUT"',
    "rm -rf --no-preserve-root / 2>/dev/null",
)
OWN = ("note", "empty", "repository/.hubctl/worktrees/1-a")
"""All that a worker may write: its clone."""
BROUGHT = ("repository/.git/refs/hubctl/", "repository/.git/logs/refs/hubctl")
OBJECTS = "repository/.git/objects/"
"""Where what comes over of it is added."""
SECONDS = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="module")
def cell(folder: Path) -> Cell:
    """Beside it lie a hub's state and the socket of a tmux that runs."""
    made = prepared(folder, 1)
    workers = folder / "state" / "workers" / "w1-1" / "spool"
    workers.mkdir(parents=True)
    (folder / "state" / "hub.db").write_text(SECRET)
    shutil.copytree(made.work, folder / "whole", symlinks=True)
    return replace(made, env={**made.env, "OUT": str(folder)})


def outside(folder: Path) -> dict[str, str]:
    """All files but the worker's own, with what is in them."""
    return dict(_outside(folder))


def _outside(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if not name.startswith(OWN):
            kind = str(path.readlink()) if path.is_symlink() else oct(path.stat().st_mode)
            yield name, kind + (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")


def attacked(line: str, folder: Path, cell: Cell) -> bytes:
    """What it prints, in a clone that no line before has touched."""
    shutil.rmtree(cell.work)
    shutil.copytree(folder / "whole", cell.work, symlinks=True)
    done = subprocess.run(
        [*way_in(cell, folder / "note"), "/bin/bash", "-c", line],
        env={"SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("line", LINES)
def test_nothing_outside_changes_and_no_secret_is_read(line: str, folder: Path, cell: Cell) -> None:
    before = outside(folder)
    printed = attacked(line, folder, cell)
    assert outside(folder) == before
    assert SECRET.encode() not in printed
    wait_until(lambda: not left(folder))


@pytest.mark.parametrize("line", CHANNELS)
def test_nor_does_the_hubs_own_look_at_what_is_left_change_anything(
    line: str, folder: Path, cell: Cell
) -> None:
    before = outside(folder)
    printed = attacked(line, folder, cell)
    assert outside(folder) == before
    assert SECRET.encode() not in printed
    wait_until(lambda: not left(folder))
    common = folder / "repository" / ".git"
    own = Repository(path=common.parent, common=common)
    clone = looked_at(own, cell.work)
    assert clone.entrance
    for look in (lambda: checkout_look(clone), lambda: bring(own, clone, "hub/1-a"), lambda: offer(own)):
        with suppress(HubError):
            look()
    brought = {name for name in outside(folder).keys() - before.keys() if name.startswith(OBJECTS)}
    now = {name: at for name, at in outside(folder).items() if name not in brought}
    assert _but_brought(now) == _but_brought(before)


def _but_brought(files: dict[str, str]) -> dict[str, str]:
    return {name: at for name, at in files.items() if not name.startswith(BROUGHT)}


DIRECTORY = (
    "mv .git moved && mkdir .git && cp -r moved/. .git; git config core.fsmonitor 'touch ran'",
    "git config filter.x.clean 'touch ran'",
    "echo '[core] fsmonitor = touch ran' >>.git/config",
    "rm -f .git/config; rm -rf .git; mkdir -p .git; echo '[core]' >.git/config",
    "ln -sf elsewhere .git/config; mv -f .git/HEAD .git/config",
    "echo 'touch ran' >.git/hooks/pre-commit; rm -rf .git/hooks; mv .git/hooks .git/h; mkdir .git/hooks",
)


@pytest.mark.parametrize("line", DIRECTORY)
def test_what_git_obeys_in_a_roles_directory_stays_as_it_is(line: str, tmp_path: Path) -> None:
    work = tmp_path / "directory"
    work.mkdir()
    for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "first")):
        subprocess.run(["git", *words], cwd=work, check=True)
    (work / ".git" / "hooks").mkdir(exist_ok=True)
    config, hooks = (work / ".git" / "config").read_bytes(), sorted((work / ".git" / "hooks").iterdir())
    cell = replace(work_cell(Rules(()), work=work, own=None), env={"PATH": "/usr/bin:/bin"})
    inside = [*way_in(cell, tmp_path / "note"), "/bin/bash", "-c", f"{line}; echo ran"]
    done = subprocess.run(inside, env={}, capture_output=True, timeout=SECONDS, check=False)
    assert done.stdout.endswith(b"ran\n")
    assert (work / ".git" / "config").read_bytes() == config
    assert sorted((work / ".git" / "hooks").iterdir()) == hooks


def left(folder: Path) -> list[str]:
    """The processes that a cell started: its home is in their environment."""
    mark, found = f"HOME={folder}/home\0".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes():
                found.append(process.name)
    return found
