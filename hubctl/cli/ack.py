"""`hubctl ack`: a person has seen an alert, so that it is not repeated."""

from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.cli.completing import open_alerts
from hubctl.cli.options import Argument, Option
from hubctl.cli.orders import SentRequest, later
from hubctl.cli.shared import RepoOption, person, tell
from hubctl.core.intake.requests import alert_refusal
from hubctl.core.ledger.alerts import RAISED
from hubctl.errors import HubError, UsageError
from hubctl.ports.log import Asking

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
    place = person("ack", repo)
    order = SentRequest.begin(place)
    raised = [alert.id for alert in order.state.open_alerts if alert.state == RAISED]
    wanted = list(dict.fromkeys(ids or raised))
    for name in wanted:
        if why := alert_refusal(order.state, name):
            raise HubError(f"Nothing was done: {why}.", "See `hubctl alerts`.")
    for name in wanted:
        asking = Asking(verb="ack", by="human", words={"alert": name})
        order.number = order.log.ask(asking, at=clock.now())
    if not wanted:
        tell("no alerts to acknowledge")
    elif order.follow(lambda *_: False, seconds=WAIT_SECONDS):
        tell(f"acknowledged: {', '.join(wanted)}")
    else:
        tell(later(place))
