"""What a shell is offered behind the cursor: verbs, options, threads with their titles, kinds of events.

Rules: completing loads nothing heavy, says nothing where it knows nothing, and never complains. The shells' scripts get
`value<TAB>meaning` lines and evaluate none of it: a title is whatever somebody wrote on the board. Typer's own scripts
for zsh put it into an `eval`.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from hubctl.cli.options import Argument
from hubctl.errors import HubError

if TYPE_CHECKING:  # imported on use: completing a verb needs no state
    from hubctl.core.ledger.state import HubState

Offered = list[tuple[str, str]]


def threads(ctx: Any, incomplete: str) -> Offered:
    """The threads that `status` shows, by number."""
    from hubctl.cli.shared import SHOWN

    return _known(
        ctx, incomplete, lambda state: [(each.id, each.title) for each in state.everyone], last=SHOWN
    )


def open_alerts(ctx: Any, incomplete: str) -> Offered:
    """The alerts that `alerts` shows, by id."""
    return _known(ctx, incomplete, lambda state: [(each.id, each.text) for each in state.open_alerts])


def open_asks_here(ctx: Any, incomplete: str) -> Offered:
    """The asks that `inbox` shows, by id."""
    from hubctl.core.ledger.asks import open_asks
    from hubctl.core.messages.asks import in_a_line

    return _known(ctx, incomplete, lambda state: [(ask.id, in_a_line(ask)) for ask in open_asks(state.asks)])


def _known(ctx: Any, incomplete: str, offers: "Callable[[HubState], Offered]", *, last: int = 0) -> Offered:
    from hubctl.cli.shared import here, load_state

    with suppress(HubError, OSError):
        place = here(Path(ctx.params.get("repo") or os.curdir))
        if place.db.exists():
            return [
                offer for offer in offers(load_state(place, last=last)) if offer[0].startswith(incomplete)
            ]
    return []


def event_kinds(incomplete: str) -> Offered:
    """Every kind that this version writes."""
    from hubctl.core.ledger.event import kind_of
    from hubctl.core.ledger.events import KINDS

    kinds = [(kind_of(kind), " ".join((kind.__doc__ or "").split())) for kind in KINDS]
    return [offer for offer in kinds if offer[0].startswith(incomplete)]


ThreadArgument = Annotated[
    str, Argument(help="The thread's number, as `hubctl status` shows it.", offers=threads)
]
