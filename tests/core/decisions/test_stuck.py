"""What follows when a running worker does not move: rung by rung, and what takes an alert back."""

from datetime import datetime, timedelta

import pytest

from hubctl.core.decisions.drops import OVER
from hubctl.core.decisions.stuck import deadline
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.intake.observations import ClockSeen, Delivered, TrustSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import CallHuman, Deliver, RaiseAlert
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.turn_errors import TURN_ERRORS
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import HUMAN, WORKER, Proof, ThreadState, View
from support.core.builders import (
    DONE,
    FAILED,
    IDLE,
    NOW,
    ONE,
    STARTING,
    TWO,
    WORKING,
    dialog,
    died,
    handed,
    issue,
    opened,
    policy,
    undelivered,
    viewed,
)
from support.core.stage import Stage, names, planned, play, working

S = ThreadState
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
STRICT = policy(
    "rules: {idle-no-handoff: {after: 60s, nudges: 2, pause: 30s, then: [alert, escalate, fail]}}"
)
OFF = policy(
    "rules:",
    "  idle-no-handoff: {off: true}",
    "  ask-unanswered: {off: true}",
    "  prompt-undelivered: {off: true}",
)


def idle(policy: Policy | None = None) -> Stage:
    """Thread 1 works, and its turn has just ended without a word."""
    stage = working(policy=policy)
    stage.view(View.IDLE)
    return stage


def nudged(stage: Stage) -> list[str]:
    """The nudge under way arrives, is answered with chatter, and the turn ends again."""
    stage.prompt(purpose="nudge")
    orders = stage.end("deliver", made=Delivered(proof=Proof.HOOK))
    return names([*orders, *stage.view(View.BUSY), *stage.view(View.IDLE)])


def open_alerts(stage: Stage) -> list[tuple[str, str]]:
    return [(alert.kind, alert.severity) for alert in stage.state.open_alerts]


# --- idle ---------------------------------------------------------------------------------------------------------


def test_the_whole_ladder_of_an_idle_worker() -> None:
    stage = idle(STRICT)
    assert stage.wait(59 * SECOND) == []
    assert names(stage.wait(SECOND)) == ["deliver 1"]
    assert nudged(stage) == []
    assert stage.wait(29 * SECOND) == []
    assert names(stage.wait(SECOND)) == ["deliver 1"]
    assert nudged(stage) == []
    assert names(stage.wait(30 * SECOND)) == ["raise-alert 1"]
    assert open_alerts(stage) == [("idle-no-handoff", "warning")]
    assert names(stage.wait(30 * SECOND)) == ["raise-alert 1"]
    assert open_alerts(stage)[1] == ("idle-no-handoff", "critical")
    assert names(stage.wait(30 * SECOND)) == [
        "fail-thread 1",
        "end-worker 1",
        "raise-alert 1",
        *["resolve-alert 1"] * 2,
    ]
    assert (stage.thread().state, stage.thread().ball.holder) == (S.FAILED, HUMAN)


def test_a_turn_that_goes_on_is_not_idle() -> None:
    stage = idle()
    stage.view(View.BUSY)
    assert stage.wait(14 * MINUTE) == []


@pytest.mark.parametrize("view", [View.UNKNOWN, View.BUSY, View.BACKGROUND, View.STARTING])
def test_only_idle_is_idle(view: View) -> None:
    stage = working()
    stage.view(view)
    assert stage.wait(14 * MINUTE) == []


def test_the_hubs_own_prompts_open_no_new_episode() -> None:
    stage = idle()
    stage.wait(90 * SECOND)
    nudged(stage)
    assert names(stage.wait(3 * MINUTE)) == ["raise-alert 1", "call-human 1"]
    assert stage.wait(60 * MINUTE) == []


@pytest.mark.parametrize("what", ["person", "progress"])
def test_a_person_or_progress_opens_a_new_episode(what: str) -> None:
    stage = idle()
    stage.wait(90 * SECOND)
    nudged(stage)
    stage.wait(3 * MINUTE)
    if what == "person":
        assert names(stage.hook("UserPromptSubmit", prompt="Go on.")) == ["resolve-alert 1"]
    else:
        orders = stage.ask("progress", text="half of it")
        assert names(orders) == ["resolve-alert 1", "take-ball-back 1"]
    stage.view(View.BUSY)
    stage.view(View.IDLE)
    (nudge,) = stage.wait(90 * SECOND)
    assert isinstance(nudge, Deliver)
    assert nudge.rung == 1


