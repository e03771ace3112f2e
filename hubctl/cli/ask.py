"""`hubctl ask`: a worker that cannot go on without a person's answer."""

from typing import Annotated

from hubctl.cli.options import Argument
from hubctl.cli.shared import tell
from hubctl.cli.words import speaker, text_of


def ask(
    text: Annotated[str, Argument(help="The question, with all that is needed to answer it.")],
) -> None:
    """Ask the people, and end your turn: the answer comes as your next prompt."""
    said = text_of(text, name="TEXT")
    worker = speaker("ask")
    worker.demand_open()
    worker.say("ask", said)
    tell("Asked. End your turn now: the answer comes as your next prompt.")
