"""A dialog that only the screen tells of: what it asks, and its way through the inbox."""

from datetime import timedelta

import pytest

from hubctl.agents.claude.screen.asks import ScreenAsk, asked_on, label_at, plain_label
from hubctl.agents.claude.screen.screen import Screen, parse_screen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Action
from hubctl.core.ledger.asks import ANSWERED, LATE, Ask, open_asks
from hubctl.core.ledger.outside_events import AskAnswered, AskKind, AskVia, Decision
from hubctl.core.messages.asks import cure_of, in_a_line
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import WORKER, View
from support.captured import CAPTURES
from support.core.builders import NOW, ONE, issue, on_screen, policy
from support.core.stage import Stage, names, planned, working

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BOTH = pytest.mark.parametrize("version", ["2.1.197", "2.1.329"])


def captured(version: str, name: str) -> Screen:
    return parse_screen((CAPTURES / version / name / "screen.ansi").read_text(encoding="utf-8"))


def read(screen: Screen) -> ScreenAsk:
    found = asked_on(screen)
    assert found
    return found


def ask_of(screen: Screen, decision: Decision, label: str = "") -> Ask:
    """The ask of this screen, as a person has answered it."""
    found = read(screen)
    answer = AskAnswered(
        ask="a1", at=NOW, by="anna", how="command line", decision=decision, answers={"": label}
    )
    return Ask(
        ask="a1",
        worker="w1-1",
        thread=ONE,
        kind=found.kind,
        via=AskVia.SCREEN,
        at=NOW,
        text=found.text,
        options=found.options,
        yes=found.yes,
        no=found.no,
        answer=answer,
    )


# --- what the screen asks -----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("perm_bash", AskKind.PERMISSION, ["Bash command", "rm -rf ./build && echo gone", "to proceed?"]),
        ("perm_write", AskKind.PERMISSION, ["hello.txt", "line two"]),
        ("perm_webfetch", AskKind.PERMISSION, ["http://127.0.0.1:8401/page"]),
        ("perm_mcp", AskKind.PERMISSION, ["demo"]),
        ("ask_user", AskKind.QUESTION, ["Shall we deploy?"]),
        ("plan_approval", AskKind.PLAN, ["1. do this", "2. do that"]),
        ("dialog_bypass", AskKind.DIALOG, ["Bypass Permissions mode"]),
    ],
)
def test_a_dialog_is_told_in_its_own_words(version: str, name: str, kind: AskKind, says: list[str]) -> None:
    found = read(captured(version, name))
    assert found.kind is kind
    assert [said for said in says if said not in found.text] == []
    assert "❯" not in found.text or kind is AskKind.PLAN
    assert found.options
    assert all("Type something" not in label for label in found.options)


@BOTH
def test_a_login_has_nothing_to_choose(version: str) -> None:
    assert read(captured(version, "auth_not_logged_in/prompt")).options == ()


@BOTH
@pytest.mark.parametrize("name", ["idle_fresh", "running_stream", "limit_5h_oauth/next"])
def test_what_is_no_dialog_asks_nothing(version: str, name: str) -> None:
    assert asked_on(captured(version, name)) is None


def test_a_rule_that_the_worker_draws_hides_nothing() -> None:
    rule = "─" * 60
    screen = parse_screen(
        f"{rule}\n Bash command\n\n   rm -rf ~\n   {rule}\n   ls\n\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n\n"
        " Esc to cancel · Tab to amend\n"
    )
    assert "rm -rf ~" in read(screen).text


def test_a_beginning_that_is_not_on_the_screen_is_marked() -> None:
    screen = parse_screen(
        "   ls\n\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n\n Esc to cancel · Tab to amend\n"
    )
    assert read(screen).text.startswith("…\n")


def test_boxes_to_tick_want_more_than_a_label() -> None:
    screen = parse_screen(
        f"{'─' * 60}\nWhich?\n\n❯ 1. [ ] One\n  2. [ ] Two\n\nEnter to select · Esc to cancel\n"
    )
    assert read(screen).options == ()


