"""The one interpreter of orders: each effect is carried out through the ports, and what it made is reported.

Rules: an effect looks before it acts, so it may be performed again after a crash (law 3). What fails is a HubError;
nothing here decides anything.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hubctl.core.intake.observations import Made
from hubctl.core.ledger import actions as a
from hubctl.perform import asks, board
from hubctl.perform.claims import judge_claim
from hubctl.perform.composer import read_screen
from hubctl.perform.delivery import deliver
from hubctl.perform.dialogs import answer_dialog
from hubctl.perform.interrupting import interrupt
from hubctl.perform.outside import Outside, notify
from hubctl.perform.workers import end_worker, start_worker

# Any: the dictionary's key is the order's own type, which a Callable's parameter cannot say.
EFFECTS: Final[Mapping[type[a.Effect], Callable[[Any, Outside], Made]]] = {
    a.FileIssue: board.file_issue,
    a.StartWorker: start_worker,
    a.Deliver: deliver,
    a.Interrupt: interrupt,
    a.ReadScreen: read_screen,
    a.ReadDialog: asks.read_dialog,
    a.AnswerDialog: answer_dialog,
    a.AnswerAsk: asks.answer_ask,
    a.CloseHosts: asks.bring_hosts,
    a.JudgeAsk: asks.judge_ask,
    a.JudgeClaim: judge_claim,
    a.EndWorker: end_worker,
    a.CloseIssue: board.close_issue,
    a.ReopenIssue: board.reopen_issue,
    a.ShowIssue: board.show_issue,
    a.PlanIssue: board.plan_issue,
    a.OpenPull: board.open_pull,
    a.Notify: notify,
}


def perform(action: a.Effect, outside: Outside, *, in_doubt: bool = False) -> Made:
    """Carries one order out and returns what it made; raises HubError."""
    match action:
        case a.Deliver():
            return deliver(action, outside, in_doubt=in_doubt)
        case a.AnswerAsk():
            return asks.answer_ask(action, outside, in_doubt=in_doubt)
        case _:
            return EFFECTS[type(action)](action, outside)
