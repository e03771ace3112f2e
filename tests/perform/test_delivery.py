"""Delivery against a terminal that plays recorded screens: what is typed, what never is, and what a crash leaves."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.documents.policy import Rules
from hubctl.core.intake.observations import Delivered
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Deliver, Interrupt
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.pasteable import same_prompt
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import Proof, View
from hubctl.errors import HubError
from hubctl.perform.delivery import deliver
from hubctl.perform.interrupting import interrupt
from hubctl.perform.outside import Interrupted, Outside
from hubctl.ports.worker import Pane, RuntimeUnavailable
from support.captured import CAPTURES
from support.core.builders import IDLE, NOW, ONE, WAITING, died, message_proven, policy, viewed, written

VERSIONS = ("2.1.197", "2.1.329")
TEXT = "Mind the gap."


def recorded(version: str, scenario: str) -> str:
    return (CAPTURES / version / scenario / "screen.ansi").read_text(encoding="utf-8")


def idle(version: str = "2.1.329") -> str:
    return recorded(version, "idle_fresh")


def with_draft(screen: str, text: str) -> str:
    """The recorded screen with this text in its composer."""
    lines = screen.split("\n")
    row = next(n for n, line in enumerate(lines) if "❯\u00a0" in line)
    lines[row] = f"❯\u00a0{text}".replace("\n", "\n  ")
    return "\n".join(lines)


@dataclass(slots=True)
class Terminal:
    """A pane that shows `screen`. A paste stands in the composer; the `accepts`-th Enter submits it."""

    screen: str = field(default_factory=idle)
    accepts: int = 1
    shows_paste: bool = True
    pane: Pane = field(default_factory=lambda: Pane(id="%11", window="@11", name="1", pid=1001))
    answers: bool = True
    pressed: Callable[[], None] = lambda: None
    submitted: Callable[[str], None] = lambda _: None
    typed: list[str] = field(default_factory=list)
    draft: str = ""
    _enters: int = 0

    def panes(self) -> tuple[Pane, ...]:
        return (self.pane,)

    def capture(self, pane: str) -> str:
        if not self.answers:
            raise RuntimeUnavailable("tmux does not answer")
        return with_draft(self.screen, self.draft) if self.draft else self.screen

    def paste(self, pane: str, text: str) -> None:
        self.typed.append(text)
        self.draft = text if self.shows_paste else ""

    def enter(self, pane: str) -> None:
        self.typed.append("Enter")
        self._enters += 1
        if self._enters >= self.accepts:
            text, self.draft = self.typed[0], ""
            self.submitted(text)

    def key(self, pane: str, name: str) -> None:
        self.typed.append(name)
        self.pressed()


@dataclass(slots=True)
class Teller:
    """A worker CLI of which only the transcript is asked."""

    told: list[str] = field(default_factory=list)

    def prompts(self, _: object) -> Sequence[str]:
        return tuple(self.told)


@dataclass(slots=True)
class Scene:
    """A thread whose worker is idle, and a message for it."""

    folder: Path
    terminal: Terminal = field(default_factory=Terminal)
    agent: Teller = field(default_factory=Teller)
    state: HubState = field(default_factory=lambda: fold([*IDLE, written(text=TEXT)]))
    stop: threading.Event = field(default_factory=threading.Event)

    def outside(self) -> Outside:
        unused: Any = None
        terminal: Any = self.terminal
        agent: Any = self.agent
        return Outside(
            board=unused,
            runtime=terminal,
            workspaces=unused,
            agent=agent,
            commands=unused,
            rules=lambda: Rules(policy=policy()),
            notifier=unused,
            screens=self.folder,
            notes=self.folder / "notes",
            state=lambda: self._at_home(),
            put=lambda _: None,
            now=lambda: NOW,
            stop=self.stop,
        )

    def _at_home(self) -> HubState:
        """The builders' worktree is a name: here it is a folder of the test."""
        thread = self.state.threads[ONE]
        assert thread.worker
        worker = replace(thread.worker, worktree=str(self.folder))
        return replace(self.state, threads={ONE: replace(thread, worker=worker)})

    def send(self, *, in_doubt: bool = False) -> Delivered:
        order = Deliver(because="send", episode="message-7-1", thread=ONE, purpose="message", message=7)
        return deliver(order, self.outside(), in_doubt=in_doubt)

    def cut(self) -> None:
        interrupt(Interrupt(because="interrupt", episode="7", thread=ONE, request=7), self.outside())

    def prove(self, _: str = "") -> None:
        """The worker's hook is heard."""
        self.state = fold([message_proven(7)], self.state)

    def write_down(self, text: str) -> None:
        """Only the transcript tells."""
        self.agent.told.append(text)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    made.terminal.submitted = made.prove
    return made


