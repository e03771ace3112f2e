"""What counts as wrong, how bad it is, and in which numbers it is told."""

from datetime import datetime, timedelta

import pytest

from hubctl.core.documents.policy import Severity
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.reports import health
from hubctl.core.reports.check_text import Report, report_document, report_lines
from hubctl.core.reports.health import Finding, HubLook, Kind, Level, WorkerSeen
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import View
from support.core import builders as b
from support.core.builders import NOW, ONE, TWO

WELL = HubLook(running=True, beat_at=NOW, pid=7)
KILLED = HubLook(running=False, beat_at=NOW, pid=7)
LIVES = WorkerSeen(process=True, pane=True)
ALERT = e.AlertRaised(
    at=NOW,
    thread=TWO,
    alert="a",
    kind="wait-broken",
    severity="critical",
    because="wait-broken",
    episode="1",
    text="Thread 2 waits in vain. `hubctl status`",
)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def found(
    state: HubState, seen: HubLook = WELL, *, at: datetime = NOW, rules: tuple[str, ...] = ()
) -> list[tuple[Kind, Severity]]:
    policy = b.policy(*rules)
    return [(one.kind, one.severity) for one in health.findings(policy, state, seen, at)]


CRITICAL_HUB = [(Kind.HUB_DEAD, Severity.CRITICAL)]


# --- the hub ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "seconds", "wrong"),
    [
        (WELL, 30, []),
        (WELL, 31, CRITICAL_HUB),
        (replace(WELL, beat_at=None), 900, []),
        (KILLED, 0, CRITICAL_HUB),
        (HubLook(running=False, ended_at=NOW), 30, []),
        (HubLook(running=False, ended_at=NOW), 31, CRITICAL_HUB),
        (HubLook(running=False), 0, CRITICAL_HUB),
    ],
    ids=["well", "heart-stands", "begins", "killed", "just-ended", "ended", "never-was"],
)
def test_a_hub_that_is_needed(seen: HubLook, seconds: float, wrong: list[object]) -> None:
    state = fold([b.opened()])
    assert found(state, seen, at=after(seconds)) == wrong
    assert found(state, seen, at=after(seconds), rules=("rules: {hub-dead: {off: true}}",)) == []


@pytest.mark.parametrize(
    "events", [(), b.DONE, b.CANCELED, b.FAILED], ids=["no", "done", "canceled", "failed"]
)
def test_a_hub_that_nothing_needs_may_have_ended(events: tuple[e.Event, ...]) -> None:
    state = fold(events)
    assert found(state, HubLook(running=False, ended_at=NOW), at=after(999)) == []
    assert found(state, KILLED, at=after(999)) == [(Kind.HUB_DEAD, Severity.WARNING)]
    said = HubLook(running=False, ended_at=NOW, unread=1)
    assert found(state, said, at=after(999)) == CRITICAL_HUB, "somebody waits for an answer"


def test_a_thread_that_waits_in_vain_needs_no_hub() -> None:
    state = fold([*b.FAILED, b.opened(TWO, ONE)])
    assert health.needing(state) == ()
    assert health.needing(fold([*b.WORKING, b.opened(TWO, ONE)])) == (ONE, TWO)


def test_a_plan_that_is_not_filed_needs_a_hub() -> None:
    accepted = e.PlanAccepted(at=NOW, plan="p", base="base", content=b.plan(b.issue("a")))
    assert health.is_needed(fold([accepted]), KILLED)
    assert not health.is_needed(fold([accepted, b.opened(key="a"), *b.DONE[1:]]), KILLED)


def test_the_text_names_the_threads_and_the_cure() -> None:
    state = fold([b.opened(), b.opened(TWO)])
    (one,) = health.findings(b.policy(), state, KILLED, after(240))
    assert one.text == (
        "The hub (pid 7) was killed: it gave the last sign of life 4m ago, and threads 1, 2 need it. `hubctl up --detach`"
    )


def test_each_death_is_an_episode_of_its_own() -> None:
    state = fold([b.opened()])
    keys = {
        health.findings(b.policy(), state, seen, after(99))[0].key
        for seen in (KILLED, replace(KILLED, beat_at=after(1)), WELL, HubLook(running=False))
    }
    assert len(keys) == 4


# --- the threads --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("look", "wrong"),
    [
        (LIVES, []),
        (WorkerSeen(process=True, pane=None), []),
        (WorkerSeen(process=False, pane=None), [(Kind.WORKER_DEAD, Severity.CRITICAL)]),
        (WorkerSeen(process=False, pane=False), [(Kind.WORKER_DEAD, Severity.CRITICAL)]),
        (WorkerSeen(process=True, pane=False), [(Kind.WORKER_DEAD, Severity.WARNING)]),
    ],
    ids=["lives", "tmux-is-silent", "dead", "pane-gone-too", "pane-gone"],
)
def test_a_worker(look: WorkerSeen, wrong: list[object]) -> None:
    seen = replace(WELL, workers={b.worker_of(ONE, 1): look})
    assert found(fold(b.WORKING), seen) == wrong
    assert found(fold(b.WORKING), seen, rules=("rules: {worker-dead: {off: true}}",)) == []
    assert found(fold(b.FAILED), seen) == [], "nobody needs it any more"


def test_tmux_that_does_not_answer_is_a_warning() -> None:
    assert found(HubState(), replace(WELL, terminals=False)) == [(Kind.TMUX, Severity.WARNING)]


