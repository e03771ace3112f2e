"""The one interpreter of orders: each effect is carried out through the ports and reported as facts.

Rules: an effect looks before it acts, so it may be performed again after a crash (law 3). What fails is a HubError;
nothing here decides anything.
"""

from typing import assert_never

from hubctl.core.ledger.actions import (
    AnswerAsk,
    AnswerDialog,
    CloseIssue,
    Deliver,
    Effect,
    EndWorker,
    FileIssue,
    Interrupt,
    JudgeAsk,
    JudgeClaim,
    Notify,
    OpenPull,
    PlanIssue,
    ReadDialog,
    ReadScreen,
    ReopenIssue,
    ShowIssue,
    StartWorker,
)
from hubctl.perform.asks import answer_ask, judge_ask, read_dialog
from hubctl.perform.board import close_issue, file_issue, open_pull, plan_issue, reopen_issue, show_issue
from hubctl.perform.claims import judge_claim
from hubctl.perform.composer import read_screen
from hubctl.perform.delivery import deliver
from hubctl.perform.dialogs import answer_dialog
from hubctl.perform.interrupting import interrupt
from hubctl.perform.outside import Facts, Outside, notify
from hubctl.perform.workers import end_worker, start_worker


def perform(action: Effect, outside: Outside, *, in_doubt: bool = False) -> Facts:  # noqa: C901 -- one arm for each order
    """Carries one order out and returns what it made; raises HubError."""
    match action:
        case FileIssue():
            return file_issue(action, outside)
        case CloseIssue():
            return close_issue(action, outside)
        case StartWorker():
            return start_worker(action, outside)
        case EndWorker():
            return end_worker(action, outside)
        case JudgeClaim():
            return judge_claim(action, outside)
        case Deliver():
            return deliver(action, outside, in_doubt=in_doubt)
        case Interrupt():
            return interrupt(action, outside)
        case ReopenIssue():
            return reopen_issue(action, outside)
        case ReadScreen():
            return read_screen(action, outside)
        case ReadDialog():
            return read_dialog(action, outside)
        case ShowIssue():
            return show_issue(action, outside)
        case PlanIssue():
            return plan_issue(action, outside)
        case OpenPull():
            return open_pull(action, outside)
        case AnswerDialog():
            return answer_dialog(action, outside)
        case AnswerAsk():
            return answer_ask(action, outside, in_doubt=in_doubt)
        case JudgeAsk():
            return judge_ask(action, outside)
        case Notify():
            return notify(action, outside)
    assert_never(action)
