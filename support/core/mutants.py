"""Does the law of support/core/law.py need each rule? Takes them away one at a time, and plays until the law fails.

A mutant is the core without the orders of one rule, or of one detector where a rule has several. Its stories are drawn
from the law's own moves, by seed and without hypothesis, so the same mutant dies in the same story every time.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from hubctl.core.decisions import turn as turns
from hubctl.core.decisions.evaluate import evaluate
from hubctl.core.documents.policy import Policy, RuleId
from hubctl.core.intake.observations import Filed
from hubctl.core.ledger.actions import Action, CallHuman, FailThread, RaiseAlert, StartWorker, TakeBallBack
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import Struct
from support.core.builders import policy
from support.core.law import dropped
from support.core.moves import FAILING, KEEPING, STRICT, moves, world
from support.core.stage import Stage

MOST_STORIES = 3000
WHOLE_STORIES = 100
"""The core with nothing taken away must live through so many, else a death would prove nothing."""
ONCE = policy("limits: {workers: 3, attempts: 1, restarts: 1 in 10m}")
"""So that what comes at the end of many attempts comes in a short story."""
RULES = (policy(), STRICT, KEEPING, FAILING, ONCE)
R = RuleId
Evaluate = Callable[[Policy, HubState, datetime], Iterable[Action]]


class Mutant(Struct, frozen=True, kw_only=True):
    """Gives no order of `rule` for which `part` holds; with no rule, the core as it is."""

    name: str
    rule: RuleId | None
    part: Callable[[Action], bool] = lambda _: True
    policies: tuple[Policy, ...] = RULES

    def evaluate(self, policy: Policy, state: HubState, now: datetime) -> Iterator[Action]:
        return (action for action in evaluate(policy, state, now) if not self.lacks(action))

    def lacks(self, action: Action) -> bool:
        if self.rule is None or action.name == "resolve-alert":
            return False
        mine = self.rule in (action.because, getattr(action, "kind", action.because))
        return mine and self.part(action)


def _begins(episode: str, action: Action) -> bool:
    return isinstance(action, RaiseAlert) and action.episode.startswith(episode)


INVISIBLE = {
    R.HUB_DEAD: "seen from outside by `hubctl check`: without a hub nothing is evaluated",
    R.STALLED: "to the law a busy worker moves: only time and silence tell that it does not",
    R.ORPHANED: "to the law it is a dead worker, which `worker-dead` takes up",
    R.LIMIT_OVERDUE: "to the law it is an idle worker, which `idle-no-handoff` takes up",
    R.PING_PONG: "every single handing over is held rightly; the law judges moments, not histories",
    R.UNPROVEN_DONE: "each claim is judged and told, and `attempts-exhausted` ends it",
}
"""Rules that the law does not need, and why: who takes them away finds no moment in which a thread lies there unseen."""
WHOLE = Mutant(name="nothing", rule=None)
MUTANTS = (
    *(Mutant(name=rule.value, rule=rule) for rule in RuleId),
    Mutant(name="idle-no-handoff, its ladder", rule=R.IDLE_NO_HANDOFF, part=lambda action: action.rung > 0),
    Mutant(
        name="idle-no-handoff, errors that a person mends",
        rule=R.IDLE_NO_HANDOFF,
        part=lambda action: not action.rung,
    ),
    Mutant(name="ask-unanswered, dialogs", rule=R.ASK_UNANSWERED, part=partial(_begins, "dialog-")),
    Mutant(name="ask-unanswered, the ladder of an ask", rule=R.ASK_UNANSWERED, part=partial(_begins, "a")),
    Mutant(name="undispatched, untrusted files", rule=R.UNDISPATCHED, part=partial(_begins, "untrusted-")),
    Mutant(
        name="undispatched, lanes", rule=R.UNDISPATCHED, part=partial(_begins, "lane-"), policies=(KEEPING,)
    ),
    Mutant(name="undispatched, old workers", rule=R.UNDISPATCHED, part=partial(_begins, "left-")),
    Mutant(name="worker-dead, the restart", rule=R.WORKER_DEAD, part=lambda a: isinstance(a, StartWorker)),
    Mutant(name="idle-no-handoff, the call", rule=R.IDLE_NO_HANDOFF, part=lambda a: isinstance(a, CallHuman)),
    Mutant(
        name="idle-no-handoff, its end", rule=R.IDLE_NO_HANDOFF, part=lambda a: isinstance(a, TakeBallBack)
    ),
    Mutant(name="worker-dead, the end", rule=R.WORKER_DEAD, part=lambda a: isinstance(a, FailThread)),
)


class Fate(Struct, frozen=True, kw_only=True):
    """`story` is the number of the story in which the law failed, None: in none; `said` is what the law said."""

    mutant: str
    story: int | None
    said: str = ""


def fate(number: int, most: int = MOST_STORIES) -> Fate:
    """Of the mutant of this number in MUTANTS; -1: of the whole core."""
    mutant = MUTANTS[number] if number >= 0 else WHOLE
    vars(turns)["evaluate"] = mutant.evaluate
    try:
        for story in range(most):
            if said := _live(story, mutant.policies):
                return Fate(mutant=mutant.name, story=story, said=said)
    finally:
        vars(turns)["evaluate"] = evaluate
    return Fate(mutant=mutant.name, story=None)


def _live(story: int, policies: tuple[Policy, ...]) -> str:
    """Plays one story; what the law says of the first moment that breaks it, empty where none does."""
    chance = random.Random(story)
    stage = world(policies[story % len(policies)])
    if story % 2:
        _file_all(stage)
    for _ in range(chance.randint(30, 50)):
        stage.now += timedelta(milliseconds=250)
        possible = moves(stage)
        _, move = chance.choice(possible)
        move()
        if found := dropped(stage):
            return found[0]
    return ""


def _file_all(stage: Stage) -> None:
    """While an issue is being filed the law excuses every thread that does not start: half of the stories begin later."""
    while any(pending.name == "file-issue" for pending in stage.state.pending.values()):
        stage.end("file-issue", None, Filed(number=stage.state.opened + 1))
