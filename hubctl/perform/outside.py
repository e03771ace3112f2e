"""What an effect may reach: the ports, and the hub's knowledge at this very moment."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hubctl.core.documents.plan import Plan
from hubctl.core.documents.policy import Rules
from hubctl.core.documents.roles import Role
from hubctl.core.ledger.actions import Notify
from hubctl.core.ledger.alerts import EMBEDDED
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread, Worker
from hubctl.core.messages.notices import compose
from hubctl.core.vocabulary.values import Struct, field
from hubctl.core.vocabulary.words import ThreadId
from hubctl.errors import HubError
from hubctl.ports.board import Board
from hubctl.ports.notifier import Notifier
from hubctl.ports.worker import Agent, Put, Runtime
from hubctl.ports.workspaces import Commands, Workspaces


def _unplanned(_: str) -> Plan:
    raise HubError("There is no planner here.")


class Outside(Struct, frozen=True, kw_only=True):
    """`state` gives the newest state, `rules` the rules in force; `stop` is set when the hub ends; `screens` takes the last screens of workers.

    `notes` is a folder for what a delivery must know after a crash.
    `put` takes what an effect sees of a worker on its way; the loop has it before the effect's outcome.
    """

    board: Board
    runtime: Runtime
    workspaces: Workspaces
    agent: Agent
    commands: Commands
    rules: Callable[[], Rules]
    notifier: Notifier
    screens: Path
    notes: Path
    state: Callable[[], HubState]
    put: Put
    now: Callable[[], datetime]
    stop: threading.Event
    plan: Callable[[str], Plan] = _unplanned
    """lets a model plan a task; raises Interrupted when the hub ends"""
    _hands: dict[str, threading.Lock] = field(default_factory=dict)

    def hands(self, pane: str) -> threading.Lock:
        """The one lock of a pane: whoever types there holds it from the look to the proof."""
        return self._hands.setdefault(pane, threading.Lock())

    def pause(self, seconds: float) -> None:
        """Raises Interrupted when the hub ends meanwhile."""
        if self.stop.wait(seconds):
            raise Interrupted

    def thread(self, name: ThreadId | None) -> Thread:
        """The thread as it is now, by its own facts."""
        return self.state().threads[name or ThreadId("")].own

    def role(self, thread: Thread) -> Role:
        roles = self.rules().roles
        role = roles.get(thread.role)
        if role is None:
            known = ", ".join(sorted(roles))
            raise HubError(
                f"Thread {thread.id} wants the role `{thread.role}`, which does not exist.",
                f"Known: {known}.",
            )
        return role


class Interrupted(HubError):
    """The hub ends while an effect is under way: it stays begun, and is performed again by the next hub."""

    def __init__(self) -> None:
        super().__init__("The hub was stopped.")


def worker_of(thread: Thread) -> Worker:
    """The worker of a thread that must have one."""
    if thread.worker is None:
        raise HubError(
            f"Thread {thread.id} has no worker.",
            f"See `hubctl status` and `hubctl events --thread {thread.id}`.",
        )
    return thread.worker


def notify(action: Notify, outside: Outside) -> None:
    """No look before the act: nobody can ask a mailbox what it got. In doubt it is told again, at least once."""
    notice = compose(outside.state(), action)
    if action.target == EMBEDDED:
        outside.runtime.announce(notice)
    else:
        outside.notifier.notify(action.target, notice)
