"""The answer to an ask of the screen, on a terminal that draws what the worker CLI draws and counts every key."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from hubctl.agents.claude.screen.asks import asked_on
from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.core.documents.policy import Rules
from hubctl.core.intake.observations import Observation
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import AnswerAsk, ReadDialog
from hubctl.core.ledger.asks import ANSWERED, LATE
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.errors import HubError
from hubctl.perform.asks import answer_ask, read_dialog
from hubctl.perform.outside import Outside
from support.captured import CAPTURES
from support.core.builders import NOW, ONE, STARTING, policy

RULE = "─" * 100
IDLE = f"{RULE}\n❯\u00a0\n{RULE}\n  ? for shortcuts\n"
LABELS = ("Yes", "Yes, and always allow access to it", "No")


def draw(command: str, cursor: int, labels: tuple[str, ...] = LABELS) -> str:
    rows = [f" {'❯' if i == cursor else ' '} {i + 1}. {label}" for i, label in enumerate(labels)]
    words = [RULE, " Bash command", "", f"   {command}", "", " Do you want to proceed?", *rows, ""]
    return "\n".join([*words, " Esc to cancel · Tab to amend"])


@dataclass(slots=True)
class Terminal:
    """Shows one command's dialog after the other, then the composer. `moved` happens upon a key that moves."""

    commands: list[str]
    cursor: int = 0
    keys: list[str] = field(default_factory=list)
    chosen: list[tuple[str, str]] = field(default_factory=list)
    moved: Callable[["Terminal"], None] = lambda _: None
    deaf: bool = False

    def capture(self, pane: str) -> str:
        assert pane == "%11"
        return draw(self.commands[0], self.cursor) if self.commands else IDLE

    def key(self, pane: str, name: str) -> None:
        self.keys.append(name)
        self.cursor += {"Down": 1, "Up": -1}[name]
        self.moved(self)

    def enter(self, pane: str) -> None:
        self.keys.append("Enter")
        if not self.deaf:
            self.chosen.append((self.commands.pop(0), LABELS[self.cursor]))
            self.cursor = 0


class Stop(threading.Event):
    """No test waits."""

    def wait(self, timeout: float | None = None) -> bool:
        return False


@dataclass(slots=True)
class Room:
    terminal: Any
    seen: list[Observation] = field(default_factory=list)

    def outside(self, *more: e.Event) -> Outside:
        state = fold([*STARTING, *more])
        unused: dict[str, Any] = dict.fromkeys(
            ("board", "commands", "notifier", "screens", "notes", "workspaces", "agent")
        )
        return Outside(
            runtime=cast("Any", self.terminal),
            rules=lambda: Rules(policy=policy(), roles={}),
            state=lambda: state,
            put=self.seen.append,
            now=lambda: NOW,
            stop=Stop(),
            **unused,
        )

    def answer(
        self,
        decision: Decision,
        label: str = "",
        *,
        shown: str = "rm x",
        input: str = "",
        in_doubt: bool = False,
    ) -> str:
        """Answers the ask that `shown` was read as."""
        found = asked_on(parse_screen(draw(shown, 0)))
        assert found
        worker = fold(STARTING).threads[ONE].worker
        assert worker
        opened = e.AskOpened(
            at=NOW,
            thread=ONE,
            ask="a1",
            kind=AskKind.PERMISSION,
            via=AskVia.SCREEN,
            worker=worker.id,
            text=found.text,
            options=found.options,
            yes=found.yes,
            no=found.no,
        )
        said = e.AskAnswered(
            at=NOW,
            thread=ONE,
            ask="a1",
            by="anna",
            how="command line",
            decision=decision,
            answers={"": label},
            input=input,
            number=7,
        )
        order = AnswerAsk(because="answer", episode="a1", thread=ONE, ask="a1")
        return answer_ask(order, self.outside(opened, said), in_doubt=in_doubt).why


@pytest.mark.parametrize("cursor", [0, 1, 2])
@pytest.mark.parametrize(
    ("decision", "label", "chosen"),
    [
        (Decision.ALLOW, "", "Yes"),
        (Decision.DENY, "", "No"),
        (Decision.ANSWER, LABELS[1], LABELS[1]),
    ],
)
def test_the_label_is_walked_to_and_chosen(cursor: int, decision: Decision, label: str, chosen: str) -> None:
    room = Room(Terminal(["rm x", "rm y"], cursor=cursor))
    assert room.answer(decision, label) == ANSWERED
    assert room.terminal.chosen == [("rm x", chosen)]
    assert len(room.seen) == 1


@pytest.mark.parametrize("shown", [[], ["rm y"]])
def test_on_another_screen_nothing_is_pressed(shown: list[str]) -> None:
    room = Room(Terminal(shown))
    assert room.answer(Decision.ALLOW) == LATE
    assert room.answer(Decision.ALLOW, in_doubt=True) == ANSWERED
    assert room.terminal.keys == []


def test_a_dialog_that_follows_under_the_hand_is_not_answered() -> None:
    def answered_by_another(terminal: Terminal) -> None:
        terminal.commands = ["rm y"]

    room = Room(Terminal(["rm x"], moved=answered_by_another))
    with pytest.raises(HubError, match="no label"):
        room.answer(Decision.DENY)
    assert "Enter" not in room.terminal.keys


def test_a_label_that_is_not_there_is_not_chosen() -> None:
    room = Room(Terminal(["rm x"]))
    with pytest.raises(HubError, match="no label"):
        room.answer(Decision.ANSWER, "Maybe")
    assert room.terminal.keys == []


def test_what_stands_on_a_screen_runs_as_it_is_or_not_at_all() -> None:
    room = Room(Terminal(["rm x"]))
    with pytest.raises(HubError, match="cannot be changed"):
        room.answer(Decision.ALLOW, input='{"command": "ls"}')
    assert room.terminal.keys == []


def test_a_dialog_that_stays_is_an_error_and_enter_is_pressed_once() -> None:
    room = Room(Terminal(["rm x"], deaf=True))
    with pytest.raises(HubError, match="still there"):
        room.answer(Decision.ALLOW)
    assert room.terminal.keys == ["Enter"]


@dataclass(slots=True)
class Recorded:
    """A pane that shows a recorded screen."""

    name: str

    def capture(self, pane: str) -> str:
        return (CAPTURES / "2.1.329" / self.name / "screen.ansi").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("perm_bash", "permission"), ("auth_not_logged_in/prompt", "dialog"), ("idle_fresh", "")],
)
def test_a_dialog_is_read(name: str, kind: str) -> None:
    order = ReadDialog(because="dialog", episode="dialog-1-1-a0", thread=ONE)
    asked = read_dialog(order, Room(Recorded(name)).outside())
    assert (asked.kind if asked else "") == kind
