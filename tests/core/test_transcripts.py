"""Whole scenarios, read from `tests/transcripts/*.txt`.

policy limits: {attempts: 2}           a line of YAML over the shipped policy
> 10:00:05 says t1 done "all of it"    something happens at a time (`VERBS`); time passes on the way there
! judge-claim t1 because=done          what the hub orders upon it: all of it, in this order
= t1 reviewing ball=hub attempt=1      what is true now (`FACTS`)
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hubctl.core.decisions.evaluate import has_ended, next_due
from hubctl.core.decisions.stuck import deadline
from hubctl.core.documents.policy import RuleId
from hubctl.core.intake.observations import (
    ClockSeen,
    Delivered,
    Filed,
    TargetsSeen,
    TokensSeen,
    TrustSeen,
    WorkSeen,
)
from hubctl.core.ledger.action_log import revive
from hubctl.core.ledger.actions import Action
from hubctl.core.ledger.alerts import Alert
from hubctl.core.ledger.outside_events import AskKind
from hubctl.core.ledger.thread import Thread
from hubctl.core.ledger.waits import failing_targets, is_wait_broken
from hubctl.core.vocabulary.words import Proof, ThreadId, View, Work
from support.core.builders import NOW, issue, on_screen, plan, policy
from support.core.stage import Stage, request, retry

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "transcripts").glob("*.txt"))


@dataclass(slots=True, kw_only=True)
class Reading:
    """A transcript half played: the stage, and the orders that no line has named yet."""

    stage: Stage
    orders: list[Action] = field(default_factory=list)

    def play(self, line: str) -> None:
        sign, *words = shlex.split(line)
        match sign:
            case ">":
                assert not self.orders, f"nobody expected {self.orders}"
                self._happen(*words)
            case "!":
                assert self.orders, "nothing more is ordered"
                _expect(self.orders.pop(0), *words)
            case "=":
                FACTS.get(words[0], _thread_is)(self.stage, words)
            case _:
                pytest.fail(f"no line begins with `{sign}`")

    def _happen(self, clock: str, verb: str, *words: str) -> None:
        given = len(self.stage.orders)
        hour, minute, *second = (int(part) for part in clock.split(":"))
        then = NOW.replace(hour=hour, minute=minute, second=second[0] if second else 0)
        assert then >= self.stage.now, "time goes on"
        while self.stage.now < then:
            due = next_due(self.stage.policy, self.stage.state, self.stage.now)
            self.stage.wait(min(due or then, then) - self.stage.now)
        VERBS[verb](self.stage, *words)
        self.orders = self.stage.orders[given:]


def _id(word: str) -> ThreadId:
    return ThreadId(word.removeprefix("t"))


def _expect(action: Action, name: str, thread: str, *words: str) -> None:
    whose = f"t{action.thread}" if action.thread else "hub"
    said = {key: str(getattr(action, key)) for key, _, _ in (word.partition("=") for word in words)}
    wanted = dict(word.split("=", 1) for word in words)
    assert (action.name, whose, said) == (name, thread, wanted), action


# --- what happens -------------------------------------------------------------------------------------------------


def _plan(stage: Stage, *issues: str) -> None:
    """`a b:a c:a,b`: keys, and what each waits for."""
    made = [
        (key, after.split(",") if after else []) for key, _, after in (word.partition(":") for word in issues)
    ]
    content = plan(*(issue(key, *after) for key, after in made))
    stage.see(request(stage.state, "plan", content=content, at=stage.now))


def _says(stage: Stage, thread: str, verb: str, text: str = "", *words: str) -> None:
    """`by=` is who says it instead of the thread's worker, `to=` whom a ball is handed to."""
    more = dict(word.split("=", 1) for word in words)
    stage.ask(verb, _id(thread), by=more.pop("by", ""), text=text, words=more)


def _counts(stage: Stage, thread: str, tokens: str, tool: str) -> None:
    """The model has said something, and called a tool with this time limit."""
    seconds, count = float(tool.removeprefix("tool=")), int(tokens)
    worker = stage.worker(_id(thread))
    seen = TokensSeen(
        at=stage.now, worker=worker, input_tokens=count, output_tokens=count, tool="Bash", seconds=seconds
    )
    stage.see(seen)


def _makes(stage: Stage, thread: str, what: str, mark: str) -> None:
    """Its turn has made a commit, or changed files; `mark` is how the checkout looks now."""
    worker = stage.worker(_id(thread))
    stage.see(WorkSeen(at=stage.now, worker=worker, what=Work(what), mark=mark))


