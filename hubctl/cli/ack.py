"""`hubctl ack`: a person has seen an alert, so that it is not repeated."""

from pathlib import Path
from typing import Annotated

from hubctl.cli.completing import open_alerts
from hubctl.cli.options import Argument, Option
from hubctl.cli.orders import SentRequest
from hubctl.cli.shared import RepoOption, tell
from hubctl.core.intake.requests import alert_refusal
from hubctl.core.ledger.alerts import RAISED
from hubctl.errors import HubError, UsageError

WAIT_SECONDS = 10.0


def ack(
    ids: Annotated[
        list[str] | None, Argument(help="As `hubctl alerts` shows them.", offers=open_alerts)
    ] = None,
    everything: Annotated[bool, Option("--all", help="Every alert that is raised now.")] = False,
    repo: RepoOption = Path(),
) -> None:
    """Acknowledge alerts: they stay open until the facts resolve them, and are not repeated."""
    if bool(ids) is everything:
        raise UsageError("Which alerts?", "Name them as `hubctl alerts` shows them, or say `--all`.")
    order = SentRequest("ack", repo)
    raised = [alert.id for alert in order.state.open_alerts if alert.state == RAISED]
    wanted = list(dict.fromkeys(ids or raised))
    for name in wanted:
        if why := alert_refusal(order.state, name):
            raise HubError(f"Nothing was done: {why}.", "See `hubctl alerts`.")
    for name in wanted:
        order.write(words={"alert": name})
    if not wanted:
        tell("no alerts to acknowledge")
    elif order.follow(lambda *_: False, seconds=WAIT_SECONDS):
        tell(f"acknowledged: {', '.join(wanted)}")
    else:
        tell(order.later())
