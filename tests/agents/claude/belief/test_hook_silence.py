"""Hooks that fall silent: what is a silence, what is none, and the one alert that is made of it."""

from datetime import datetime, timedelta

import pytest

from hubctl.agents.claude.belief.belief import believe, first_look, hushed
from hubctl.agents.claude.belief.hook_silence import GRACE
from hubctl.agents.claude.belief.sources import Sources
from hubctl.core.intake.observations import HookSeen, HooksSeen, Observation, PromptSeen, SessionSeen
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import View
from support.core.builders import NOW, ONE, issue, started, worker_of
from support.core.stage import Stage, names, planned

WORKER = worker_of(ONE, 1)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def prompt(seconds: float, *, queued: bool = False) -> PromptSeen:
    return PromptSeen(at=at(seconds), worker=WORKER, prompt="go on", prompt_ids=("p",), queued=queued)


def hook(name: str, seconds: float, agent: str = "") -> HookSeen:
    return HookSeen(at=at(seconds), worker=WORKER, name=name, agent=agent)


def file(status: str, seconds: float) -> SessionSeen:
    when = at(seconds)
    return SessionSeen(at=when, worker=WORKER, session="s", status=status, updated_at=when)


def turn(begins: float, ends: float) -> tuple[Observation, ...]:
    return file("busy", begins), prompt(begins), file("idle", ends)


def after(*seen: Observation, hooked: bool = True) -> Sources:
    sources = first_look(WORKER, (), NOW, hooked=hooked)
    for one in seen:
        sources = believe(sources, one, one.at)
    return sources


LATE = at(100)


def test_a_whole_turn_without_a_hook() -> None:
    told = after(hook("UserPromptSubmit", 1), hook("Stop", 5), *turn(20, 30))
    found = hushed(WORKER, told, LATE)
    assert found == HooksSeen(at=LATE, worker=WORKER, since=at(20))
    assert hushed(WORKER, told, at(30) + GRACE - timedelta(seconds=1)) is None


def test_the_very_first_turn_counts() -> None:
    assert hushed(WORKER, after(*turn(1, 5)), LATE)


NO_SILENCE: dict[str, tuple[Observation, ...]] = {
    "nothing yet": (file("idle", 1),),
    "the turn runs": (file("busy", 1), prompt(1)),
    "it waits for a person": (file("busy", 1), prompt(1), file("waiting", 5)),
    "the file is of before": (file("idle", 1), prompt(20)),
    "its hook came first": (hook("UserPromptSubmit", 20.05), *turn(20, 30)),
    "its hook came late": (*turn(20, 30), hook("UserPromptSubmit", 20.05)),
    "the hook of its prompt was killed": (*turn(20, 30), hook("Stop", 29)),
    "only a subagent's hook": (*turn(20, 30), hook("PostToolUse", 25, agent="a1")),
    "a prompt of before the hub looked": (prompt(-5), file("idle", 5)),
    "a prompt that waits in the queue": (prompt(20, queued=True), file("idle", 30)),
    "a turn without a prompt": (file("busy", 20), file("idle", 30)),
}


@pytest.mark.parametrize("seen", NO_SILENCE.values(), ids=list(NO_SILENCE))
def test_no_silence(seen: tuple[Observation, ...]) -> None:
    assert hushed(WORKER, after(*seen), LATE) is None


@pytest.mark.parametrize("name", ["UserPromptSubmit", "Stop", "SessionStart"])
def test_a_hook_of_before_tells_of_no_later_prompt(name: str) -> None:
    assert hushed(WORKER, after(hook(name, 19), *turn(20, 30)), LATE)


def test_the_first_silent_turn_is_named_while_more_follow() -> None:
    told = after(*turn(20, 30), *turn(40, 50))
    found = hushed(WORKER, told, LATE)
    assert found
    assert found.since == at(20)


def test_a_worker_that_was_started_without_hooks() -> None:
    assert hushed(WORKER, after(*turn(20, 30), hooked=False), LATE) is None


# --- the alert ------------------------------------------------------------------------------------------------------


def silent(seconds: float) -> HooksSeen:
    return HooksSeen(at=at(seconds + 30), worker=WORKER, since=at(seconds))


def working() -> Stage:
    stage = planned(issue("a"))
    stage.end("start-worker", ONE, start_of(stage))
    return stage


def start_of(stage: Stage) -> e.WorkerStarted:
    return started(start=stage.state.threads[ONE].start)


def said(stage: Stage) -> list[tuple[str, str, str]]:
    return [(one.kind, one.severity, one.text) for one in stage.state.open_alerts]


def test_it_is_said_once_and_taken_back_by_a_hook() -> None:
    stage = working()
    assert names(stage.see(silent(20))) == ["raise-alert 1"]
    ((kind, severity, text),) = said(stage)
    assert (kind, severity) == ("hooks-silent", "critical")
    assert "no hook of it was heard" in text
    assert "disableAllHooks" in text
    assert stage.see(silent(20)) == []
    assert stage.see(hook("Stop", 10)) == [], "an old hook"
    assert stage.restart() == []
    assert names(stage.see(hook("Stop", 90))) == ["resolve-alert 1"]
    assert said(stage) == []
    assert names(stage.see(silent(120))) == ["raise-alert 1"], "another silence"


def test_a_new_worker_begins_anew() -> None:
    stage = working()
    stage.see(silent(20))
    stage.fold(e.WorkerDied(at=at(60), thread=ONE, how="exit 0"))
    stage.wait(timedelta(minutes=2))
    stage.end("start-worker", ONE, start_of(stage))
    assert [one.kind for one in stage.state.open_alerts if one.kind == "hooks-silent"] == []
    assert stage.state.threads[ONE].view is not View.GONE