def _reads(stage: Stage, thread: str, seconds: str = "") -> None:
    """What the hub finds on the screen: an API retry in so many seconds, or none."""
    stage.end("read-screen", _id(thread), retry(stage, _id(thread), seconds))


def _person(verb: str) -> Callable[..., object]:
    return lambda stage, thread, text="": stage.ask(verb, _id(thread), by="human", text=text)


def _judged(stage: Stage, thread: str, verdict: str, why: str = "") -> None:
    stage.judge(_id(thread), why=why if verdict == "rejected" else "")


def _hub_starts(stage: Stage) -> None:
    """Another process: the log is all it has, and what is in doubt comes back as it was ordered (law 3)."""
    stage.replayed()
    for pending in stage.state.pending.values():
        order = revive(pending)
        assert order is not None
        assert order.id == pending.action
        assert order in stage.orders
    stage.restart()


def _jumps(stage: Stage, seconds: str) -> None:
    stage.now += timedelta(seconds=float(seconds))
    stage.see(ClockSeen(at=stage.now, slept=float(seconds)))


VERBS: dict[str, Callable[..., object]] = {
    "nothing": lambda _: None,
    "plan": _plan,
    "filed": lambda stage, number: stage.end("file-issue", None, Filed(number=int(number))),
    "not-filed": lambda stage, why: stage.end("file-issue", error=why),
    "starts": lambda stage, thread: stage.start(_id(thread)),
    "start-fails": lambda stage, thread, why: stage.end("start-worker", _id(thread), error=why),
    "takes": lambda stage, thread, purpose: stage.prompt(_id(thread), purpose),
    "person-writes": lambda stage, thread, text: stage.hook("UserPromptSubmit", _id(thread), prompt=text),
    "looks": lambda stage, thread, view, why="": stage.view(View(view), _id(thread), why),
    "shows": lambda stage, thread, dialog: stage.screen(dialog, _id(thread)),
    "screen-asks": lambda stage, thread, kind, text, *options: stage.end(
        "read-dialog", _id(thread), on_screen(AskKind(kind), text, *options)
    ),
    "screen-asks-nothing": lambda stage, thread: stage.end("read-dialog", _id(thread)),
    "answered": lambda stage, thread: stage.end("answer-dialog", _id(thread)),
    "not-answered": lambda stage, thread, why: stage.end("answer-dialog", _id(thread), error=why),
    "turn-fails": lambda stage, thread, error, said="": stage.hook(
        "StopFailure", _id(thread), error=error, message=said
    ),
    "counts": _counts,
    "makes": _makes,
    "reads": _reads,
    "not-read": lambda stage, thread, why: stage.end("read-screen", _id(thread), error=why),
    "dies": lambda stage, thread, how: stage.die(_id(thread), how),
    "uses-too-much": lambda stage, thread, limit: stage.excess(_id(thread), limit),
    "says": _says,
    "judged": _judged,
    "told": lambda stage, thread: stage.end("deliver", _id(thread), Delivered(proof=Proof.HOOK)),
    "found-told": lambda stage, thread: stage.end("deliver", _id(thread), Delivered(proof=Proof.TRANSCRIPT)),
    "not-told": lambda stage, thread, why: stage.end("deliver", _id(thread), error=why),
    "ended": lambda stage, thread: stage.end("end-worker", _id(thread)),
    "closed": lambda stage, thread: stage.end("close-issue", _id(thread)),
    "not-typed": lambda stage, thread, why: stage.end("deliver", _id(thread), Delivered(refused=why)),
    "cut": lambda stage, thread: stage.end("interrupt", _id(thread)),
    "not-cut": lambda stage, thread, why: stage.end("interrupt", _id(thread), error=why),
    "reopened": lambda stage, thread: stage.end("reopen-issue", _id(thread)),
    "person-stops": _person("stop"),
    "person-sends": _person("send"),
    "person-interrupts": _person("interrupt"),
    "person-retries": _person("retry"),
    "hub-dies": lambda _: None,
    "hub-starts": _hub_starts,
    "changed": lambda stage, *files: stage.see(TrustSeen(at=stage.now, changed=files)),
    "clock-jumps": _jumps,
    "targets": lambda stage, *names: stage.see(TargetsSeen(at=stage.now, targets=names)),
    "notified": lambda stage: stage.end("notify"),
    "not-notified": lambda stage, why: stage.end("notify", error=why),
    "refused": lambda stage, thread, host: stage.refuse(host, _id(thread)),
    "door-opens": lambda stage, thread: stage.end("answer-ask", _id(thread)),
    "person-approves": lambda stage, ask: stage.ask("approve", None, by="human", words={"ask": ask}),
    "person-acks": lambda stage, alert: stage.ask("ack", None, by="human", words={"alert": alert}),
}


