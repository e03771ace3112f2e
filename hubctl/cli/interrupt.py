"""`hubctl interrupt`: the running turn is cut, and the ball is the person's."""

from pathlib import Path

from hubctl.cli.completing import ThreadArgument
from hubctl.cli.orders import SentRequest
from hubctl.cli.shared import RepoOption, tell
from hubctl.core.ledger.state import HubState

SECONDS = 30.0


def interrupt(thread: ThreadArgument, repo: RepoOption = Path()) -> None:
    """Cut the worker's turn, as Escape does; an open dialog or ask is closed. The ball is yours then.

    Nothing else happens to the thread until you say more: `hubctl send ID -- TEXT` goes on, `hubctl stop ID` ends it.
    """
    order = SentRequest("interrupt", repo)
    found = order.find(thread)
    order.give(found)
    label = f"thread {found.id} ({found.title})"

    def open(state: HubState, number: int) -> bool:
        now = state.thread(found.id)
        return now is not None and now.interrupt == number

    done = order.follow(open, seconds=SECONDS)
    if done:
        tell(f"The turn of {label} is cut; the ball is yours: `hubctl send {found.id} -- TEXT`.")
    else:
        tell(f"Written down for {label}. {order.later()}")
