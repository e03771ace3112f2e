"""What was decided on an ask reaches the worker: through the hook that waits for it, and by a key where that is not enough.

Rules: an answer that comes too late is told so, never pressed upon the next dialog. A hook that is gone, though the hub
began to answer it before it died, has taken that answer. The worker CLI keeps its dialog in spite of an allowing hook where a
rule of its own asks: then its Yes is chosen, unless a person changed the input.
"""

from datetime import timedelta

from hubctl.agents.claude.screen.asks import asked_on, label_at, shows
from hubctl.agents.claude.screen.screen import Screen, ScreenView, parse_screen
from hubctl.core.intake.observations import ScreenSeen
from hubctl.core.ledger.actions import AnswerAsk, JudgeAsk, ReadDialog
from hubctl.core.ledger.asks import ESCAPE, Ask
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.ledger.thread import Worker
from hubctl.errors import HubError
from hubctl.perform.composer import until
from hubctl.perform.dialogs import choose, settled
from hubctl.perform.outside import Facts, Outside, worker_of
from hubctl.permissions.judge import judgeable

YOUNG = timedelta(seconds=1)
"""A hook is up to 0.1 s faster than the worker's own word that it waits; a busy machine takes longer to read it."""
TAKEN_SECONDS = 3.0
"""From a hook's answer to the tool's start it takes 0.1 s."""
TOO_LATE: Facts = {"late": "yes"}


def answer_ask(action: AnswerAsk, outside: Outside, *, in_doubt: bool = False) -> Facts:
    """Returns whether the answer was taken, or came too late."""
    ask = outside.state().asks.get(action.ask)
    worker = outside.thread(action.thread).worker
    if ask is None or ask.over or worker is None or worker.id != ask.worker:
        return TOO_LATE
    if ask.via is AskVia.SCREEN:
        return {} if answer_on_screen(outside, worker, ask) or in_doubt else TOO_LATE
    if outside.now() - ask.asked_at > YOUNG and not in_doubt and not outside.agent.awaits(worker, ask):
        return TOO_LATE
    if not outside.agent.answer(worker, ask) and not in_doubt:
        return TOO_LATE
    _confirm(outside, worker, ask)
    return {}


def judge_ask(action: JudgeAsk, outside: Outside) -> Facts:
    """Returns the permissions' decision and its reason."""
    ask = outside.state().asks.get(action.ask)
    thread = outside.thread(action.thread)
    if ask is None or thread.worker is None:
        return {}
    found = outside.workspaces.judge(*judgeable(outside.rules().policy, thread, ask, thread.worker))
    return {"decision": found.decision.value, "why": found.why}


def _confirm(outside: Outside, worker: Worker, ask: Ask) -> None:
    """Of the main agent, which asks one thing at a time: what still waits is this very call."""
    allowed = ask.answer is not None and ask.answer.decision is Decision.ALLOW
    if (
        not allowed
        or ask.agent
        or ask.kind is not AskKind.PERMISSION
        or not outside.agent.keeps_asking(worker, ask)
    ):
        return
    if until(outside, lambda: not outside.agent.awaits(worker, ask), TAKEN_SECONDS):
        return
    if ask.answer and ask.answer.input:
        raise HubError("the worker CLI takes no other input for a call that its own rules ask for")
    with outside.hands(worker.pane):
        choose(outside, worker.pane, _yes)
        settled(outside, worker.pane, lambda screen: _yes(screen) is None, TAKEN_SECONDS)


def _yes(screen: Screen) -> int | None:
    """The label that allows this one call, and no more."""
    found = [i for i, label in enumerate(screen.options) if label == "Yes"]
    return found[0] if screen.view is ScreenView.PERMISSION and len(found) == 1 else None


DRAWN_SECONDS = 2.0
"""A dialog is drawn within 0.1 s; a busy machine takes longer."""


def read_dialog(action: ReadDialog, outside: Outside) -> Facts:
    """What it asks; nothing where the screen shows none."""
    pane = worker_of(outside.thread(action.thread)).pane
    screen, _ = settled(outside, pane, lambda screen: asked_on(screen) is not None, DRAWN_SECONDS)
    found = asked_on(screen)
    if found is None:
        return {}
    return {
        "kind": found.kind.value,
        "text": found.text,
        "options": "\n".join(found.options),
        "yes": found.yes,
        "no": found.no,
    }


def answer_on_screen(outside: Outside, worker: Worker, ask: Ask) -> bool:
    """Whether the answer was taken; False: another screen stands there, and nothing was pressed."""
    if ask.answer and ask.answer.input:
        raise HubError("what stands on a screen cannot be changed, only answered")
    with outside.hands(worker.pane):
        if not shows(parse_screen(outside.runtime.capture(worker.pane)), ask):
            return False
        _press(outside, worker.pane, ask)
        screen, text = settled(outside, worker.pane, lambda screen: _has_left(screen, ask))
    if shows(screen, ask):
        raise HubError("the answer was pressed, and the dialog is still there")
    start, view = screen.start or "", screen.view.value
    outside.put(ScreenSeen(at=outside.now(), worker=worker.id, view=view, start=start, text=text))
    return True


def _press(outside: Outside, pane: str, ask: Ask) -> None:
    if ask.answer and ask.answer.decision is Decision.DENY and ask.no == ESCAPE:
        outside.runtime.key(pane, "Escape")
    else:
        choose(outside, pane, lambda screen: label_at(screen, ask))


def _has_left(screen: Screen, ask: Ask) -> bool:
    return screen.view is not ScreenView.UNKNOWN and not shows(screen, ask)
