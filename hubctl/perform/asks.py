"""What was decided on an ask reaches the worker: through the hook that waits for it.

Rules: an answer that comes too late is told so, never pressed upon the next dialog. A hook that is gone, though the hub
began to answer it before it died, has taken that answer.
"""

from datetime import timedelta

from hubctl.core.actions import AnswerAsk
from hubctl.perform.outside import Facts, Outside

YOUNG = timedelta(seconds=1)
"""A hook is up to 0.1 s faster than the worker's own word that it waits; a busy machine takes longer to read it."""
TOO_LATE: Facts = {"late": "yes"}


def answer_ask(action: AnswerAsk, outside: Outside, *, in_doubt: bool = False) -> Facts:
    """Returns whether the answer was taken, or came too late."""
    ask = outside.state().asks.get(action.ask)
    worker = outside.thread(action.thread).worker
    if ask is None or ask.over or worker is None or worker.id != ask.worker:
        return TOO_LATE
    if outside.now() - ask.asked_at > YOUNG and not in_doubt and not outside.agent.awaits(worker, ask):
        return TOO_LATE
    return {} if outside.agent.answer(worker, ask) or in_doubt else TOO_LATE
