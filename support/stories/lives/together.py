"""Stories in which a ball is dropped between threads, in judging, or by the hub and its board."""

import random

from support.stories.lives.alone import Teller, one, quick, working
from support.stories.lives.life import Life
from support.stories.lives.words import Answer, Beat, Story

HOUR = 3600.0


def handed(chance: random.Random) -> Story:
    to = chance.choice(["human", "hub", "outside:CI"])
    life = working(chance).drops("handoff-unclaimed").says("handoff", to=to).rests()
    return one(f"handed to {to}, and nobody comes", life, 2400)


def interrupted(chance: random.Random) -> Story:
    """A person cuts the turn and goes away: the ball is theirs."""
    life = Life(chance).boots().works(60)
    told = Life(chance).passes(0.5).is_cut().passes(0.5).drops("handoff-unclaimed").done()
    return Story(
        name="interrupted and forgotten",
        seconds=2400,
        lives={"1": (life.done(),)},
        beats=(Beat(at=64, what="person", word="interrupt", issue="1"),),
        answers={"interrupt 1": (Answer(takes=1, beats=told),)},
    )


def stopped_before(chance: random.Random) -> Story:
    """What the other issue waits for is stopped by a person."""
    at = chance.uniform(20, 200)
    life = Life(chance).boots().works(at + 100)
    gone = Beat(at=at, what="dropped", word="wait-broken", text="at once", issue="2")
    stop = Beat(at=at, what="person", word="stop", issue="1")
    return Story(
        name="waits for one that was stopped",
        seconds=at + 200,
        after=((), ("1",)),
        lives={"1": (life.done(),)},
        beats=(gone, stop),
    )


def handed_to_a_stopped_one(chance: random.Random) -> Story:
    life = Life(chance).boots().works(60).says("handoff", to="thread:2").rests()
    other = Life(chance).boots().works(400)
    gone = Beat(at=150, what="dropped", word="wait-broken", text="at once", issue="1")
    stop = Beat(at=150, what="person", word="stop", issue="2")
    lives = {"1": (life.done(),), "2": (other.done(),)}
    return Story(
        name="handed to one that is stopped", seconds=400, after=((), ()), lives=lives, beats=(gone, stop)
    )


def ring(chance: random.Random) -> Story:
    count = chance.choice([2, 3])
    lives = {}
    for number in range(1, count + 1):
        life = Life(chance).boots().works(30.0 * number)
        if number == count:
            life.drops("wait-cycle", at_once=True, issue="1")
        lives[str(number)] = (life.says("handoff", to=f"thread:{number % count + 1}").rests().done(),)
    return Story(name=f"a ring of {count}", seconds=500, after=((),) * count, lives=lives)


def to_and_fro(chance: random.Random) -> Story:
    """Handed to a person and back, again and again, and no progress."""
    life = Life(chance).boots()
    for _ in range(3):
        life.works(chance.uniform(5, 40)).says("handoff", to="human").rests().passes(60).takes("And now?")
    life.works(10).drops("ping-pong", at_once=True).says("handoff", to="human").rests()
    return one("to and fro", life, 300)


def no_room(chance: random.Random) -> Story:
    """Four work for hours; the fifth is ready all the time."""
    lives = {str(number): (Life(chance).boots().works(HOUR, every=60).done(),) for number in range(1, 5)}
    ready = Beat(at=1, what="dropped", word="undispatched", issue="5")
    return Story(name="no capacity", seconds=HOUR, after=((),) * 5, lives=lives, beats=(ready,))


def untrusted(chance: random.Random) -> Story:
    files = chance.choice(["POLICY.md", "hubctl.yaml", "POLICY.md .claude/settings.json"])
    changed = Beat(at=0, what="trust", text=files)
    gone = Beat(at=0, what="dropped", word="undispatched", text="at once", issue="hub")
    return Story(name="untrusted files", seconds=200, beats=(gone, changed))


def blocked_lane(chance: random.Random) -> Story:
    """Done, and then a dialog in the standing worker, which the next issue waits for."""
    judged = Life(chance, now=5).is_asked("Bash").drops("ask-unanswered", at_once=True).passes(35)
    judged.drops("undispatched", at_once=True, issue="2")
    return Story(
        name="the lane's worker waits for a person",
        seconds=400,
        after=((), ()),
        lives={"1": (Life(chance).boots().works(chance.uniform(10, 90)).claims().done(),)},
        answers={"judge-claim 1": (Answer(takes=40, beats=judged.done()),)},
        lane=True,
    )


# --- results and the hub ------------------------------------------------------------------------------------------


def _judged(
    chance: random.Random, why: str, kind: str, name: str, also: frozenset[str] = frozenset()
) -> Story:
    """Rejected three times; the other issue waits for it."""
    feedback = Life(chance, now=0.3).takes("{feedback}").works(chance.uniform(5, 60)).claims().done()
    last = Life(chance, now=2).drops(kind, at_once=True)
    if kind == "attempts-exhausted":
        last.drops("wait-broken", at_once=True, issue="2")
    rejected = Answer(takes=2, why=why)
    return Story(
        name=name,
        seconds=900,
        after=((), ("1",)),
        lives={"1": (Life(chance).boots().works(30).claims().done(),)},
        answers={
            "judge-claim 1": (rejected, rejected, Answer(takes=2, why=why, beats=last.done())),
            "deliver feedback 1": (Answer(takes=1, beats=feedback),) * 3,
        },
        also=also,
    )


def exhausted(chance: random.Random) -> Story:
    return _judged(
        chance, "the validation failed with exit 1", "attempts-exhausted", "the validation fails thrice"
    )


def unproven(chance: random.Random) -> Story:
    """`done` is refused at once, for nothing is committed; the worker says it again and again."""
    life = Life(chance).boots()
    for _ in range(2):
        life.works(chance.uniform(5, 40)).says("unproven", "Not everything is committed: a.py.")
    life.works(10).drops("unproven-done", at_once=True).says("unproven", "Not everything is committed: a.py.")
    return one("done thrice, nothing committed", life.works(60).claims(), 100)


def orphaned(chance: random.Random) -> Story:
    """The machine went down with hub and worker; the hub comes back."""
    at = chance.uniform(30, 120)
    life = Life(chance).boots().works(at - 5)
    back = (Beat(at=at, what="process", word="dead", text="the machine was started anew", issue="1"),)
    gone = Beat(at=at + 0.1, what="dropped", word="orphaned", issue="1")
    again = Beat(at=at, what="restart")
    return Story(
        name="the hub starts, and no worker is there",
        seconds=at + 300,
        lives={"1": (life.done(), quick(chance).done())},
        beats=(again, *back, gone),
        also=frozenset({"worker-dead"}),
    )


def no_board(chance: random.Random) -> Story:
    lost = Life(chance, now=3).drops("board-unreachable", at_once=True, issue="hub").done()
    answer = Answer(takes=3, error=chance.choice(["HTTP 502", "the database is locked"]), beats=lost)
    return Story(name="the issue cannot be filed", seconds=200, answers={"file-issue 1": (answer,)})


TOGETHER: tuple[Teller, ...] = (
    handed,
    interrupted,
    stopped_before,
    handed_to_a_stopped_one,
    ring,
    to_and_fro,
    no_room,
    untrusted,
    blocked_lane,
    exhausted,
    unproven,
    orphaned,
    no_board,
)
