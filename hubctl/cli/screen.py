"""`hubctl screen`: how hubctl reads a screen, for reports when a new worker CLI changes its face."""

import sys
from pathlib import Path
from typing import Annotated

from hubctl.agents.claude.screen.screen import parse_screen
from hubctl.cli.options import Argument, Option
from hubctl.cli.shared import JsonOption, print_json, tell
from hubctl.core.vocabulary.text import escaped
from hubctl.project.config import read_text


def screen(
    file: Annotated[str, Argument(help="The text of `tmux capture-pane -e -p`; - reads standard input.")],
    title: Annotated[str, Option(help="The window's title, if it is known.", show_default=False)] = "",
    as_json: JsonOption = False,
) -> None:
    """Read a worker's screen as the hub would, and say what decided: `tmux capture-pane -e -p | hubctl screen -`."""
    text = sys.stdin.buffer.read().decode(errors="replace") if file == "-" else read_text(Path(file))
    read = parse_screen(text, title=title or None)
    document = {
        "view": read.view.value,
        "draft": read.draft,
        "background": read.background,
        "resets": read.resets,
        "options": list(read.options),
        "anchors": list(read.anchors),
    }
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        said = "; ".join(map(str, value)) if isinstance(value, list) else value
        tell(f"{name}: {escaped(str('none' if said is None else said))}")
