"""Every way to drop a ball with the real worker CLI, beside a close relative of it in which nothing fires.

Rule: what nothing is said of is looked at last, when its sibling with the same rule, or its own end, has come.
"""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from hubctl.core.documents.policy import RuleId
from hubctl.core.ledger.actions import Deliver
from hubctl.core.ledger.asks import Ask, open_asks
from hubctl.core.ledger.worker_events import HandedOff
from support.live.drops import Referee, scenario
from support.live.project import (
    SECONDS,
    Project,
    issue,
    pane_of,
    screen_of,
    script,
    wait_for_state,
    wait_for_view,
    work,
)
from support.waiting import wait_until

# One after the other: three workers at once.
pytestmark = [pytest.mark.live, pytest.mark.xdist_group("dropped-balls")]

R = RuleId
TIME = r"\d\d:\d\d:\d\d UTC"
NEVER = "10m"
PLACES = {"workers": 3}


def _gate(project: Project, name: str = "gate") -> Path:
    return project.shared / name


def _waiting(gate: Path) -> str:
    """Silent until the file is there."""
    return f"until [ -e {gate} ]; do sleep 0.1; done"


def _held(gate: Path) -> str:
    return f"@bash {_waiting(gate)}"


def _begin(project: Project, *issues: dict[str, object], **rules: object) -> None:
    """A hub at work with these rules; whoever can start does."""
    blocks: dict[str, object] = {"limits": PLACES}
    blocks |= {name: rules.pop(name) for name in ("limits", "permissions") if name in rules}
    project.policy(rules={name.replace("_", "-"): rule for name, rule in rules.items()}, **blocks)
    project.hubctl("split", "--planner", "file", "--plan", project.plan(*issues))
    project.up()


def _number(project: Project, title: str) -> str:
    return project.peek()[title].id


@scenario(R.IDLE_NO_HANDOFF, R.STALLED, R.UNDISPATCHED)
def test_nobody_moves(project: Project, referee: Referee) -> None:
    """A turn that ends, a stream that breaks off, a thread without a place; beside them what only looks like that."""
    gate, never = _gate(project), _gate(project, "never")
    _begin(
        project,
        issue("shell", "Shell behind it", f"@bashbg {_waiting(never)}", "@say Meanwhile."),
        issue("tool", "Silent tool", f"@bashto 170000 {_waiting(never)}"),
        issue("idle", "Idle", _held(gate), "@say That is all."),
        issue("place", "No place", *work("place.txt")),
        issue("after", "Not ready", *work("after.txt"), after=("shell",)),
        idle_no_handoff={"after": "5s", "nudges": 0, "pause": NEVER, "then": ["alert"]},
        stalled={"after": "6s", "pause": NEVER, "then": ["alert"]},
        undispatched={"after": "5s", "pause": NEVER},
    )
    wait_for_view(project, "Shell behind it", "background")
    wait_until(lambda: "never" in screen_of(project, "Silent tool"), SECONDS, "the tool runs")
    wait_for_view(project, "Idle", "busy")
    gate.touch()
    referee.drops(R.IDLE_NO_HANDOFF, "Idle", rf"idle since {TIME} and said neither done nor handoff")
    project.hubctl("send", _number(project, "Idle"), "--", "@stall 600")
    referee.drops(R.STALLED, "Idle", rf"busy, yet nothing of it moves since {TIME}", "critical")
    referee.drops(R.UNDISPATCHED, "No place", rf"ready since {TIME} .*: threads 1, 2, 3 take all 3 places")
    referee.keeps("Shell behind it", R.IDLE_NO_HANDOFF)
    referee.keeps("Silent tool", R.STALLED)
    referee.keeps("Not ready", R.UNDISPATCHED)


@scenario(R.PROMPT_UNDELIVERED)
def test_a_draft_in_the_way(project: Project, referee: Referee) -> None:
    """A nudge waits for a person's draft to go. Where it goes in time, the worker hears the nudge and ends its work."""
    gate = _gate(project)
    project.script(script(("Your turn ended, and nobody knows", list(work("nudged.txt")))))
    _begin(
        project,
        issue("left", "Draft left", _held(gate), "@say Ready."),
        issue("gone", "Draft removed", _held(gate), "@say Ready."),
        idle_no_handoff={"after": "1s", "nudges": 1, "pause": NEVER, "then": ["alert"]},
        prompt_undelivered={"after": "8s", "pause": NEVER},
    )
    for title in ("Draft left", "Draft removed"):
        wait_for_view(project, title, "busy")
        project.tmux("send-keys", "-t", pane_of(project, title), "-l", "half a thought")
        wait_until(partial(_shows, project, title, "half a thought"), SECONDS, "the draft is on screen")
    gate.touch()
    wait_until(lambda: _is_delivering(project, "Draft removed"), SECONDS, "the nudge is on its way")
    project.tmux("send-keys", "-t", pane_of(project, "Draft removed"), "C-u")
    referee.drops(R.PROMPT_UNDELIVERED, "Draft left", rf"not accepted since {TIME}: .* look for a draft")
    wait_for_state(project, "Draft removed", "done")
    referee.keeps("Draft removed", R.PROMPT_UNDELIVERED)


