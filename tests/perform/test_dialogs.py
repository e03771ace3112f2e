"""The answer to a dialog of a start, on a terminal that draws what the worker CLI draws and counts every key."""

import threading
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from hubctl.agents.claude.screen.start_dialogs import StartDialog
from hubctl.core.documents.policy import Rules
from hubctl.core.intake.observations import Observation, ScreenSeen
from hubctl.core.ledger.actions import AnswerDialog
from hubctl.core.ledger.fold import fold
from hubctl.errors import HubError
from hubctl.perform.dialogs import answer_dialog
from hubctl.perform.outside import Outside
from support.core.builders import NOW, ONE, STARTING, policy

KEY = "sk-ant-api03-a-dummy-key-for-the-loopback-only"
RULE = "─" * 100
IDLE = f"{RULE}\n❯\u00a0\n{RULE}\n  ? for shortcuts\n"
TRUST = ("Accessing workspace:", ("No, exit", "Yes, I trust this folder"))
MCP = ("New MCP server found in this project: demo", ("Use this MCP server", "Continue without"))
API_KEY = (
    "Detected a custom API key in your environment\n\n  ANTHROPIC_API_KEY: sk-ant-...or-the-loopback-only\n",
    ("Yes", "No (recommended)"),
)
Dialog = tuple[str, tuple[str, ...]]


def draw(dialog: Dialog, cursor: int) -> str:
    title, labels = dialog
    rows = [f"  {'❯' if i == cursor else ' '} {label}" for i, label in enumerate(labels)]
    return "\n".join([RULE, f"  {title}", "", *rows, "", "  Enter to confirm · Esc to cancel"])


@dataclass(slots=True)
class Terminal:
    """Shows one dialog after the other, then the composer. `deaf`: keys that do nothing."""

    dialogs: list[Dialog]
    cursor: int = 0
    deaf: tuple[str, ...] = ()
    keys: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)

    def capture(self, pane: str) -> str:
        assert pane == "%11"
        return draw(self.dialogs[0], self.cursor) if self.dialogs else IDLE

    def key(self, pane: str, name: str) -> None:
        self.keys.append(name)
        if name not in self.deaf:
            self.cursor += {"Down": 1, "Up": -1}[name]

    def enter(self, pane: str) -> None:
        self.keys.append("Enter")
        if "Enter" not in self.deaf:
            self.chosen.append(self.dialogs.pop(0)[1][self.cursor])
            self.cursor = 0


class Stop(threading.Event):
    """No test waits."""

    def wait(self, timeout: float | None = None) -> bool:
        return False


@dataclass(slots=True)
class Room:
    """What an effect can reach, as far as this one does."""

    terminal: Terminal
    key: str = KEY
    untrusted: bool = False
    seen: list[Observation] = field(default_factory=list)

    def demand_trust(self, base: str, role: object) -> None:
        if self.untrusted:
            raise HubError("Not trusted on this machine: `POLICY.md` (changed).")

    def environment(self, role: object) -> dict[str, str]:
        return {"ANTHROPIC_API_KEY": self.key}

    def answer(self, dialog: StartDialog) -> None:
        state = fold(STARTING)
        unused: dict[str, Any] = dict.fromkeys(("board", "commands", "notifier", "screens", "notes"))
        outside = Outside(
            runtime=cast("Any", self.terminal),
            workspaces=cast("Any", self),
            agent=cast("Any", self),
            rules=lambda: Rules(policy=policy(), roles={"coder": cast("Any", "a role")}),
            state=lambda: state,
            put=self.seen.append,
            now=lambda: NOW,
            stop=Stop(),
            **unused,
        )
        order = AnswerDialog(because="start-trust-dialog", episode="start-1", thread=ONE, dialog=dialog)
        answer_dialog(order, outside)


@pytest.mark.parametrize(
    "labels", [("No, exit", "Yes, I trust this folder"), ("Yes, I trust this folder", "No, exit")]
)
@pytest.mark.parametrize("cursor", [0, 1])
def test_the_label_is_chosen_wherever_it_stands(labels: tuple[str, ...], cursor: int) -> None:
    room = Room(Terminal([(TRUST[0], labels)], cursor=cursor))
    room.answer(StartDialog.TRUST)
    assert room.terminal.chosen == ["Yes, I trust this folder"]
    assert [(seen.view, seen.start) for seen in room.seen if isinstance(seen, ScreenSeen)] == [("idle", "")]


def test_the_next_dialog_is_seen_and_left_alone() -> None:
    room = Room(Terminal([TRUST, API_KEY]))
    room.answer(StartDialog.TRUST)
    assert room.terminal.keys == ["Down", "Enter"]
    assert [seen.start for seen in room.seen if isinstance(seen, ScreenSeen)] == [StartDialog.API_KEY]


@pytest.mark.parametrize("shown", [[], [API_KEY], [MCP]])
def test_nothing_is_pressed_on_another_screen(shown: list[Dialog]) -> None:
    room = Room(Terminal(shown))
    room.answer(StartDialog.TRUST)
    assert room.terminal.keys == []
    assert len(room.seen) == 1


def test_nothing_is_pressed_while_a_file_is_not_trusted() -> None:
    room = Room(Terminal([TRUST]), untrusted=True)
    with pytest.raises(HubError, match="Not trusted"):
        room.answer(StartDialog.TRUST)
    assert room.terminal.keys == []


@pytest.mark.parametrize("key", ["", "sk-ant-api03-of-somebody-else"])
def test_only_the_hubs_own_key_is_approved(key: str) -> None:
    room = Room(Terminal([API_KEY], cursor=1), key=key)
    with pytest.raises(HubError, match="not the one"):
        room.answer(StartDialog.API_KEY)
    assert room.terminal.keys == []
    room = Room(Terminal([API_KEY], cursor=1))
    room.answer(StartDialog.API_KEY)
    assert room.terminal.chosen == ["Yes"]


def test_a_dialog_without_an_answer_is_never_touched() -> None:
    room = Room(Terminal([MCP]))
    with pytest.raises(HubError, match="no label"):
        room.answer(StartDialog.MCP)
    assert room.terminal.keys == []


def test_enter_is_not_pressed_where_the_cursor_does_not_move() -> None:
    room = Room(Terminal([TRUST], deaf=("Down",)))
    with pytest.raises(HubError, match="could not be moved"):
        room.answer(StartDialog.TRUST)
    assert "Enter" not in room.terminal.keys


def test_a_dialog_that_stays_is_an_error_and_enter_is_pressed_once() -> None:
    room = Room(Terminal([TRUST], deaf=("Enter",)))
    with pytest.raises(HubError, match="still there"):
        room.answer(StartDialog.TRUST)
    assert room.terminal.keys == ["Down", "Enter"]
    assert room.seen == []
