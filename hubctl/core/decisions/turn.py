"""A turn of the hub as a function: observations in, events and orders out.

The loop, the transcripts of the tests and the benches all take their turns here. Nothing is written and nothing performed:
who takes a turn appends its events before it performs an effect (law 3).
"""

from collections.abc import Iterable
from datetime import datetime

from hubctl.core.decisions.evaluate import evaluate
from hubctl.core.documents.policy import Policy
from hubctl.core.intake.notice import notice
from hubctl.core.intake.observations import Observation
from hubctl.core.ledger.action_log import begin, pronounce
from hubctl.core.ledger.actions import Action, Effect, Verdict
from hubctl.core.ledger.event import Event
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import Struct


class Turn(Struct, frozen=True, kw_only=True):
    """`state` is after `events`, which say that `orders` began, or what they are where they are verdicts."""

    state: HubState
    events: tuple[Event, ...] = ()
    orders: tuple[Action, ...] = ()

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What is to be performed, in order."""
        return tuple(order for order in self.orders if not isinstance(order, Verdict))


def turn(policy: Policy, state: HubState, seen: Iterable[Observation], now: datetime) -> Turn:
    """Takes what was seen, and decides."""
    taken = take(state, seen)
    due = decide(policy, taken.state, now)
    return Turn(state=due.state, events=(*taken.events, *due.events), orders=due.orders)


def take(state: HubState, seen: Iterable[Observation]) -> Turn:
    """What is new in the sightings, each judged by the state that those before it made."""
    events: list[Event] = []
    for one in seen:
        made = tuple(notice(state, one))
        state = fold(made, state)
        events += made
    return Turn(state=state, events=tuple(events))


def decide(policy: Policy, state: HubState, now: datetime) -> Turn:
    """Until nothing more is due: a verdict may make the next order due at once.

    Raises RuntimeError where an order is due although it was just given: a hub that went on would never come to an end.
    """
    events: list[Event] = []
    orders: list[Action] = []
    given: set[tuple[str, str]] = set()
    while order := next(iter(evaluate(policy, state, now)), None):
        if (order.name, order.id) in given:
            raise RuntimeError(f"ordered twice in one turn: {order.name} {order.id}")
        given.add((order.name, order.id))
        made = (pronounce(order, now),) if isinstance(order, Verdict) else begin(order, now)
        state = fold(made, state)
        events += made
        orders.append(order)
    return Turn(state=state, events=tuple(events), orders=tuple(orders))
