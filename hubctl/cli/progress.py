"""`hubctl progress`: a worker says where it stands."""

from typing import Annotated

import typer

from hubctl.cli import verb_app
from hubctl.cli.words import speaker, text_of

app = verb_app()


@app.command()
def progress(text: Annotated[str, typer.Argument(help="Where you stand, in a sentence.")]) -> None:
    """Tell the hub and the people where you stand. It is data for them and decides nothing."""
    speaker("progress").say("progress", text_of(text, name="TEXT"))
    typer.echo("Noted.")
