"""The loop without the outside: it takes its turns by `hubctl/core/decisions/turn.py`, as `hubctl/hub/loop.py` does.

What comes of each order is left to the test, but for the permissions' word on an ask, where no file must be looked at for
it: that is said at once, and its order is not listed. Three laws are watched all the time: no order twice, no worker too many, one thread a lane.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hubctl.agents.claude.screen.start_dialogs import StartDialog, cure_of_dialog, is_answerable
from hubctl.core.decisions.turn import turn
from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.documents.policy import Policy
from hubctl.core.intake.observations import (
    ExcessSeen,
    Filed,
    HookSeen,
    Made,
    Observation,
    OutcomeSeen,
    RefusalSeen,
    RequestSeen,
    ViewSeen,
)
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import Action, JudgeAsk
from hubctl.core.ledger.asks import decided
from hubctl.core.ledger.board import BOARD_ORDERS
from hubctl.core.ledger.fold import apply, fold
from hubctl.core.ledger.settling import recalled
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages import prompts
from hubctl.core.vocabulary.limits import Excess
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ActionId, ThreadId, View
from hubctl.permissions.judge import judge, judgeable
from support.core.builders import NOW, ONE, accepted, issue, plan, started
from support.core.builders import policy as shipped

ANSWERABLE = frozenset(dialog.value for dialog in StartDialog if is_answerable(dialog))

Step = Observation | e.Event | timedelta


@dataclass(slots=True, kw_only=True)
class Stage:
    """A hub without an outside. `orders` are all actions given so far."""

    policy: Policy = field(default_factory=shipped)
    state: HubState = field(default_factory=HubState)
    now: datetime = NOW
    log: list[e.Event] = field(default_factory=list)
    orders: list[Action] = field(default_factory=list)
    _given: set[tuple[str, str]] = field(default_factory=set)
    _failed: set[str] = field(default_factory=set)

    def fold(self, *events: e.Event) -> None:
        """Facts as they come, without a turn."""
        self.log += events
        self.state = fold(events, self.state)

    def turn(self, *seen: Observation) -> list[Action]:
        """All that follows from what was seen and is due now; checks the laws on the way."""
        orders: list[Action] = []
        while True:
            made = turn(self.policy, self.state, seen, self.now)
            self.log += made.events
            self.state = made.state
            judged = {order.id: word for order in made.orders if (word := self._judged(order))}
            self._keep(made.orders)
            orders += [order for order in made.orders if order.id not in judged]
            if not judged:
                break
            seen = tuple(judged.values())
        self.orders += orders
        self._hold_laws()
        return orders

    def _keep(self, orders: Iterable[Action]) -> None:
        for order in orders:
            name = (order.name, order.id)
            assert name not in self._given, f"given twice: {name}"
            self._given.add(name)

    def _hold_laws(self) -> None:
        running = sum(thread.state.running for thread in self.state.threads.values())
        assert running <= self.policy.limits.workers, "more workers than the policy allows"
        lanes = [self.policy.lanes.get(t.role) for t in self.state.threads.values() if t.state.running]
        taken = [lane.key for lane in lanes if lane]
        assert len(taken) == len(set(taken)), "two threads in one lane"

    def _judged(self, order: Action) -> OutcomeSeen | None:
        """The permissions' word on the ask, where they need no look for it."""
        ask = self.state.asks[order.ask] if isinstance(order, JudgeAsk) else None
        thread = self.state.threads.get(ask.thread) if ask else None
        if ask is None or thread is None or thread.worker is None:
            return None
        found = judge(*judgeable(self.policy, thread, ask, thread.worker))
        if found.wants_secrets:
            return None
        decision, because, why = found.decision.value, order.because, found.why
        made = decided(ask.id, ask.thread, decision=decision, because=because, why=why, at=self.now)
        return OutcomeSeen(at=self.now, action=order.id, made=made)

    def see(self, *seen: Observation) -> list[Action]:
        return self.turn(*seen)

    def wait(self, span: timedelta) -> list[Action]:
        self.now += span
        return self.turn()

    def restart(self) -> list[Action]:
        """The hub dies and starts: what failed before may be ordered again."""
        self.state = fold(self.log)
        self.fold(e.HubStarted(at=self.now, pid=1, version="0"))
        self._given = {(name, id) for name, id in self._given if id not in self._failed}
        return self.turn()

    # --- what the outside says ----------------------------------------------------------------------------------

    def pending(self, name: str, thread: ThreadId | None = None) -> e.ActionBegan:
        """The one order of this name that is under way (for this thread)."""
        found = [
            p
            for p in self.state.pending.values()
            if p.name == name and (thread is None or p.thread == thread)
        ]
        assert len(found) == 1, f"{name} {thread}: {found}"
        return found[0]

    def end(
        self,
        name: str,
        thread: ThreadId | None = None,
        made: Made = None,
        *,
        error: str = "",
        unreached: bool = False,
    ) -> list[Action]:
        """The order's outcome."""
        return self.finish(self.pending(name, thread).action, made, error=error, unreached=unreached)

    def finish(
        self,
        action: ActionId,
        made: Made = None,
        *,
        error: str = "",
        unreached: bool = False,
    ) -> list[Action]:
        """The same where several orders of one name are under way."""
        name = self.state.pending[action].name
        if error:
            self._failed.add(action)
        if error and name in BOARD_ORDERS:  # a board's orders are given again
            self._given.discard((name, action))
        return self.see(OutcomeSeen(at=self.now, action=action, made=made, error=error, unreached=unreached))

    def start(self, thread: ThreadId = ONE) -> list[Action]:
        """A StartWorker succeeds, as `perform.workers` does it: a standing worker that lives takes the thread."""
        start = int(self.pending("start-worker", thread).words["start"])
        made = started(thread, start=start, at=self.now)
        role = self.thread(thread).role
        lane, living = self.policy.lanes.get(role), self.state.standing_worker(role)
        if lane and lane.standing:
            made = replace(made, standing=True)
            if living and living.alive:
                worker, session, pane = living.id, living.session, living.pane
                made = replace(made, worker=worker, session=session, pane=pane, untold=True)
        return self.end("start-worker", thread, made)

    def view(self, view: View, thread: ThreadId = ONE, why: str = "") -> list[Action]:
        return self.see(self._dialog(view, "session", why, thread))

    def screen(self, why: str, thread: ThreadId = ONE, view: View = View.WAITING) -> list[Action]:
        """What only the screen tells: a dialog, by the words that name it."""
        return self.see(self._dialog(view, "screen", why, thread))

    def _dialog(self, view: View, source: str, why: str, thread: ThreadId) -> ViewSeen:
        return ViewSeen(
            at=self.now,
            worker=self.worker(thread),
            view=view,
            source=source,
            why=why,
            cure=cure_of_dialog(why),
            answerable=why in ANSWERABLE,
        )

    def die(self, thread: ThreadId = ONE, how: str = "exit 1") -> list[Action]:
        seen = ViewSeen(at=self.now, worker=self.worker(thread), view=View.GONE, source="process", why=how)
        return self.see(seen)

    def excess(self, thread: ThreadId = ONE, limit: str = "memory") -> list[Action]:
        """Its worker's cell uses more than it may, or did when it ended."""
        over = Excess(limit=limit, used="700M", most="600M")
        return self.see(ExcessSeen(at=self.now, worker=self.worker(thread), excess=over))

    def hook(self, name: str, thread: ThreadId = ONE, **said: str) -> list[Action]:
        """`said` are HookSeen's own fields, such as `prompt` or `error`."""
        return self.see(HookSeen(at=self.now, worker=self.worker(thread), name=name, **said))  # type: ignore[arg-type]

    def refuse(self, host: str = "pypi.example:443", thread: ThreadId = ONE) -> list[Action]:
        """The doors refuse the worker a host that no line lists."""
        return self.see(RefusalSeen(at=self.now, worker=self.worker(thread), host=host))

    def prompt(self, thread: ThreadId = ONE, purpose: str = "task") -> list[Action]:
        """The worker reports the hub's own prompt of this purpose."""
        known = prompts.expected(recalled(self.state, [thread]), self.thread(thread))
        text = next(one.text for one in known if one.purpose == purpose)
        return self.hook("UserPromptSubmit", thread, prompt=text)

    def judge(self, thread: ThreadId = ONE, why: str = "") -> list[Action]:
        """A claim's verdict; `why` it is rejected, or accepted."""
        told = f"hubctl thread {thread}: not done yet: {why}"
        rejected = e.ClaimRejected(at=self.now, thread=thread, why=why, feedback=told)
        return self.end("judge-claim", thread, rejected if why else accepted(thread))

    def ask(
        self,
        verb: str,
        thread: ThreadId | None = ONE,
        *,
        by: str = "",
        text: str = "",
        words: Mapping[str, str] | None = None,
    ) -> list[Action]:
        """A request; by the thread's own worker unless told otherwise."""
        said = request(self.state, verb, thread, by=by or f"worker:{thread}", text=text, at=self.now)
        return self.see(replace(said, words=dict(words or {})))

    def worker(self, thread: ThreadId) -> str:
        known = self.thread(thread).worker
        assert known, f"thread {thread} has no worker"
        return known.id

    def thread(self, thread: ThreadId = ONE) -> Thread:
        known = self.state.thread(thread)
        assert known, f"there is no thread {thread}"
        return known

    def replayed(self) -> None:
        """Law 2: the state is the fold of the log, at once or one by one."""
        state = HubState()
        for event in self.log:
            state = apply(state, event)
        assert state == self.state == fold(self.log)