def _shows(project: Project, title: str, words: str) -> bool:
    return words in screen_of(project, title)


def _is_delivering(project: Project, title: str) -> bool:
    state, thread = project.folded(), _number(project, title)
    return any(one.name == Deliver.name and one.thread == thread for one in state.pending.values())


@scenario(R.HANDOFF_UNCLAIMED, R.ASK_UNANSWERED)
def test_people_who_must_act(project: Project, referee: Referee) -> None:
    """A ball and a permission that lie with a person; one that the person takes up, one that is answered."""
    gate = _gate(project)
    project.script(
        script(
            (
                "^The key is there",
                [f"@bash touch allowed && touch {project.shared}/answered && rm allowed", *work("key.txt")],
            )
        )
    )
    away = ('@bash hubctl handoff --to human --why "no key"', "@say I wait.")
    _begin(
        project,
        issue("taken", "Taken up", *away),
        issue("lies", "Left lying", _held(gate), *away),
        issue("asks", "Asks", "@bash touch forgotten"),
        handoff_unclaimed={"after": "12s", "pause": NEVER},
        ask_unanswered={"after": "12s", "pause": NEVER},
        permissions={"ask": ["Bash(touch *)"]},
    )
    wait_for_state(project, "Taken up", "waiting")
    project.hubctl("send", _number(project, "Taken up"), "--", "The key is there.")
    asked = wait_until(lambda: _asks_of(project, "Taken up"), SECONDS, "it asks")
    project.hubctl("approve", asked[0].id)
    gate.touch()
    referee.drops(R.ASK_UNANSWERED, "Asks", rf"waits for a person since {TIME}: Bash: touch forgotten")
    referee.drops(
        R.HANDOFF_UNCLAIMED, "Left lying", rf"handed to human at {TIME}, and nobody took it: no key"
    )
    wait_for_state(project, "Taken up", "done")
    assert (project.shared / "answered").exists()
    referee.keeps("Taken up", R.HANDOFF_UNCLAIMED, R.ASK_UNANSWERED)


def _asks_of(project: Project, title: str) -> list[Ask]:
    state, thread = project.folded(), _number(project, title)
    return [ask for ask in open_asks(state.asks) if ask.thread == thread]


@scenario(R.WAIT_CYCLE, R.WAIT_BROKEN)
def test_threads_that_wait_for_each_other(project: Project, referee: Referee) -> None:
    """A ring; when one of it is stopped, the other waits for what cannot come. A third waits for one that has no place."""
    gate = _gate(project)
    project.script(script(("Thread 4, which you waited for, is done", list(work("chain.txt")))))
    _begin(
        project,
        issue("one", "Ring one", '@bash hubctl handoff --to thread:2 --why "its file"', "@say I wait."),
        issue("two", "Ring two", _held(gate), '@bash hubctl handoff --to thread:1 --why "its file"'),
        issue("chain", "Chain", '@bash hubctl handoff --to thread:4 --why "its file"', "@say I wait."),
        issue("last", "Last", *work("last.txt")),
    )
    for title in ("Ring one", "Chain"):
        wait_for_state(project, title, "waiting")
    gate.touch()
    referee.drops(R.WAIT_CYCLE, "Ring one", rf"in a ring since {TIME}: 1, 2, 1", "critical")
    project.hubctl("stop", "2")
    referee.drops(
        R.WAIT_BROKEN, "Ring one", rf"it waits since {TIME} for thread 2, which is canceled", "critical"
    )
    for title in ("Last", "Chain"):
        wait_for_state(project, title, "done")
    referee.keeps("Chain", R.WAIT_CYCLE, R.WAIT_BROKEN)
    referee.keeps("Last")


@scenario(R.PING_PONG)
def test_to_and_fro(project: Project, referee: Referee) -> None:
    rest = "hubctl handoff --to clock:1s --why 'not yet'"
    again = [f"@bash test -e steps && hubctl progress 'a step'; {rest}", "@say I rest."]
    project.script(script(("The time that you waited for is over", again)))
    _begin(
        project,
        issue("steps", "Step by step", "@write steps", f"@bash {rest}", "@say I rest."),
        issue("fro", "To and fro", f"@bash {rest}", "@say I rest."),
        ping_pong={"count": 3, "pause": NEVER},
    )
    referee.drops(R.PING_PONG, "To and fro", rf"handed away \d times, last at {TIME}, and nothing came of it")
    wait_until(lambda: _passes(project, "Step by step") > 3, SECONDS, "it goes on as often")
    referee.keeps("Step by step", R.PING_PONG)