def test_an_alert_stays_while_the_worker_only_talks_to_itself() -> None:
    """A background task's note makes it busy and idle again: without a new episode nobody would be told any more."""
    stage = idle()
    stage.wait(90 * SECOND)
    nudged(stage)
    stage.wait(3 * MINUTE)
    note = "<task-notification>\n<task-id>a</task-id>"
    assert names(stage.hook("UserPromptSubmit", prompt=note)) == ["take-ball-back 1"]
    stage.view(View.BUSY)
    assert names(stage.view(View.IDLE)) == ["call-human 1"]
    assert open_alerts(stage) == [("idle-no-handoff", "warning")]


def test_an_alert_stays_while_its_dead_worker_is_resumed() -> None:
    stage = idle()
    stage.wait(90 * SECOND)
    nudged(stage)
    stage.wait(3 * MINUTE)
    stage.die()
    stage.start()
    stage.prompt(purpose="resume")
    stage.view(View.IDLE)
    assert ("idle-no-handoff", "warning") in open_alerts(stage)


def test_done_resolves_the_alert() -> None:
    stage = idle()
    stage.wait(90 * SECOND)
    nudged(stage)
    stage.wait(3 * MINUTE)
    assert "resolve-alert 1" in names(stage.ask("done"))


def test_a_second_nudge_waits_for_the_first() -> None:
    stage = idle(STRICT)
    stage.wait(60 * SECOND)
    began = stage.now
    assert names(stage.wait(60 * SECOND)) == ["raise-alert 1", "call-human 1"]
    assert open_alerts(stage) == [("prompt-undelivered", "warning")]
    (alert,) = stage.state.open_alerts
    assert f"not accepted since {began:%H:%M:%S} UTC: it waits for a free composer" in alert.text
    assert names(stage.end("deliver", made=Delivered())) == ["take-ball-back 1", "deliver 1"]


@pytest.mark.parametrize("error", sorted(TURN_ERRORS))
def test_what_no_nudge_can_mend_is_said_at_once(error: str) -> None:
    stage = working()
    alert, call = stage.hook("StopFailure", error=error)
    assert isinstance(alert, RaiseAlert)
    assert error in alert.text
    assert alert.text.endswith(f"`hubctl attach 1` and {TURN_ERRORS[error].cure}")
    assert stage.view(View.IDLE) == []
    assert stage.wait(60 * MINUTE) == []
    assert isinstance(call, CallHuman)
    assert (stage.thread().state, stage.thread().ball.holder) == (S.WAITING, HUMAN)
    assert stage.thread().ball.why.startswith(TURN_ERRORS[error].why)


@pytest.mark.parametrize("mended", ["by a person's word", "by itself"])
def test_what_a_person_mended_is_the_workers_again(mended: str) -> None:
    stage = working()
    stage.hook("StopFailure", error="authentication_failed")
    stage.view(View.IDLE)
    if mended == "by itself":
        stage.view(View.BUSY)
    else:
        assert names(stage.hook("UserPromptSubmit", prompt="Go on.")) == ["resolve-alert 1"]
    assert stage.thread().ball.holder == WORKER


def test_an_error_that_may_pass_is_nudged_like_any_end_of_a_turn() -> None:
    stage = working()
    stage.hook("StopFailure", error="server_error")
    assert stage.view(View.IDLE) == []
    assert names(stage.wait(90 * SECOND)) == ["deliver 1"]


def test_a_nudge_that_is_not_accepted_is_said_and_the_next_one_waits_for_a_person() -> None:
    stage = idle(STRICT)
    stage.wait(60 * SECOND)
    assert names(stage.end("deliver", error="Enter was swallowed")) == ["raise-alert 1", "call-human 1"]
    (alert,) = stage.state.open_alerts
    assert (
        f"not accepted since {stage.now:%H:%M:%S} UTC: Enter was swallowed. `hubctl attach 1`" in alert.text
    )
    assert stage.thread().ball.holder == HUMAN
    assert stage.wait(60 * MINUTE) == []
    assert names(stage.hook("UserPromptSubmit", prompt="Go on.")) == ["resolve-alert 1"]
    stage.view(View.IDLE)
    assert names(stage.wait(60 * SECOND)) == ["deliver 1"]


