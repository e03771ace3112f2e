"""What was decided on an ask reaches the worker: through the hook that waits for it, by a key where that is not enough, or
by the doors of its cell.

Rules: an answer that comes too late is told so, never pressed upon the next dialog. A hook that is gone, though the hub
began to answer it before it died, has taken that answer. The worker CLI keeps its dialog in spite of an allowing hook where a
rule of its own asks: then its Yes is chosen, unless a person changed the input.
"""

from datetime import timedelta

from hubctl.agents.claude.screen.asks import asked_on, label_at, shows
from hubctl.agents.claude.screen.screen import Screen, ScreenView, parse_screen
from hubctl.core.intake.observations import ScreenSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import AnswerAsk, CloseHosts, JudgeAsk, ReadDialog
from hubctl.core.ledger.asks import ANSWERED, ESCAPE, LATE, Ask, decided
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.ledger.thread import Worker
from hubctl.errors import HubError
from hubctl.perform.composer import until
from hubctl.perform.dialogs import choose, settled
from hubctl.perform.outside import Outside, worker_of
from hubctl.permissions.contained import in_cell
from hubctl.permissions.judge import judgeable

YOUNG = timedelta(seconds=1)
"""A hook is up to 0.1 s faster than the worker's own word that it waits; a busy machine takes longer to read it."""
TAKEN_SECONDS = 3.0
"""From a hook's answer to the tool's start it takes 0.1 s."""


def answer_ask(action: AnswerAsk, outside: Outside, *, in_doubt: bool = False) -> e.AskClosed:
    """The answer was taken, or came too late."""
    why = ANSWERED if _takes_answer(action, outside, in_doubt=in_doubt) else LATE
    return e.AskClosed(at=outside.now(), thread=action.thread, ask=action.ask, why=why)


def _takes_answer(action: AnswerAsk, outside: Outside, *, in_doubt: bool) -> bool:
    ask = outside.state().asks.get(action.ask)
    worker = outside.thread(action.thread).worker
    if ask and ask.via is AskVia.DOOR:
        bring_hosts(action, outside)
        return True
    if ask is None or ask.over or worker is None or worker.id != ask.worker:
        return False
    if ask.via is AskVia.SCREEN:
        return answer_on_screen(outside, worker, ask) or in_doubt
    if outside.now() - ask.at > YOUNG and not in_doubt and not outside.agent.awaits(worker, ask):
        return False
    if not outside.agent.answer(worker, ask) and not in_doubt:
        return False
    _confirm(outside, worker, ask)
    return True


def bring_hosts(action: AnswerAsk | CloseHosts, outside: Outside) -> None:
    """The doors of the thread's worker lead where they may by now, and nowhere else."""
    worker = worker_of(outside.thread(action.thread)).id
    with outside.hands("doors"):  # what was decided later must not be overwritten by what was read before
        thread = outside.state().worker_thread(worker)
        outside.agent.reach(worker, thread.open_hosts if thread and thread.state.running else ())


def judge_ask(action: JudgeAsk, outside: Outside) -> e.AskJudged | e.AskAnswered | None:
    """The permissions' decision and its reason."""
    ask = outside.state().asks.get(action.ask)
    thread = outside.thread(action.thread)
    if ask is None or thread.worker is None:
        return None
    found = outside.workspaces.judge(*judgeable(outside.rules().policy, thread, ask, thread.worker))
    if outside.agent.is_contained(thread.worker.id):
        found = in_cell(found, ask.tool)
    decision, because, at = found.decision.value, action.because, outside.now()
    return decided(ask.id, ask.thread, decision=decision, because=because, why=found.why, at=at)


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


def read_dialog(action: ReadDialog, outside: Outside) -> e.AskOpened | None:
    """What it asks, without a name yet; nothing where the screen shows none."""
    worker = worker_of(outside.thread(action.thread))
    screen, _ = settled(outside, worker.pane, lambda screen: asked_on(screen) is not None, DRAWN_SECONDS)
    found = asked_on(screen)
    if found is None:
        return None
    return e.AskOpened(
        at=outside.now(),
        thread=action.thread,
        ask="",
        kind=found.kind,
        via=AskVia.SCREEN,
        worker=worker.id,
        text=found.text,
        options=found.options,
        yes=found.yes,
        no=found.no,
    )


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
