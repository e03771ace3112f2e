"""What a shell is offered behind the cursor: verbs, options, threads with their titles, kinds of events.

Rules: completing loads nothing heavy, says nothing where it knows nothing, and never complains. The shells' scripts get
`value<TAB>meaning` lines and evaluate none of it: a title is whatever somebody wrote on the board. Typer's own scripts
for zsh put it into an `eval`.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from hubctl.errors import HubError

VARIABLE = "_HUBCTL_COMPLETE"
"""Set by the scripts: the arguments are what stands before the cursor, the last one unfinished."""

Offers = list[tuple[str, str]]


def answer(parser: Any, words: Sequence[str]) -> None:
    """Prints what may stand for the last of `words`; nothing where the shell's own file names may."""
    from typer._click.shell_completion import _resolve_context, _resolve_incomplete

    *before, unfinished = list(words) or [""]
    with suppress(HubError, OSError), _resolve_context(parser, {}, "hubctl", before) as context:
        if context.command is parser and any(not word.startswith("-") for word in before):
            return  # no verb of ours
        asked, incomplete = _resolve_incomplete(context, before, unfinished)
        found = asked.shell_complete(context, incomplete)
        lines = [f"{_line(item.value)}\t{_line(item.help or '')}\n" for item in found if item.type == "plain"]
        sys.stdout.buffer.write("".join(lines).encode(errors="replace"))


def _line(text: str) -> str:
    from hubctl.cli.shared import shown

    return shown(text)


def threads(ctx: Any, incomplete: str) -> Offers:
    """The threads that `status` shows, by number."""
    from hubctl.cli.shared import here, load_state

    with suppress(HubError, OSError):
        place = here(Path(ctx.params.get("repo") or os.curdir))
        if place.db.exists():
            known = load_state(place).threads.values()
            return [(each.id, each.title) for each in known if each.id.startswith(incomplete)]
    return []


def open_alerts(ctx: Any, incomplete: str) -> Offers:
    """The alerts that `alerts` shows, by id."""
    from hubctl.cli.shared import here, load_state

    with suppress(HubError, OSError):
        place = here(Path(ctx.params.get("repo") or os.curdir))
        if place.db.exists():
            known = load_state(place).open_alerts
            return [(each.id, each.text) for each in known if each.id.startswith(incomplete)]
    return []


def open_asks_here(ctx: Any, incomplete: str) -> Offers:
    """The asks that `inbox` shows, by id."""
    from hubctl.cli.shared import here, load_state
    from hubctl.core.ledger.asks import open_asks
    from hubctl.core.messages.asks import in_a_line

    with suppress(HubError, OSError):
        place = here(Path(ctx.params.get("repo") or os.curdir))
        if place.db.exists():
            known = open_asks(load_state(place).asks)
            return [(ask.id, in_a_line(ask)) for ask in known if ask.id.startswith(incomplete)]
    return []


def event_kinds(incomplete: str) -> Offers:
    """Every kind that this version writes."""
    from hubctl.core.ledger.event import kind_of
    from hubctl.core.ledger.events import KINDS

    kinds = [(kind_of(kind), " ".join((kind.__doc__ or "").split())) for kind in KINDS]
    return [offer for offer in kinds if offer[0].startswith(incomplete)]


ThreadArgument = Annotated[
    str, typer.Argument(help="The thread's number, as `hubctl status` shows it.", autocompletion=threads)
]
