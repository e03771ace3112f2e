"""An ask from its opening to its end: opened by a hook that waits, decided once, over with what it was about."""

import json
from datetime import timedelta

import pytest

from hubctl.core.decisions.asks import ask_due
from hubctl.core.intake.observations import Delivered
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Action, RaiseAlert
from hubctl.core.ledger.asks import ANSWERED, LATE, Ask, decided, open_asks
from hubctl.core.messages.asks import in_a_line
from hubctl.core.vocabulary.text import escaped
from hubctl.core.vocabulary.words import HUMAN, WORKER, View
from support.core.builders import ONE, issue, policy
from support.core.stage import Stage, names, working

MINUTE = timedelta(minutes=1)
INPUT = json.dumps({"command": "touch x"})


def asking(stage: Stage, *, agent: str = "", tool: str = "Bash", shown: str = INPUT) -> list[Action]:
    gate = f"{len(stage.log)}.gate"
    return stage.hook("PermissionRequest", tool=tool, input=shown, agent=agent, gate=gate, cwd="trees/1")


def asked(**rules: str) -> Stage:
    """A worker that waits for a permission."""
    stage = working(issue("a"), policy=policy(*rules.values()) if rules else None)
    asking(stage)
    stage.view(View.WAITING, why="permission for Bash")
    return stage


def decide(stage: Stage, verb: str, ask: str = "a1", text: str = "") -> list[Action]:
    return stage.ask(verb, None, by="human", text=text, words={"ask": ask, "who": "anna"})


def refusal(stage: Stage) -> str:
    return stage.state.refusals.get(stage.state.requests, "")


def only(stage: Stage) -> Ask:
    (ask,) = stage.state.asks.values()
    return ask


def test_a_hook_that_waits_opens_an_ask_once() -> None:
    stage = asked()
    ask = only(stage)
    assert (ask.id, ask.tool, ask.fields, ask.cwd) == ("a1", "Bash", {"command": "touch x"}, "trees/1")
    assert stage.thread().ball.holder == HUMAN
    stage.hook("PermissionRequest", tool="Bash", input=INPUT, gate=ask.gate)
    assert list(stage.state.asks) == ["a1"]
    assert not any(isinstance(order, RaiseAlert) for order in stage.orders)


def test_a_hook_that_only_reports_is_no_ask() -> None:
    stage = working()
    stage.hook("PermissionRequest", tool="Bash", input=INPUT)
    assert stage.state.asks == {}


def test_what_the_policy_has_not_looked_at_yet_is_nobodys_to_answer() -> None:
    """On a busy machine some time lies between the hook and the policy's word: no inbox shows a person what it will allow."""
    stage = working()
    assert names(asking(stage, shown=json.dumps({"command": "grep -r x ."}))) == ["judge-ask 1"]
    assert (only(stage).is_open, open_asks(stage.state.asks)) == (True, ())
    stage.end("judge-ask", ONE)
    assert open_asks(stage.state.asks) == (only(stage),)


def test_an_answer_is_brought_to_the_worker() -> None:
    stage = asked()
    assert names(decide(stage, "approve")) == ["answer-ask 1"]
    assert open_asks(stage.state.asks) == ()
    stage.end("answer-ask", ONE)
    assert only(stage).over == ANSWERED
    assert (stage.thread().dialog, stage.thread().ball.holder) == ("", WORKER)
    stage.replayed()


def test_who_comes_second_is_told_who_was_first() -> None:
    stage = asked()
    decide(stage, "approve")
    assert decide(stage, "deny", text="No.") == []
    assert refusal(stage).startswith("the ask `a1` is decided: anna approved it at 10:00:00 UTC")


def test_an_answer_that_comes_too_late_is_said() -> None:
    stage = asked()
    decide(stage, "approve")
    stage.end("answer-ask", ONE, e.AskClosed(at=stage.now, thread=ONE, ask="a1", why=LATE))
    assert "too late" in only(stage).over
    decide(stage, "approve")
    assert "too late" in refusal(stage)


@pytest.mark.parametrize(
    ("hook", "said", "over"),
    [
        ("PostToolUse", {"tool": "Bash", "input": INPUT}, True),
        ("PostToolUse", {"tool": "Bash", "input": "{}"}, False),
        ("PostToolUse", {"tool": "Bash", "input": INPUT, "agent": "other"}, False),
        ("PostToolUseFailure", {"tool": "Bash", "input": INPUT}, True),
        ("Stop", {}, True),
        ("SubagentStop", {"agent": "other"}, False),
    ],
)
def test_what_follows_an_ask_closes_it(hook: str, said: dict[str, str], over: bool) -> None:
    stage = asked()
    stage.hook(hook, ONE, **said)
    assert bool(only(stage).over) is over
    if over:
        assert decide(stage, "approve") == []
        assert "answered in the pane" in refusal(stage)


def test_a_worker_that_waits_for_nobody_has_no_open_ask() -> None:
    stage = asked()
    stage.view(View.BUSY)
    assert only(stage).over