def retry(stage: Stage, thread: ThreadId, seconds: str) -> e.RetryAnnounced | None:
    """What is found on a screen that announces an API retry in so many seconds; nothing where it announces none."""
    until = stage.now + timedelta(seconds=int(seconds or 0))
    return e.RetryAnnounced(at=stage.now, thread=thread, until=until) if seconds else None


def request(
    state: HubState,
    verb: str,
    thread: ThreadId | None = None,
    *,
    by: str = "human",
    text: str = "",
    at: datetime = NOW,
    content: Plan | None = None,
) -> RequestSeen:
    """The next row of the requests table."""
    number = state.requests + 1
    return RequestSeen(at=at, number=number, verb=verb, by=by, thread=thread, text=text, content=content)


def play(policy: Policy, state: HubState, script: Iterable[Step]) -> Stage:
    """Plays observations, events and spans of time from this state on, with a turn before and after each."""
    stage = Stage(policy=policy, state=state)
    stage.turn()
    for step in script:
        match step:
            case timedelta():
                stage.wait(step)
            case e.Event():
                stage.fold(step)
                stage.turn()
            case _:
                stage.see(step)
    return stage


def planned(*issues: PlannedIssue, policy: Policy | None = None) -> Stage:
    """A stage whose plan is accepted and filed: thread 1 is its first issue, and so on."""
    stage = Stage(policy=policy) if policy else Stage()
    stage.see(request(stage.state, "plan", content=plan(*issues)))
    for number in range(1, len(issues) + 1):
        stage.end("file-issue", None, Filed(number=number))
    return stage


def working(*issues: PlannedIssue, policy: Policy | None = None) -> Stage:
    """The same, and the worker of thread 1 works on its task."""
    stage = planned(*(issues or (issue("a"),)), policy=policy)
    stage.start()
    stage.prompt()
    return stage


def names(actions: Iterable[Action]) -> list[str]:
    """`start-worker 1` for each; the thread is left out where there is none."""
    return [f"{action.name} {action.thread}" if action.thread else action.name for action in actions]