def _passes(project: Project, title: str) -> int:
    thread = _number(project, title)
    return sum(isinstance(event, HandedOff) and event.thread == thread for event in project.logged())


@scenario(R.ATTEMPTS_EXHAUSTED, R.UNPROVEN_DONE)
def test_claims_that_do_not_hold(project: Project, referee: Referee) -> None:
    """The relative is refused once for want of a commit, and once by its validation: it is done in its last attempt."""
    commit = "date +%N >>log.txt; git add -A; git commit -qm again"
    claim = '@bash hubctl done --summary "it is there"'
    mended = f"@bash test -e mends && echo right >a.txt; {commit}"
    project.script(script(("not done yet, attempt 1", [mended, claim, "@say Again."])))
    _begin(
        project,
        issue("fails", "Fails", f"@bash {commit}", claim, "@say Done.", validate="grep -q right a.txt"),
        issue("claims", "Claims", claim, claim, "@say Done."),
        issue(
            "mends",
            "Mends",
            claim,
            f"@bash touch mends; {commit}",
            claim,
            "@say Done.",
            validate="grep -q right a.txt",
        ),
        limits={**PLACES, "attempts": 2},
        unproven_done={"count": 2, "pause": NEVER},
    )
    failed = rf"given up at {TIME}: the validation failed with exit 2, 2 times\. Read `.+`"
    referee.drops(R.ATTEMPTS_EXHAUSTED, "Fails", failed, "critical")
    referee.drops(
        R.UNPROVEN_DONE, "Claims", rf"done was claimed 2 times, last at {TIME}, without the evidence"
    )
    wait_for_state(project, "Mends", "done")
    assert project.peek()["Mends"].attempt == 2
    referee.keeps("Mends", R.ATTEMPTS_EXHAUSTED, R.UNPROVEN_DONE)


@pytest.mark.core
@scenario(R.WORKER_DEAD, R.ORPHANED, R.HUB_DEAD)
def test_kill_9(project: Project, referee: Referee) -> None:
    """Of a worker, of the hub, of a worker without a hub; beside them a stop, a worker that survives, an orderly end."""
    gate, never = _gate(project), _gate(project, "never")
    gone = rf"its worker is gone since {TIME} \(the worker died \(.+\)\)"
    _begin(
        project,
        issue("stopped", "Stopped", _held(gate)),
        issue("killed", "Killed", _held(never)),
        issue("orphan", "Orphan", _held(never)),
        issue("lives", "Survives", *work("lives.txt", _held(gate))),
        worker_dead={"pause": NEVER, "then": ["alert"]},
        orphaned={"after": "1s", "pause": NEVER, "then": ["alert"]},
        hub_dead={"after": "0s"},
    )
    for title in ("Stopped", "Killed", "Orphan"):
        wait_for_view(project, title, "busy")
    project.hubctl("stop", _number(project, "Stopped"))
    wait_for_view(project, "Survives", "busy")
    _kill_worker(project, "Killed")
    referee.drops(R.WORKER_DEAD, "Killed", gone, "critical")
    (hub,) = project.hubs
    project.kill(hub)
    _kill_worker(project, "Orphan")
    said = project.hubctl("check", code=2).stdout
    needed = rf"The hub \(pid {hub.pid}\) was killed: .* ago, and threads 2, 3, 4 need it\."
    referee.says(R.HUB_DEAD, said.partition("\n")[0], needed)
    project.up()
    referee.drops(R.ORPHANED, "Orphan", gone, "critical")
    gate.touch()
    wait_for_state(project, "Survives", "done")
    referee.keeps("Stopped", R.WORKER_DEAD)
    referee.keeps("Survives", R.ORPHANED)
    for title in ("Killed", "Orphan"):
        project.hubctl("stop", _number(project, title))
    wait_until(lambda: all(one.state.closed for one in project.peek().values()), SECONDS, "nothing is open")
    wait_until(lambda: not _tools_at(never), SECONDS, "what the dead left running is ended")
    project.hubctl("down")
    assert project.json("check")["findings"] == []
    referee.silent.add(R.HUB_DEAD)


def _tools_at(gate: Path) -> list[str]:
    """The processes whose command names the file: a tool lives on when its worker is killed."""
    return [process.name for process in Path("/proc").glob("[0-9]*") if str(gate) in _command(process)]


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


def _kill_worker(project: Project, title: str) -> None:
    worker = project.peek()[title].worker
    assert worker
    os.kill(worker.pid, signal.SIGKILL)