def test_a_ball_is_late_when_a_living_hub_would_have_acted() -> None:
    state = fold(b.IDLE)
    seen = replace(WELL, beat_at=after(100))
    assert found(state, seen, at=after(100)) == []
    assert found(state, seen, at=after(101)) == [(Kind.LATE, Severity.WARNING)]


@pytest.mark.parametrize("events", [b.WAITING, (*b.WORKING, b.asked())], ids=["dialog", "question"])
def test_an_ask_is_wrong_when_it_waits_too_long(events: tuple[e.Event, ...]) -> None:
    state, later = fold(events), after(300)
    seen = replace(WELL, beat_at=later)
    assert found(state, seen, at=after(299)) == []
    assert found(state, seen, at=later) == [(Kind.ASK, Severity.WARNING)]
    assert found(state, seen, at=later, rules=("rules: {ask-unanswered: {severity: critical}}",)) == [
        (Kind.ASK, Severity.CRITICAL)
    ]
    assert health.performance(b.policy(), state, seen, later)["asks"] == 1


def test_an_alert_is_told_once_and_not_when_it_is_over() -> None:
    raised = (*b.WORKING, b.opened(TWO), ALERT)
    assert found(fold(raised)) == [(Kind.ALERT, Severity.CRITICAL)]
    assert found(fold([*raised, e.AlertResolved(at=NOW, thread=TWO, alert="a", why="over")])) == []
    seen = replace(WELL, workers={"w1-1": LIVES}, beat_at=after(301))
    both = fold([*b.WAITING, replace(ALERT, thread=ONE)])
    assert found(both, seen, at=after(301)) == [(Kind.ASK, Severity.WARNING)], "the thread has its finding"


def test_a_target_that_takes_nothing_is_named_once_an_outage() -> None:
    listed = e.TargetsChanged(at=NOW, targets=("slack",))
    failed = e.NoticeFailed(at=NOW, target="slack", why="it is closed")
    state = fold([listed, failed])
    (one,) = health.findings(b.policy(), state, WELL, NOW)
    assert (one.kind, one.severity) == (Kind.UNDELIVERED, Severity.WARNING)
    assert "`slack`: it is closed" in one.text
    assert not health.tells_itself(one, running=True), "the hub cannot"
    again = fold([replace(failed, at=after(9))], state)
    assert [same.key for same in health.findings(b.policy(), again, WELL, after(9))] == [one.key]
    assert found(fold([e.NoticeSent(at=NOW, target="slack", told={})], state)) == []


# --- the report ---------------------------------------------------------------------------------------------------


def test_the_worst_comes_first() -> None:
    state = fold([*b.IDLE, b.opened(TWO)])
    seen = replace(KILLED, workers={"w1-1": WorkerSeen(process=False, pane=None)})
    assert [kind for kind, _ in found(state, seen, at=after(200))] == [
        Kind.HUB_DEAD,
        Kind.WORKER_DEAD,
        Kind.LATE,
    ]
    assert health.performance(b.policy(), state, seen, after(200)) == {
        "threads": 2,
        "late": 1,
        "asks": 0,
        "alerts": 0,
        "workers": 0,
        "heartbeat_age": 200,
    }


def finding(text: str = "It | is\nlate", severity: Severity = Severity.WARNING) -> Finding:
    return Finding(kind=Kind.LATE, severity=severity, thread=ONE, text=text, episode="1")


@pytest.mark.parametrize(
    ("report", "level", "first"),
    [
        (Report(), Level.OK, "HUBCTL OK - nothing is late, and nobody is missing"),
        (
            Report(findings=(finding(),), performance={"late": 1, "heartbeat_age": None}),
            Level.WARNING,
            "HUBCTL WARNING - 1 warning: It / is late | late=1 heartbeat_age=U",
        ),
        (
            Report(
                findings=(finding("Dead.", Severity.CRITICAL), finding(), finding()),
                performance={"heartbeat_age": 4},
            ),
            Level.CRITICAL,
            "HUBCTL CRITICAL - 1 critical, 2 warnings: Dead. | heartbeat_age=4s",
        ),
        (Report(findings=(finding(),), reason="No log."), Level.UNKNOWN, "HUBCTL UNKNOWN - No log."),
    ],
    ids=["ok", "warning", "critical", "unknown"],
)
def test_the_summary_is_one_line_with_one_bar(report: Report, level: Level, first: str) -> None:
    lines = report_lines(report)
    assert report.level is level
    assert lines[0] == first
    assert len(lines) == 1 + len(report.findings)
    assert not any("|" in line or "\n" in line for line in lines[1:])
    document = report_document(report)
    assert (document["status"], document["code"]) == (level.name.lower(), int(level))
    assert len(document["findings"]) == len(report.findings)


def test_only_what_a_living_hub_may_mend_may_pass() -> None:
    dead = health.findings(b.policy(), fold([b.opened()]), WELL, after(99))
    assert health.may_pass(dead, WELL)
    assert not health.may_pass(dead, KILLED)
    assert not health.may_pass((finding(),), WELL)


def test_a_living_hub_tells_its_alerts_itself() -> None:
    (alert,) = health.findings(b.policy(), fold([b.opened(TWO), ALERT]), WELL, NOW)
    assert health.tells_itself(alert, running=True)
    assert not health.tells_itself(alert, running=False)
    assert not health.tells_itself(finding(), running=True)


def test_a_working_view_is_not_late() -> None:
    state = fold([*b.WORKING, b.viewed(View.BUSY)])
    assert found(state, replace(WELL, beat_at=after(800)), at=after(800)) == []