def test_a_nudge_that_was_confirmed_late_makes_the_next_failure_news() -> None:
    stage = idle(STRICT)
    stage.wait(60 * SECOND)
    stage.end("deliver", error="the worker did not confirm it")
    assert names(stage.prompt(purpose="nudge")) == ["resolve-alert 1", "take-ball-back 1"]
    stage.view(View.IDLE)
    stage.wait(30 * SECOND)
    orders = stage.end("deliver", error="the worker did not confirm it")
    assert names(orders) == ["raise-alert 1", "call-human 1"]


def test_a_nudge_that_failed_because_the_worker_had_gone_on_is_history() -> None:
    stage = idle()
    stage.wait(90 * SECOND)
    stage.ask("done")
    stage.end("deliver", error="the worker did not confirm it")
    assert stage.thread().undelivered == ""
    assert open_alerts(stage) == []


def test_the_clock_jump_moves_the_rungs() -> None:
    """Law 8: the machine slept for an hour, and the worker was not late by it."""
    stage = idle()
    stage.now += timedelta(hours=1)
    assert stage.see(ClockSeen(at=stage.now, slept=3600)) == []
    assert names(stage.wait(90 * SECOND)) == ["deliver 1"]


def test_a_role_can_have_a_ladder_of_its_own() -> None:
    rules = policy(
        "overrides:",
        "  - for: {role: reviewer}",
        "    rules: {idle-no-handoff: {after: 5s}}",
    )
    stage = working(issue("a", role="reviewer"), policy=rules)
    stage.view(View.IDLE)
    assert names(stage.wait(5 * SECOND)) == ["deliver 1"]


def test_who_had_to_mend_an_error_has_the_ball_no_more_when_the_worker_goes_on_by_itself() -> None:
    stage = working()
    stage.hook("StopFailure", error="billing_error")
    assert stage.thread().ball.holder == "human"
    stage.hook("UserPromptSubmit", prompt="<task-notification>")
    assert stage.thread().ball.holder == "worker"


# --- off ----------------------------------------------------------------------------------------------------------


def test_a_rule_that_is_off_says_nothing() -> None:
    stage = idle(OFF)
    stage.hook("StopFailure", error="billing_error")
    assert stage.wait(60 * MINUTE) == []
    assert stage.view(View.WAITING, why="permission for Bash") == []
    assert due(OFF, fold(IDLE)) is None


def test_a_prompt_that_is_not_accepted_can_be_off_too() -> None:
    stage = play(OFF, fold([*IDLE, viewed(View.IDLE)]), [])
    stage.fold(e.PromptUndelivered(at=NOW, thread=stage.thread().id, purpose="nudge", why="swallowed"))
    assert stage.turn() == []


# --- dialogs ------------------------------------------------------------------------------------------------------


def test_each_dialog_is_said_once_and_taken_back() -> None:
    stage = working()
    for _ in range(2):
        stage.now += SECOND
        assert names(stage.view(View.WAITING, why="dialog")) == ["raise-alert 1"]
        assert stage.view(View.WAITING, why="another word for it") == []
        assert stage.thread().ball.holder == HUMAN
        assert names(stage.view(View.BUSY)) == ["resolve-alert 1"]


def test_a_dialog_that_follows_at_once_is_said_too() -> None:
    stage = working()
    stage.view(View.WAITING, why="dialog")
    stage.view(View.BUSY)
    stage.now += timedelta(milliseconds=250)
    assert names(stage.view(View.WAITING, why="dialog")) == ["raise-alert 1"]


def test_progress_behind_a_dialog_is_not_its_answer() -> None:
    stage = working()
    stage.view(View.WAITING, why="permission for Bash")
    assert stage.ask("progress", text="the server is up") == []
    assert (stage.thread().state, stage.thread().ball.holder) == (S.WAITING, HUMAN)


def test_a_dialog_of_the_start_is_said() -> None:
    stage = planned(issue("a"))
    stage.start()
    (alert,) = stage.view(View.WAITING, why="dialog")
    assert isinstance(alert, RaiseAlert)
    assert alert.kind == "ask-unanswered"
    stage.prompt()
    assert open_alerts(stage) == []


# --- the first prompt ---------------------------------------------------------------------------------------------


def test_a_first_prompt_that_never_arrives_is_said() -> None:
    stage = planned(issue("a"))
    stage.start()
    stage.view(View.IDLE)
    assert stage.wait(59 * SECOND) == []
    alert, call = stage.wait(SECOND)
    assert isinstance(alert, RaiseAlert)
    assert alert.kind == call.because == "prompt-undelivered"
    assert "not accepted since 10:00:00 UTC: the worker is idle and has not confirmed it" in alert.text
    assert names(stage.prompt()) == ["resolve-alert 1", "take-ball-back 1"]


