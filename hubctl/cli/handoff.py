"""`hubctl handoff`: a worker says who must act next."""

from typing import Annotated

from hubctl.cli.options import Option
from hubctl.cli.shared import load_state, tell
from hubctl.cli.words import speaker, text_of
from hubctl.core.intake.requests import HOLDERS, holder_refusal
from hubctl.errors import HubError


def handoff(
    to: Annotated[str, Option(help=f"Who must act next: {HOLDERS}.")],
    why: Annotated[str, Option(help="What they must do, in a sentence.")],
) -> None:
    """Give the ball away: a person, another thread (N), something outside, or a time (clock:30m) must come first.

    Then end your turn. You are told when it is your turn again.
    """
    said = text_of(why, name="--why")
    worker = speaker("handoff")
    worker.demand_open()
    refused = (
        holder_refusal(load_state(worker.place, to.partition(":")[2]), worker.thread, to)
        if worker.thread
        else ""
    )
    if refused:
        raise HubError(f"Nothing was handed off: {refused}.", f"Holders are {HOLDERS}.")
    worker.say("handoff", said, to=to)
    tell("Recorded. End your turn now: you are told when it is your turn again.")
