"""The order to tell a target of alerts."""

from hubctl.core.actions import Notify
from hubctl.core.outbox_text import compose
from hubctl.core.targets import EMBEDDED
from hubctl.perform.outside import Facts, Outside


def notify(action: Notify, outside: Outside) -> Facts:
    """No look before the act: nobody can ask a mailbox what it got. In doubt it is told again, at least once."""
    notice = compose(outside.state(), action)
    if action.target == EMBEDDED:
        outside.runtime.announce(notice)
    else:
        outside.notifier.notify(action.target, notice)
    return {}
