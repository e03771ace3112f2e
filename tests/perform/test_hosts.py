"""A host that a person decided on: the doors of the thread's worker lead where the state says, at that moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import AnswerAsk, CloseHosts
from hubctl.core.ledger.asks import ANSWERED
from hubctl.core.ledger.fold import fold
from hubctl.core.vocabulary.values import replace
from hubctl.perform.asks import answer_ask, bring_hosts
from hubctl.perform.outside import Outside
from support.core.builders import DONE, NOW, ONE, TWO, WORKING, assigned, opened
from support.core.builders import started as started_event

HOST = "pypi.example:443"
REFUSED = e.HostRefused(at=NOW, thread=ONE, host=HOST, ask="a1")
DECIDED = e.HostDecided(at=NOW, thread=ONE, host=HOST, opened=True)


@dataclass(slots=True)
class Agent:
    reached: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def reach(self, worker: str, hosts: Sequence[str]) -> None:
        self.reached.append((worker, tuple(hosts)))


def outside(agent: Agent, *events: e.Event) -> Outside:
    state = fold(events)
    names = (
        "board",
        "runtime",
        "workspaces",
        "commands",
        "rules",
        "notifier",
        "screens",
        "notes",
        "put",
        "stop",
    )
    unused: dict[str, Any] = dict.fromkeys(names)
    return Outside(agent=cast("Any", agent), state=lambda: state, now=lambda: NOW, **unused)


def test_an_answer_opens_what_is_open_for_the_thread() -> None:
    agent = Agent()
    answer = e.AskAnswered(
        at=NOW, thread=ONE, ask="a1", by="anna", how="x", decision=e.Decision.ALLOW, number=1
    )
    order = AnswerAsk(because="answer", episode="a1", thread=ONE, ask="a1")
    closed = answer_ask(order, outside(agent, *WORKING, REFUSED, DECIDED, answer))
    assert (agent.reached, closed.why) == ([("w1-1", (HOST,))], ANSWERED)


def test_an_ended_thread_has_no_open_host_and_its_standing_worker_those_of_the_next() -> None:
    agent = Agent()
    order = CloseHosts(because="doors", episode="end-1", thread=ONE)
    over = (*WORKING, REFUSED, DECIDED, *DONE[len(WORKING) :])
    bring_hosts(order, outside(agent, *over))
    taken = replace(started_event(TWO), worker="w1-1")
    other = e.HostDecided(at=NOW, thread=TWO, host="other.example:443", opened=True)
    bring_hosts(order, outside(agent, *over, opened(TWO), assigned(TWO), taken, other))
    assert agent.reached == [("w1-1", ()), ("w1-1", ("other.example:443",))]