def test_a_person_who_helps_a_start_is_told_again_when_it_rests_unproven() -> None:
    stage = planned(issue("a"))
    stage.start()
    stage.view(View.IDLE)
    stage.wait(MINUTE)
    assert names(stage.hook("UserPromptSubmit", prompt="hello?")) == ["resolve-alert 1"]
    stage.view(View.IDLE)
    assert names(stage.wait(MINUTE)) == ["raise-alert 1", "call-human 1"]


# --- deadlines ----------------------------------------------------------------------------------------------------


def due(rules: Policy, state: HubState) -> datetime | None:
    """Of thread 1, as `status` shows it."""
    return deadline(rules, state, state.threads[ONE], NOW)


def test_the_deadline_is_the_next_rung() -> None:
    assert due(policy(), fold(IDLE)) == NOW + 90 * SECOND
    assert due(STRICT, fold(IDLE)) == NOW + 60 * SECOND
    stage = idle()
    stage.wait(90 * SECOND)
    assert due(stage.policy, stage.state) == stage.now + MINUTE, "the nudge is on its way"
    nudged(stage)
    assert due(stage.policy, stage.state) == stage.now + 3 * MINUTE


def test_a_busy_worker_is_late_when_nothing_of_it_moves() -> None:
    assert due(policy(), fold(WORKING)) == NOW + 15 * MINUTE


@pytest.mark.parametrize(
    ("log", "after"),
    [
        ((opened(),), 30 * MINUTE),
        ((*STARTING, viewed(View.IDLE)), MINUTE),
        ((*IDLE, undelivered()), MINUTE),
        ((*WORKING, handed()), 30 * MINUTE),
        ((*WORKING, died()), timedelta(0)),
        ((*WORKING, replace(died(), orphaned=True)), 10 * SECOND),
    ],
    ids=["ready", "first-prompt", "undelivered", "handed", "dead", "orphaned"],
)
def test_there_is_a_deadline_wherever_a_rule_has_a_time(log: tuple[e.Event, ...], after: timedelta) -> None:
    found = due(policy(), fold(log))
    assert found == NOW + after if after else found is None


@pytest.mark.parametrize(
    "log", [STARTING, (*WORKING, viewed(View.BACKGROUND)), (*IDLE, dialog()), FAILED, DONE]
)
def test_who_is_not_late_has_no_deadline(log: tuple[e.Event, ...]) -> None:
    assert due(policy(), fold(log)) is None


# --- what takes an alert back -------------------------------------------------------------------------------------


def test_each_kind_says_why_its_alert_is_over() -> None:
    assert set(RuleId) - {RuleId.HUB_DEAD} <= set(OVER), "the hub's own death is not said by the hub"
    assert all(OVER.values())


def test_files_that_are_not_trusted_say_so_themselves_and_take_back_nothing_that_was_said() -> None:
    stage = planned(issue("a"), issue("b"), policy=policy("limits: {workers: 1}"))
    assert names(stage.wait(30 * MINUTE))[-2:] == ["raise-alert 2", "call-human 2"]
    assert names(stage.see(TrustSeen(at=stage.now, changed=("POLICY.md",)))) == ["raise-alert"]
    assert names(stage.see(TrustSeen(at=stage.now, changed=()))) == ["resolve-alert"]
    assert open_alerts(stage) == [("undispatched", "warning")]
    assert stage.thread(TWO).ball.holder == HUMAN


# --- what was said lasts as long as its occasion ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "words", "rule"),
    [("handoff", {"to": "human"}, "ping-pong"), ("unproven", {}, "unproven-done")],
)
def test_a_count_that_was_said_is_not_over_because_the_worker_died(
    verb: str, words: dict[str, str], rule: str
) -> None:
    """It would not be said again: the occasion is the same."""
    stage = working(policy=policy(f"rules: {{{rule}: {{count: 2, then: [alert]}}}}"))
    for _ in range(2):
        stage.ask(verb, text="It goes to and fro.", words=words)
    stage.see(TrustSeen(at=stage.now, changed=("POLICY.md",)))  # nothing starts it again at once
    stage.die()
    assert rule in [alert.kind for alert in stage.state.open_alerts]
