"""What was decided on an ask reaches the worker: through the hook that waits for it, and by a key where that is not enough.

Rules: an answer that comes too late is told so, never pressed upon the next dialog. A hook that is gone, though the hub
began to answer it before it died, has taken that answer. The worker CLI keeps its dialog in spite of an allowing hook where a
rule of its own asks: then its Yes is chosen, unless a person changed the input.
"""

from datetime import timedelta

from hubctl.core.actions import AnswerAsk, JudgeAsk
from hubctl.core.ask_events import AskKind, AskVia, Decision
from hubctl.core.ask_judging import judgeable
from hubctl.core.asks import Ask
from hubctl.core.screen import Screen, ScreenView
from hubctl.core.thread import Worker
from hubctl.errors import HubError
from hubctl.perform.composer import until
from hubctl.perform.menus import choose, settled
from hubctl.perform.outside import Facts, Outside
from hubctl.perform.screen_asks import answer_on_screen

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
