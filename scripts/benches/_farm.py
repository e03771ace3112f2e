"""A private tmux server full of stand-ins, for `watch`; by itself it measures nothing."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from hubctl import clock
from hubctl.agents.claude.files import process_start, session_path
from hubctl.agents.claude.launch import hook_script
from hubctl.core.ledger.thread import Worker
from hubctl.core.vocabulary.values import Struct
from hubctl.ports.worker import Pane
from hubctl.tmux.runtime import TmuxRuntime

TOKEN = "t0ken"
"""What each worker's hook proves itself with."""


class Farm(Struct, frozen=True, kw_only=True):
    """A private server with stand-ins that move."""

    runtime: TmuxRuntime
    folder: Path
    workers: dict[str, Worker]
    server: int

    def spool(self, worker: str) -> Path:
        return self.folder / f"spool-{worker}"

    def truth(self) -> list[tuple[int, str, str]]:
        """(CLOCK_MONOTONIC ns, worker, view) in order; `hooks` is no worker, and its view their CPU in ns."""
        rows = ((self.folder / "truth").read_text(encoding="utf-8")).splitlines()
        return [(int(at), worker, view) for at, worker, view in (row.split() for row in rows)]


@contextmanager
def plant(count: int, *, seconds: float, active: float) -> Iterator[Farm]:
    """`count` stand-ins that change for `seconds`, busy for the share `active` of it; all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hubctl-bench-") as place:
        os.environ["TMUX_TMPDIR"] = place
        runtime = TmuxRuntime(socket="bench", session="bench")
        runtime.ensure()
        driver = None
        try:
            made = _open(Path(place), runtime, count)
            driver = _drive(made, seconds=seconds, active=active)
            Event().wait(2.0)
            yield made
        finally:
            if driver:
                driver.terminate()
                driver.wait()
            runtime.kill_server()


def _open(folder: Path, runtime: TmuxRuntime, count: int) -> Farm:
    (folder / ".claude" / "sessions").mkdir(parents=True)
    (folder / "empty").mkdir()
    workers = {}
    for number in range(count):
        name = f"w{number}"
        (folder / f"spool-{name}").mkdir()
        pane = runtime.open_window(
            name=f"{number}-parser",
            cwd=folder,
            command=["tail", "-f", "/dev/null"],
            env={"PATH": os.environ["PATH"]},
            tags={"worker": name},
        )
        workers[name] = _worker(name, pane, folder / "empty")
    return Farm(runtime=runtime, folder=folder, workers=workers, server=runtime.server_pid() or 0)


def _worker(name: str, pane: Pane, folder: Path) -> Worker:
    """`folder` is no repository: to look at a hundred real ones at the start is no cost of watching."""
    return Worker(
        at=clock.now(),
        worker=name,
        start=1,
        session="",
        pane=pane.id,
        window=pane.window,
        pid=pane.pid,
        worktree=str(folder),
        branch="",
        start_commit="",
        role_version="",
    )


def _drive(made: Farm, *, seconds: float, active: float) -> "subprocess.Popen[bytes]":
    (made.folder / "truth").touch()
    (made.folder / "hook").write_text(hook_script(), encoding="utf-8")
    words = ["tmux", "-L", "bench", "list-panes", "-a", "-F", "#{pane_id} #{pane_tty}"]
    listed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    ttys = dict(line.split() for line in listed.splitlines())
    standins = [
        {
            "worker": worker.id,
            "pid": worker.pid,
            "start": process_start(worker.pid) or "",
            "token": TOKEN,
            "spool": str(made.spool(worker.id)),
            "session": str(session_path(made.folder, worker.pid)),
            "tty": ttys[worker.pane],
        }
        for worker in made.workers.values()
    ]
    told: dict[str, object] = {
        "standins": standins,
        "hook": str(made.folder / "hook"),
        "truth": str(made.folder / "truth"),
    }
    told |= {"active": active, "seconds": seconds, "deaths": len(standins) // 16}
    (made.folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.benches._standins", str(made.folder / "told.json")],
        start_new_session=True,
    )
