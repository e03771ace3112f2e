"""`hubctl ask`: a worker that cannot go on without a person's answer."""

from typing import Annotated

import typer

from hubctl.cli import verb_app
from hubctl.cli.words import speaker, text_of

app = verb_app()


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="The question, with all that is needed to answer it.")],
) -> None:
    """Ask the people, and end your turn: the answer comes as your next prompt."""
    said = text_of(text, name="TEXT")
    worker = speaker("ask")
    worker.demand_open()
    worker.say("ask", said)
    typer.echo("Asked. End your turn now: the answer comes as your next prompt.")
