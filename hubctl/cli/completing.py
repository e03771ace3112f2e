"""What a shell is offered behind the cursor: verbs, options, threads with their titles, kinds of events.

Rules: completing loads nothing heavy, says nothing where it knows nothing, and never complains. The shells' scripts get
`value<TAB>meaning` lines and evaluate none of it: a title is whatever somebody wrote on the board. Typer's own scripts
for zsh put it into an `eval`.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from hubctl.cli.options import Argument
from hubctl.errors import HubError


def threads(ctx: Any, incomplete: str) -> list[tuple[str, str]]:
    """The threads that `status` shows, by number."""
    from hubctl.cli.shared import here, load_state

    with suppress(HubError, OSError):
        place = here(Path(ctx.params.get("repo") or os.curdir))
        if place.db.exists():
            known = load_state(place).threads.values()
            return [(each.id, each.title) for each in known if each.id.startswith(incomplete)]
    return []


def open_alerts(ctx: Any, incomplete: str) -> list[tuple[str, str]]:
    """The alerts that `alerts` shows, by id."""
    from hubctl.cli.shared import here, load_state

    with suppress(HubError, OSError):
        place = here(Path(ctx.params.get("repo") or os.curdir))
        if place.db.exists():
            known = load_state(place).open_alerts
            return [(each.id, each.text) for each in known if each.id.startswith(incomplete)]
    return []


def open_asks_here(ctx: Any, incomplete: str) -> list[tuple[str, str]]:
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


def event_kinds(incomplete: str) -> list[tuple[str, str]]:
    """Every kind that this version writes."""
    from hubctl.core.ledger.event import kind_of
    from hubctl.core.ledger.events import KINDS

    kinds = [(kind_of(kind), " ".join((kind.__doc__ or "").split())) for kind in KINDS]
    return [offer for offer in kinds if offer[0].startswith(incomplete)]


ThreadArgument = Annotated[
    str, Argument(help="The thread's number, as `hubctl status` shows it.", offers=threads)
]