# --- it arrives ---------------------------------------------------------------------------------------------------


def test_a_text_is_pasted_once_and_submitted_once(scene: Scene) -> None:
    assert scene.send() == Delivered(proof=Proof.HOOK)
    assert scene.terminal.typed == [TEXT, "Enter"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_busy_worker_is_told_too(scene: Scene, version: str) -> None:
    scene.state = fold([viewed(View.BUSY)], scene.state)
    scene.terminal.screen = recorded(version, "running_thinking")
    assert scene.send() == Delivered(proof=Proof.HOOK)


def test_only_enter_is_repeated(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.perform.delivery.PROOF_SECONDS", 0.1)
    scene.terminal.accepts = 3
    assert scene.send() == Delivered(proof=Proof.HOOK)
    assert scene.terminal.typed == [TEXT, "Enter", "Enter", "Enter"]


def test_the_transcript_proves_what_no_hook_told_of(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.perform.delivery.PROOF_SECONDS", 0.1)
    scene.terminal.submitted = scene.write_down
    scene.agent.told.append(TEXT)  # the same was said before: it proves nothing
    assert scene.send() == Delivered(proof=Proof.TRANSCRIPT)


def test_what_would_not_arrive_as_it_is_goes_as_a_file(scene: Scene) -> None:
    scene.state = fold([*IDLE, written(text="/clear\r\n\udcff")])
    scene.send()
    assert (scene.folder / ".hubctl/tasks/1-message-7.md").read_bytes() == b"/clear\r\n\xff"
    assert "1-message-7.md" in scene.terminal.typed[0]


def test_who_rests_after_its_limit_was_reset_is_nudged(scene: Scene) -> None:
    limited = e.TurnFailed(at=NOW, thread=ONE, error="rate_limit", until=NOW)
    scene.state = fold([*IDLE, limited])
    told = e.PromptProven(at=NOW, thread=ONE, purpose="nudge", proof=Proof.HOOK)

    def prove(_: str) -> None:
        scene.state = fold([told], scene.state)

    scene.terminal.submitted = prove
    order = Deliver(because="limit-overdue", episode="2", thread=ONE, rung=1, purpose="nudge")
    assert deliver(order, scene.outside(), in_doubt=False) == Delivered(proof=Proof.HOOK)
    assert scene.state.threads[ONE].handoff is None


# --- it does not --------------------------------------------------------------------------------------------------


def test_enter_that_is_swallowed_for_good_is_undelivered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubctl.perform.delivery.PROOF_SECONDS", 0.05)
    scene.terminal.accepts = 99
    with pytest.raises(HubError, match="did not confirm"):
        scene.send()
    assert scene.terminal.typed.count(TEXT) == 1


def test_a_paste_that_does_not_appear_is_not_submitted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.perform.composer.DRAFT_SECONDS", 0.05)
    scene.terminal.shows_paste = False
    with pytest.raises(HubError, match="did not appear"):
        scene.send()
    assert scene.terminal.typed == [TEXT]


DIALOGS = (
    "perm_bash",
    "ask_user",
    "plan_approval",
    "dialog_trust",
    "crashed_kill9",
    "exited_clean",
)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", DIALOGS)
def test_nothing_is_typed_where_no_free_composer_stands(scene: Scene, version: str, scenario: str) -> None:
    """The screen has the last word, whatever was believed."""
    scene.terminal.screen = recorded(version, scenario)
    if scenario == "crashed_kill9":
        scene.terminal.pane = replace(scene.terminal.pane, dead=True)
    assert scene.send().refused
    assert scene.terminal.typed == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("mode", "copy mode"),
        ("dead", "has ended"),
        ("gone", "pane is gone"),
        ("draft", "a draft stands in its composer: `mine`"),
    ],
)
def test_a_pane_that_is_not_free_is_named(scene: Scene, change: str, why: str) -> None:
    pane = scene.terminal.pane
    changed = {
        "mode": replace(pane, in_mode=True),
        "dead": replace(pane, dead=True),
        "gone": replace(pane, id="%9"),
    }
    scene.terminal.pane = changed.get(change, pane)
    scene.terminal.draft = "mine" if change == "draft" else ""
    assert why in scene.send().refused
    assert scene.terminal.typed == []


def test_a_dialog_that_is_believed_is_enough(scene: Scene) -> None:
    scene.state = fold([*WAITING, written(text=TEXT)])
    assert "permission for Bash" in scene.send().refused
    assert scene.terminal.typed == []


def test_a_worker_that_died_meanwhile_is_told_by_the_next_start(scene: Scene) -> None:
    scene.state = fold([died()], scene.state)
    assert scene.send() == Delivered()
    assert scene.terminal.typed == []


def test_a_message_that_is_not_wanted_any_more_is_not_typed(scene: Scene) -> None:
    scene.prove()
    assert scene.send() == Delivered()
    assert scene.terminal.typed == []


def test_a_terminal_that_cannot_be_asked_is_no_free_one(scene: Scene) -> None:
    scene.terminal.answers = False
    with pytest.raises(RuntimeUnavailable):
        scene.send()


# --- the hub died in the middle -----------------------------------------------------------------------------------


def test_a_hub_that_ends_leaves_it_in_doubt(scene: Scene) -> None:
    scene.terminal.accepts = 99
    scene.stop.set()
    with pytest.raises(Interrupted):
        scene.send()
    assert (scene.folder / "notes").exists()


@pytest.fixture
def crashed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A hub wrote down that it would type, typed, and died."""
    monkeypatch.setattr("hubctl.perform.delivery.RECOVER_SECONDS", 0.1)
    scene.terminal.accepts = 99
    scene.stop.set()
    with pytest.raises(Interrupted):
        scene.send()
    scene.stop.clear()
    scene.terminal.accepts = 1
    return scene


def test_what_stands_in_the_composer_is_submitted(crashed: Scene) -> None:
    assert crashed.send(in_doubt=True) == Delivered(proof=Proof.HOOK)
    assert crashed.terminal.typed.count(TEXT) == 1


def test_what_the_transcript_knows_is_not_typed_again(crashed: Scene) -> None:
    crashed.terminal.draft = ""
    crashed.write_down(TEXT)
    assert crashed.send(in_doubt=True) == Delivered(proof=Proof.TRANSCRIPT)
    assert crashed.terminal.typed.count(TEXT) == 1


def test_what_never_got_in_is_typed_again(crashed: Scene) -> None:
    crashed.terminal.draft = ""
    crashed.terminal.typed.clear()
    assert crashed.send(in_doubt=True) == Delivered(proof=Proof.HOOK)
    assert crashed.terminal.typed == [TEXT, "Enter"]


def test_a_delivery_that_was_only_written_down_is_made(scene: Scene) -> None:
    scene.agent.told.append(TEXT)
    assert scene.send(in_doubt=True) == Delivered(proof=Proof.HOOK)
    assert same_prompt(scene.terminal.typed[0], TEXT)


# --- a turn is cut ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_escape_cuts_what_runs_and_clears_what_comes_back(scene: Scene, version: str) -> None:
    terminal = scene.terminal
    terminal.screen = recorded(version, "running_thinking")

    def press() -> None:
        if len(terminal.typed) == 1:  # the prompt is put back
            terminal.screen, terminal.draft = idle(version), "Work on."
        elif len(terminal.typed) == 3:
            terminal.draft = ""

    terminal.pressed = press
    scene.cut()
    assert terminal.typed == ["Escape"] * 3


def test_an_idle_worker_is_left_alone(scene: Scene) -> None:
    scene.cut()
    assert scene.terminal.typed == []


def test_a_dialog_of_the_start_is_not_escaped(scene: Scene) -> None:
    scene.terminal.screen = recorded("2.1.329", "dialog_trust")
    with pytest.raises(HubError, match="no turn"):
        scene.cut()
    assert scene.terminal.typed == []


def test_a_turn_that_goes_on_is_said_to(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.perform.interrupting.ENDED_SECONDS", 0.05)
    scene.terminal.screen = recorded("2.1.329", "running_thinking")
    with pytest.raises(HubError, match="goes on"):
        scene.cut()
    assert scene.terminal.typed == ["Escape"] * 3
