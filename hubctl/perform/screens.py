"""A look at a worker's screen, for what no better source tells."""

from hubctl.core.actions import ReadScreen
from hubctl.perform.composer import look
from hubctl.perform.outside import Facts, Outside


def read_screen(action: ReadScreen, outside: Outside) -> Facts:
    """The seconds until the API retry that it announces; nothing where it announces none."""
    seconds = look(outside, outside.thread(action.thread)).retry_seconds
    return {} if seconds is None else {"retry_seconds": str(seconds)}