# --- which label an answer means ----------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "name", ["perm_bash", "perm_edit", "perm_write", "perm_mcp", "perm_webfetch", "perm_in_subagent"]
)
def test_an_approval_is_the_plain_yes_and_a_denial_no(version: str, name: str) -> None:
    screen = captured(version, name)
    at = label_at(screen, ask_of(screen, Decision.ALLOW))
    assert at is not None
    assert screen.options[at] == "Yes"
    at = label_at(screen, ask_of(screen, Decision.DENY))
    assert at == len(screen.options) - 1


@BOTH
def test_an_approved_plan_lets_nothing_more_through(version: str) -> None:
    screen = captured(version, "plan_approval")
    at = label_at(screen, ask_of(screen, Decision.ALLOW))
    assert at is not None
    assert screen.options[at] == "Yes, manually approve edits"


@BOTH
def test_a_label_is_found_by_its_words_and_only_on_its_own_screen(version: str) -> None:
    screen = captured(version, "ask_user")
    assert label_at(screen, ask_of(screen, Decision.ANSWER, "No")) == 1
    for label in ("no", "Maybe", "Type something.", ""):
        assert label_at(screen, ask_of(screen, Decision.ANSWER, label)) is None
    for other in ("ask_user_multi", "perm_bash", "idle_fresh"):
        meant = ask_of(screen, Decision.ANSWER, "Yes")
        same = asked_on(captured(version, other)) == asked_on(screen)
        assert (label_at(captured(version, other), meant) is None) is not same


def test_the_same_labels_over_another_command_are_another_dialog() -> None:
    first, second = captured("2.1.329", "perm_bash"), captured("2.1.329", "perm_in_subagent")
    assert label_at(second, ask_of(first, Decision.ALLOW)) is None


@pytest.mark.parametrize("labels", [("Yes", "Yes"), ("Yes, always", "No"), ("Yes please",), ()])
def test_where_there_is_no_plain_yes_nothing_is_chosen(labels: tuple[str, ...]) -> None:
    assert plain_label(AskKind.PERMISSION, labels, Decision.ALLOW) == ""


# --- its way through the inbox ------------------------------------------------------------------------------------


BASH = on_screen(
    AskKind.PERMISSION, "Bash command\n\n  touch x", "Yes", "Yes, always", "No", yes="Yes", no="No"
)
LOGIN = on_screen(AskKind.DIALOG, "Not logged in")
PAY = on_screen(AskKind.DIALOG, "What now?", "Wait", "Pay")
BLUE = on_screen(AskKind.QUESTION, "Blue?", "Yes", "No")
PLAN = on_screen(AskKind.PLAN, "1.", "Yes, and use auto mode", no="Esc")


def standing(shown: e.AskOpened, stage: Stage | None = None) -> Stage:
    """A dialog of which no hook tells, read."""
    stage = stage or working()
    stage.view(View.WAITING, why="permission prompt")
    assert names(stage.wait(SECOND)) == ["read-dialog 1"]
    stage.end("read-dialog", ONE, shown)
    return stage


def decide(stage: Stage, verb: str, text: str = "", answers: str = "", ask: str = "a1") -> list[Action]:
    words = {"ask": ask, "who": "anna", "answers": answers}
    return stage.ask(verb, None, by="human", text=text, words=words)


def refusal(stage: Stage) -> str:
    return stage.state.refusals.get(stage.state.requests, "")


def test_a_dialog_that_no_hook_tells_of_is_a_persons_ask() -> None:
    stage = standing(BASH, working(policy=policy('permissions: {allow: ["Bash"]}')))
    (ask,) = open_asks(stage.state.asks)
    assert (ask.kind, ask.via, ask.judged) == (
        AskKind.PERMISSION,
        AskVia.SCREEN,
        "only a person can answer it",
    )
    assert in_a_line(ask) == "Bash command ⏎  ⏎   touch x"
    assert cure_of(ask) == "`hubctl approve a1`, or `hubctl deny a1 --why TEXT`"
    assert stage.state.alerts == {}
    assert stage.wait(4 * MINUTE) == []
    assert names(stage.wait(MINUTE)) == ["raise-alert 1"]
    stage.replayed()


