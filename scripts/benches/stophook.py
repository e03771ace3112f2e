"""From a turn that ends in silence to the word who must act next: a nudge afterwards, and a role's Stop hook.

    scripts/bench stophook [--count N] [--version V]

Real workers, whose scripted model hands off as soon as it is reminded. A nudge comes when the rule's `after` is over (90 s
by the shipped policy, a second here, which is taken off); the Stop hook speaks at once. Requests and tokens are those of
the whole thread; the model's answers are the same in both.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from hubctl.core.ledger import events as e
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import Struct
from hubctl.store.eventlog import SqliteEventLog
from scripts.sample import sample
from support.live.project import Project, free_coder, issue, script
from support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300.0
AFTER_SECONDS = 1.0
WAYS = {"nudge": "coder", "Stop hook": "hooked"}
SILENT = "@say Next I will look at it."
HANDS_OFF = ['@bash hubctl handoff --to human --why "I need a key."', "@say I wait for it."]


class Word(Struct, frozen=True, kw_only=True):
    """What it took one thread to hand off. `seconds` from the silent end on."""

    seconds: float
    requests: int
    tokens: int


def main(words: list[str]) -> int:
    """0: both ways lead to the word."""
    parser = argparse.ArgumentParser(prog="scripts/bench stophook", description=__doc__)
    parser.add_argument("--count", type=int, default=6, help="threads for each way")
    parser.add_argument("--version", default="2.1.329", help="of the worker CLI")
    said = parser.parse_args(words)
    claude = ROOT / ".worker-cli" / said.version / "node_modules" / ".bin" / "claude"
    with sample() as place:
        project = Project.make(place.repository, claude, place.repository.parent)
        project.env.update(place.env, XDG_STATE_HOME=str(place.repository.parent / "state"))
        try:
            measured = _measure(project, said.count)
        finally:
            project.end()
    print(f"{said.version}, {said.count} threads each  seconds   requests   tokens (medians)")
    for way, found in measured.items():
        seconds, requests = median(one.seconds for one in found), median(one.requests for one in found)
        print(f"{way:24}{seconds:12.1f}{requests:11.0f}{median(one.tokens for one in found):9.0f}")
    print(f"A nudge comes the rule's `after` later still: {AFTER_SECONDS:.0f} s here, 90 s as shipped.")
    return 0


def _measure(project: Project, count: int) -> dict[str, list[Word]]:
    project.role("hooked", free_coder("stop_hook: on\n"))
    rule = {"after": f"{AFTER_SECONDS:.0f}s", "nudges": 2, "pause": "10m"}
    project.policy(rules={"idle-no-handoff": rule}, limits={"workers": 2})
    project.script(script(("nobody knows who must act next", HANDS_OFF)))
    plan = [
        issue(f"i{n}-{role}", f"{n} {role}", SILENT, role=role)
        for n in range(count)
        for role in WAYS.values()
    ]
    project.hubctl("split", "--planner", "file", "--plan", project.plan(*plan))
    project.up()
    for _ in plan:  # who waits holds its slot: each is stopped when it has said its word
        waiting = wait_until(lambda: [t for t in project.peek().values() if _has_spoken(t)], SECONDS)
        project.hubctl("stop", waiting[0].id)
    return {
        way: [_word(project, t) for t in project.peek().values() if t.role == role]
        for way, role in WAYS.items()
    }


def _has_spoken(thread: Thread) -> bool:
    resting = thread.view.value == "idle"
    return thread.state.value == "waiting" and thread.handoff is not None and resting


def _word(project: Project, thread: Thread) -> Word:
    assert thread.worker
    asked = [one for one in project.requests() if one["session"] == thread.worker.session]
    silent = float(asked[0]["at"])
    db = Path(project.json("init")["state"]) / "hub.db"
    handed = next(ev.at for ev in _handed(db) if ev.thread == thread.id)
    late = AFTER_SECONDS if thread.role == WAYS["nudge"] else 0.0
    return Word(
        seconds=handed.timestamp() - silent - late,
        requests=len(asked),
        tokens=thread.input_tokens + thread.output_tokens,
    )


def _handed(db: Path) -> Iterable[e.HandedOff]:
    log = SqliteEventLog(db)
    try:
        return [logged.event for logged in log.read() if isinstance(logged.event, e.HandedOff)]
    finally:
        log.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