def test_a_subagents_ask_stands_beside_the_main_agents() -> None:
    stage = asked()
    asking(stage, agent="sub")
    asking(stage, agent="sub", shown="{}")
    assert [ask.id for ask in open_asks(stage.state.asks)] == ["a1", "a3"]
    decide(stage, "approve", "a3")
    stage.end("answer-ask", ONE)
    assert stage.thread().dialog


def test_an_ask_is_over_with_its_worker() -> None:
    stage = asked()
    stage.die()
    assert only(stage).over == "its worker has ended"


def test_each_verb_fits_its_kind() -> None:
    stage = working()
    asking(stage, tool="AskUserQuestion")
    decide(stage, "approve")
    assert "`hubctl answer a1 -- TEXT`" in refusal(stage)
    asking(stage)
    decide(stage, "answer", "a2")
    assert "no question" in refusal(stage)
    decide(stage, "approve", "a9")
    assert "no ask `a9`" in refusal(stage)


def test_a_workers_own_question_is_answered_by_a_message() -> None:
    stage = working()
    stage.ask("ask", text="Left or right?")
    assert only(stage).text == "Left or right?"
    assert names(decide(stage, "answer", text="Left.")) == ["deliver 1"]
    stage.end("deliver", ONE, Delivered(refused="a draft stands there"))
    assert only(stage).is_open
    decide(stage, "answer", text="Left.")
    stage.prompt(purpose="message")
    assert only(stage).over == ANSWERED


def test_what_depends_on_the_worktree_is_looked_at_first() -> None:
    stage = working(policy=policy('permissions: {allow: ["Bash(grep *)"], deny: ["Read(.env)"]}'))
    assert names(asking(stage, shown=json.dumps({"command": "grep -r x ."}))) == ["judge-ask 1"]
    made = decided("a1", ONE, decision="allow", because="permissions", why="a rule", at=stage.now)
    assert names(stage.end("judge-ask", ONE, made)) == ["answer-ask 1"]


@pytest.mark.parametrize("error", ["", "it cannot be read"])
def test_a_look_that_tells_nothing_leaves_it_to_a_person(error: str) -> None:
    stage = working(policy=policy('permissions: {allow: ["Bash(grep *)"], deny: ["Read(.env)"]}'))
    asking(stage, shown=json.dumps({"command": "grep -r x ."}))
    assert stage.end("judge-ask", ONE, error=error) == []
    assert only(stage).is_open
    assert only(stage).judged


# --- deadlines ----------------------------------------------------------------------------------------------------


def test_a_person_is_reminded_alerted_and_then_it_is_denied() -> None:
    stage = asked(
        rule="rules: {ask-unanswered: {after: 1m, nudges: 1, pause: 1m, then: [escalate], answer: deny}}"
    )
    assert stage.wait(59 * MINUTE / 60) == []
    (reminder,) = stage.wait(MINUTE / 60)
    (alert,) = stage.wait(MINUTE)
    assert isinstance(reminder, RaiseAlert)
    assert isinstance(alert, RaiseAlert)
    assert (reminder.severity, alert.severity) == ("warning", "critical")
    assert "touch x" in alert.text
    assert "`hubctl approve a1`" in alert.text
    assert names(stage.wait(MINUTE)) == ["decide-ask 1", "answer-ask 1", "resolve-alert 1", "resolve-alert 1"]
    answer = only(stage).answer
    assert answer
    assert (answer.by, answer.decision) == ("the policy", "deny")


def test_two_asks_have_two_ladders() -> None:
    stage = asked(rule="rules: {ask-unanswered: {after: 1m, pause: 1m, then: [alert, escalate]}}")
    stage.wait(MINUTE / 2)
    asking(stage, agent="sub")
    alerts = [(order.episode, order.rung) for _ in range(5) for order in stage.wait(MINUTE / 2)]
    assert alerts == [("a1", 1), ("a2", 1), ("a1", 2), ("a2", 2)]


@pytest.mark.parametrize("word", ["deny", "allow"])
def test_a_question_is_never_answered_by_default_with_yes(word: str) -> None:
    stage = working(policy=policy(f"rules: {{ask-unanswered: {{after: 1m, pause: 1m, answer: {word}}}}}"))
    asking(stage, tool="AskUserQuestion")
    stage.view(View.WAITING)
    stage.wait(5 * MINUTE)
    stage.wait(5 * MINUTE)
    answer = only(stage).answer
    assert answer
    assert answer.decision == "deny"


def test_the_deadline_moves_with_the_clock() -> None:
    stage = asked()
    due = ask_due(stage.policy, stage.state, only(stage))
    stage.fold(e.ClockJumped(at=stage.now, seconds=3600))
    assert due
    assert ask_due(stage.policy, stage.state, only(stage)) == due + 60 * MINUTE


# --- what is shown ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["\x1b[2J", "\u202e", "\u200b", "\x07", "\x9b", "\u2028", "\ud800"])
def test_nothing_that_a_terminal_obeys_or_hides_is_shown(bad: str) -> None:
    assert escaped(f"a{bad}b").isprintable()
    stage = working()
    asking(stage, shown=json.dumps({"command": f"echo {bad}\necho 2"}))
    line = in_a_line(only(stage))
    assert line.isprintable()
    assert line.startswith("Bash: echo ")
