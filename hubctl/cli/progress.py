"""`hubctl progress`: a worker says where it stands."""

from typing import Annotated

from hubctl.cli.options import Argument
from hubctl.cli.shared import tell
from hubctl.cli.words import speaker, text_of


def progress(text: Annotated[str, Argument(help="Where you stand, in a sentence.")]) -> None:
    """Tell the hub and the people where you stand. It is data for them and decides nothing."""
    speaker("progress").say("progress", text_of(text, name="TEXT"))
    tell("Noted.")
