"""The time from `hubctl send` to proof, beside the worker CLI's own floor: the same text typed by tmux alone.

    scripts/bench deliver [--quick] [--version V]

Both end where the worker's own hook says that it took the prompt, so the difference is hubctl's: goal under 300 ms.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from hubctl import clock
from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.core.ledger import events as e
from hubctl.store.eventlog import SqliteEventLog
from scripts.sample import sample
from support.live.project import Project, issue, pane_of, wait_for_view
from support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
GOAL_MS = 300
SECONDS = 60.0


def main(words: list[str]) -> int:
    """0 where hubctl's own part is under the goal in the median."""
    parser = argparse.ArgumentParser(prog="scripts/bench deliver", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 texts instead of 40")
    parser.add_argument("--version", default="2.1.329", help="of the worker CLI")
    said = parser.parse_args(words)
    claude = ROOT / ".worker-cli" / said.version / "node_modules" / ".bin" / "claude"
    with sample() as place:
        project = Project.make(place.repository, claude, place.repository.parent)
        project.env.update(place.env, XDG_STATE_HOME=str(place.repository.parent / "state"))
        try:
            return _report(*_measure(project, 10 if said.quick else 40), version=said.version)
        finally:
            project.end()


def _measure(project: Project, count: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds: typed by tmux until the hook, sent until the hook, the whole of `hubctl send`."""
    project.policy(rules={"idle-no-handoff": {"after": "1h"}})
    project.up()
    plan = project.plan(issue("a", "Listen", "@say Ready."))
    project.hubctl("split", "--planner", "file", "--plan", plan)
    floor, sent, whole = [], [], []
    db = Path(project.json("init")["state"]) / "hub.db"
    wait_for_view(project, "Listen", "idle")
    tmux, pane = _tmux(project), pane_of(project, "Listen")
    for n in range(count):  # interleaved: a busy moment of the machine meets both
        typed, said = f"typed {n}", f"sent {n}"
        begun = clock.now()
        _type(tmux, pane, typed)
        wait_until(partial(_taken, db, typed), SECONDS)
        floor.append(_taken(db, typed) - begun.timestamp())
        wait_for_view(project, "Listen", "idle")
        begun = clock.now()
        project.hubctl("send", "1", "--", said)
        whole.append((clock.now() - begun).total_seconds())
        sent.append(_proven(db, said))
        wait_for_view(project, "Listen", "idle")
    return floor, sent, whole


def _tmux(project: Project) -> Callable[..., str]:
    """tmux on the hub's server, and nothing else in its way."""
    base = ["tmux", "-L", f"hubctl-{project.json('init')['id']}"]

    def tmux(*words: str) -> str:
        done = subprocess.run([*base, *words], env=project.env, capture_output=True, text=True, check=True)
        return done.stdout

    return tmux


def _type(tmux: Callable[..., str], pane: str, text: str) -> None:
    """As the shortest script would: paste, see it there, Enter."""
    tmux("set-buffer", "-b", "bench", text, ";", "paste-buffer", "-p", "-d", "-b", "bench", "-t", pane)
    wait_until(lambda: parse_screen(tmux("capture-pane", "-e", "-p", "-t", pane)).draft == text, SECONDS)
    tmux("send-keys", "-t", pane, "Enter")


def _events(db: Path) -> list[e.Event]:
    log = SqliteEventLog(db)
    try:
        return [logged.event for logged in log.read()]
    finally:
        log.close()


def _taken(db: Path, text: str) -> float:
    """When the worker's hook told of it, in seconds since 1970; 0: not yet."""
    told = (ev.at for ev in _events(db) if isinstance(ev, e.PromptTaken) and ev.text == text)
    return max((at.timestamp() for at in told), default=0.0)


def _proven(db: Path, text: str) -> float:
    """Seconds from the request's own time to the hook's."""
    events = _events(db)
    number = next(ev.number for ev in events if isinstance(ev, e.MessageWritten) and ev.text == text)
    asked = next(ev.at for ev in events if isinstance(ev, e.RequestTaken) and ev.number == number)
    proven = next(ev.at for ev in events if isinstance(ev, e.MessageProven) and ev.number == number)
    return (proven - asked).total_seconds()


def _report(floor: list[float], sent: list[float], whole: list[float], *, version: str) -> int:
    print(f"{version}, {len(sent)} texts        median ms   p90 ms")
    rows = {"typed by tmux, to hook": floor, "hubctl send, to hook": sent, "hubctl send, whole": whole}
    for name, seconds in rows.items():
        print(f"{name:24}{median(seconds) * 1000:12.0f}{quantiles(seconds, n=10)[-1] * 1000:9.0f}")
    own = (median(sent) - median(floor)) * 1000
    print(f"hubctl's own part: {own:.0f} ms in the median (goal: under {GOAL_MS})")
    return int(own >= GOAL_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