def test_a_hook_that_tells_of_it_is_heard_first() -> None:
    stage = working()
    stage.view(View.WAITING, why="permission prompt")
    stage.hook("PermissionRequest", tool="Bash", input="{}", gate="1.gate")
    assert stage.wait(MINUTE) == []
    late = standing(BASH)
    late.hook("PermissionRequest", tool="Bash", input="{}", gate="1.gate")
    assert [ask.via for ask in open_asks(late.state.asks)] == [AskVia.HOOK]


def test_a_hook_that_comes_while_the_screen_is_read_is_the_only_ask() -> None:
    stage = working()
    stage.view(View.WAITING, why="permission prompt")
    stage.wait(SECOND)
    stage.hook("PermissionRequest", tool="Bash", input="{}", gate="1.gate")
    stage.end("read-dialog", ONE, BASH)
    assert [ask.via for ask in open_asks(stage.state.asks)] == [AskVia.HOOK]


def test_an_approval_is_brought_and_closes_the_dialog() -> None:
    stage = standing(BASH)
    assert names(decide(stage, "approve")) == ["answer-ask 1"]
    stage.end("answer-ask", ONE)
    assert stage.state.asks["a1"].over == ANSWERED
    assert (stage.thread().dialog, stage.thread().ball.holder) == ("", WORKER)


def test_the_reason_of_a_denial_follows_as_a_message() -> None:
    stage = standing(BASH)
    decide(stage, "deny", text="Use the other file.")
    assert names(stage.end("answer-ask", ONE)) == ["deliver 1"]
    assert [message.text for message in stage.thread().messages] == ["Use the other file."]


def test_a_screen_that_changed_meanwhile_is_read_again() -> None:
    stage = standing(BASH)
    decide(stage, "deny", text="No.")
    assert names(stage.end("answer-ask", ONE, e.AskClosed(at=NOW, thread=ONE, ask="a1", why=LATE))) == [
        "read-dialog 1"
    ]
    assert "too late" in stage.state.asks["a1"].over
    assert stage.thread().messages == ()
    stage.end("read-dialog", ONE, replace(BASH, text="Bash command\n\n  touch y"))
    assert [ask.id for ask in open_asks(stage.state.asks)] == ["a2"]


@pytest.mark.parametrize("view", [View.BUSY, View.IDLE])
def test_an_answer_in_the_pane_closes_it(view: View) -> None:
    stage = standing(BASH)
    stage.view(view)
    assert stage.state.asks["a1"].over == "it was answered in the pane"


def test_another_dialog_closes_it_too() -> None:
    stage = standing(BASH)
    assert names(stage.view(View.WAITING, why="input needed")) == ["read-dialog 1"]
    assert open_asks(stage.state.asks) == ()


@pytest.mark.parametrize(
    ("shown", "verb", "why"),
    [
        (LOGIN, "approve", "`hubctl attach 1`"),
        (LOGIN, "answer", "`hubctl attach 1`"),
        (PAY, "approve", "one of: Wait; Pay"),
        (BLUE, "deny", "one of: Yes; No"),
        (BASH, "answer", ""),
        (PLAN, "deny", ""),
    ],
)
def test_each_verb_fits_its_labels(shown: e.AskOpened, verb: str, why: str) -> None:
    stage = standing(shown)
    decide(stage, verb, text="Yes")
    assert why in refusal(stage)
    assert bool(refusal(stage)) is bool(why)


def test_nothing_is_decided_for_a_person_who_is_late() -> None:
    rule = "rules: {ask-unanswered: {after: 1m, pause: 1m, then: [alert], answer: allow}}"
    stage = standing(BASH, working(policy=policy(rule)))
    assert names(stage.wait(MINUTE)) == ["raise-alert 1"]
    assert stage.wait(9 * MINUTE) == []
    assert open_asks(stage.state.asks)


def test_a_dialog_of_the_start_is_said_at_once_and_asked() -> None:
    stage = planned(issue("a"))
    stage.start()
    assert names(stage.screen("login")) == ["raise-alert 1"]
    assert names(stage.wait(SECOND)) == ["read-dialog 1"]
    stage.end("read-dialog", ONE, LOGIN)
    (ask,) = open_asks(stage.state.asks)
    assert cure_of(ask) == "`hubctl attach 1`"
    assert names(stage.view(View.IDLE)) == ["resolve-alert 1"]
    assert open_asks(stage.state.asks) == ()