# --- what is true -------------------------------------------------------------------------------------------------


def _thread_is(stage: Stage, words: list[str]) -> None:
    thread = stage.thread(_id(words[0]))
    wanted = dict(word.split("=", 1) for word in words[2:])
    assert (thread.state.value, {key: ASPECTS[key](stage, thread) for key in wanted}) == (words[1], wanted)


def _shown(at: datetime | None) -> str:
    return f"{at:%H:%M:%S}" if at else "never"


ASPECTS: dict[str, Callable[[Stage, Thread], str]] = {
    "ball": lambda _, thread: thread.ball.holder,
    "why": lambda _, thread: thread.ball.why,
    "attempt": lambda _, thread: str(thread.attempt),
    "start": lambda _, thread: str(thread.start),
    "view": lambda _, thread: thread.view.value,
    "due": lambda stage, thread: _shown(deadline(stage.policy, stage.state, thread, stage.now)),
    "broken": lambda stage, thread: "yes" if is_wait_broken(stage.state, thread) else "no",
    "ended": lambda stage, thread: "yes" if has_ended(stage.state, thread) else "no",
    "issue": lambda _, thread: "closed" if thread.issue_closed else "open",
}


def _alerts_are(stage: Stage, words: list[str]) -> None:
    """`= alerts none`, or `= alerts KIND/tN KIND/hub`, oldest first."""
    found = [
        f"{alert.kind}/{f't{alert.thread}' if alert.thread else 'hub'}" for alert in stage.state.open_alerts
    ]
    assert (found or ["none"]) == words[1:]


def _in_doubt_are(stage: Stage, words: list[str]) -> None:
    assert sorted(f"{p.name}/t{p.thread}" for p in stage.state.pending.values()) == sorted(words[1:])


def _failing_are(stage: Stage, words: list[str]) -> None:
    assert ([target.name for target in failing_targets(stage.state)] or ["none"]) == words[1:]


def _was_refused(stage: Stage, words: list[str]) -> None:
    assert stage.state.refusals.get(stage.state.requests) == words[1]


FACTS: dict[str, Callable[[Stage, list[str]], None]] = {
    "alerts": _alerts_are,
    "pending": _in_doubt_are,
    "refused": _was_refused,
    "failing": _failing_are,
}


# --- the transcripts ----------------------------------------------------------------------------------------------


def read(text: str) -> Stage:
    """Plays a transcript; the failure names the line."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line and line[0] != "#"]
    own = [line.removeprefix("policy ") for _, line in lines if line.startswith("policy ")]
    reading = Reading(stage=Stage(policy=policy(*own)))
    for number, line in lines[len(own) :]:
        try:
            reading.play(line)
        except AssertionError as error:
            pytest.fail(f"line {number}: {line}\n{error}", pytrace=False)
    assert not reading.orders, f"nobody expected {reading.orders}"
    assert not reading.stage.state.anomalies
    reading.stage.replayed()
    return reading.stage


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_scenario_goes_as_it_is_written(path: Path) -> None:
    stage = read(path.read_text(encoding="utf-8"))
    assert [alert.text for alert in stage.state.alerts.values() if not _has_evidence(alert)] == []


def _has_evidence(alert: Alert) -> bool:
    """What was seen, and when, and what to do; what a person is asked is said at once."""
    if alert.thread is None or alert.kind == RuleId.ASK_UNANSWERED:
        return True
    return bool(re.search(r"\d\d:\d\d(:\d\d)? UTC.+`hubctl [a-z]+( \d+.*)?`", alert.text))


def test_there_are_scenarios() -> None:
    assert len(TRANSCRIPTS) >= 34


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("> 10:00 plan a\n", "nobody expected"),
        ("> 10:00 plan a\n! start-worker t1\n", "line 2"),
        ("> 10:00 plan a\n! file-issue hub because=dispatch\n", "line 2"),
        ("> 10:00 nothing\n! file-issue hub\n", "nothing more is ordered"),
        ("> 10:00 nothing\n= alerts stalled/t1\n", "line 2"),
        ("> 10:00 nothing\n> 09:59 nothing\n", "time goes on"),
    ],
)
def test_a_transcript_can_fail(text: str, why: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception), match=why):
        read(text)
