"""Their close relatives: stories that look like a dropped ball, and nothing is dropped."""

import random

from support.stories.lives.alone import Teller
from support.stories.lives.life import Life
from support.stories.lives.recorded import recorded, versions
from support.stories.lives.words import Answer, Beat, Story


def _one(name: str, life: Life, seconds: float = 300) -> Story:
    return Story(name=name, seconds=life.now + seconds, lives={"1": (life.done(),)})


def rests_a_while(chance: random.Random) -> Story:
    """Idle for less than the rule's time, then a person types."""
    life = Life(chance).boots().works(30).rests().passes(chance.uniform(5, 80)).takes("Go on.").works(30)
    return _one("a short rest", life.claims())


def types(chance: random.Random) -> Story:
    """A person talks with the worker in its pane for a quarter of an hour."""
    life = Life(chance).boots()
    for _ in range(12):
        life.works(chance.uniform(5, 40)).rests().passes(chance.uniform(10, 80)).takes("What about this?")
    return _one("a person types", life.works(10).claims())


def silent_tool(chance: random.Random) -> Story:
    seconds = chance.uniform(960, 1700)
    life = Life(chance).boots().works(20).runs_silently(seconds, 1800).works(10)
    return _one("a long silent tool within its limit", life.claims())


def waits_for_the_api(chance: random.Random) -> Story:
    """Its stream stands still, it says when it asks again, and the API answers then."""
    life = Life(chance).boots().works(20).passes(chance.uniform(910, 1100)).works(20).claims()
    told = _one("an API retry that is announced", life)
    announced = Answer(takes=0.05, why="251")
    return Story(
        name=told.name, seconds=told.seconds, lives=told.lives, answers={"read-screen 1": (announced,)}
    )


def thinks(chance: random.Random) -> Story:
    return _one("a long answer", Life(chance).boots().thinks(chance.uniform(960, 1800)).works(20).claims())


def background(chance: random.Random) -> Story:
    life = Life(chance).boots().works(20).rests(background=1).passes(chance.uniform(100, 800))
    return _one(
        "a background shell", life.takes("<task-notification>b1</task-notification>").works(10).claims()
    )


def subagent(chance: random.Random) -> Story:
    return _one("a subagent", Life(chance).boots().works(10).delegates(1200).works(20).claims())


def granted_by_rule(chance: random.Random) -> Story:
    """PermissionRequest, and a rule allows it before the sources have settled."""
    life = Life(chance).boots().works(10)
    for _ in range(5):
        life.is_asked("Bash").passes(chance.uniform(0.08, 0.12)).is_answered().works(20)
    return _one("permissions that rules grant", life.claims())


def trust_dialog(chance: random.Random) -> Story:
    """One that the hub answers itself."""
    name = chance.choice(["trust dialog", "API key dialog"])
    life = Life(chance).passes(1).shows("dialog", name).passes(3).boots().works(30).claims()
    gone = Answer(takes=1, beats=Life(chance, now=0.5).shows("idle").done())
    told = _one(f"a {name}", life)
    return Story(name=told.name, seconds=told.seconds, lives=told.lives, answers={"answer-dialog 1": (gone,)})


def until_later(chance: random.Random) -> Story:
    minutes = chance.choice([5, 40])
    life = Life(chance).boots().works(20).says("handoff", to=f"clock:{minutes}m").rests()
    woken = Life(chance, now=0.3).takes("{wake}").works(20).claims().done()
    return Story(
        name="a handoff to a clock",
        seconds=minutes * 60 + 300,
        lives={"1": (life.done(),)},
        answers={"deliver wake 1": (Answer(beats=woken),)},
    )


def claimed_in_time(chance: random.Random) -> Story:
    to = chance.choice(["human", "outside:CI", "hub"])
    life = Life(chance).boots().works(20).says("handoff", to=to).rests().passes(chance.uniform(60, 1700))
    return _one(f"handed to {to}, who comes", life.takes("Here is the key.").works(20).claims())


def to_and_fro_with_work(chance: random.Random) -> Story:
    """The ball goes to a person and back as often as in a ping-pong, and each time something was made."""
    life = Life(chance).boots()
    for _ in range(6):
        life.works(chance.uniform(10, 60)).makes(chance.choice(["commit", "files"]))
        life.says("handoff", to="human").rests().passes(chance.uniform(10, 200)).takes("Look at this, too.")
    return _one("to and fro, with work in between", life.works(10).claims())


def after_another(chance: random.Random) -> Story:
    """Handed to the other issue, which is done in time."""
    life = Life(chance).boots().works(20).says("handoff", to="thread:2").rests()
    other = Life(chance).boots().works(chance.uniform(60, 900)).claims()
    woken = Life(chance, now=0.3).takes("{wake}").works(20).claims().done()
    return Story(
        name="handed to another issue",
        seconds=other.now + 300,
        after=((), ()),
        lives={"1": (life.done(),), "2": (other.done(),)},
        answers={"deliver wake 1": (Answer(beats=woken),)},
    )


def in_plan_order(chance: random.Random) -> Story:
    lives = {
        n: (Life(chance).boots().works(chance.uniform(20, 300)).claims().done(),) for n in ("1", "2", "3")
    }
    return Story(name="one after the other", seconds=1200, after=((), ("1",), ("2",)), lives=lives)


def slow_validation(chance: random.Random) -> Story:
    life = Life(chance).boots().works(20).claims()
    judge = Answer(takes=chance.uniform(300, 1500))
    return Story(
        name="a slow validation",
        seconds=1800,
        lives={"1": (life.done(),)},
        answers={"judge-claim 1": (judge,)},
    )


def mended(chance: random.Random) -> Story:
    """Rejected twice, then right."""
    feedback = Answer(beats=Life(chance, now=0.3).takes("{feedback}").works(30).claims().done())
    rejected = Answer(takes=5, why=chance.choice(["the validation failed with exit 1", "there is no commit"]))
    return Story(
        name="mended at the third try",
        seconds=600,
        lives={"1": (Life(chance).boots().works(30).claims().done(),)},
        answers={"judge-claim 1": (rejected, rejected), "deliver feedback 1": (feedback, feedback)},
    )


def slow_paste(chance: random.Random) -> Story:
    """A message needs its time, and is taken."""
    taken = Life(chance, now=40).takes("{message}").works(60).claims().done()
    return Story(
        name="a slow paste",
        seconds=400,
        lives={"1": (Life(chance).boots().works(50).done(),)},
        beats=(Beat(at=30, what="person", word="send", text="Mind the tests.", issue="1"),),
        answers={"deliver message 1": (Answer(takes=41, beats=taken),)},
    )


def nudged(chance: random.Random) -> Story:
    """A person's message ends the rest before the rule does."""
    told = Life(chance, now=0.3).takes("{message}").works(60).claims().done()
    life = Life(chance).boots().works(20).rests()
    return Story(
        name="a message in time",
        seconds=400,
        lives={"1": (life.done(),)},
        beats=(Beat(at=life.now + 60, what="person", word="send", text="Go on.", issue="1"),),
        answers={"deliver message 1": (Answer(beats=told),)},
    )


def hub_restarts(chance: random.Random) -> Story:
    life = Life(chance).boots().works(chance.uniform(200, 300)).claims()
    again = tuple(Beat(at=at, what="restart") for at in (30, 31, 150))
    return Story(name="the hub starts again", seconds=600, lives={"1": (life.done(),)}, beats=again)


def machine_sleeps(chance: random.Random) -> Story:
    """Law 8: a worker's time does not run while the machine sleeps."""
    life = Life(chance).boots().works(20).rests()
    asleep = Beat(at=life.now + 30, what="slept", word="7200")
    life.passes(7200 + 60).takes("Good morning.").works(20).claims()
    return Story(
        name="the machine sleeps", seconds=life.now + 120, lives={"1": (life.done(),)}, beats=(asleep,)
    )


def cleared(chance: random.Random) -> Story:
    life = Life(chance).boots().works(30).rests().passes(5).clears().passes(5).takes("Begin anew.").works(30)
    return _one("/clear", life.claims())


def leaves(chance: random.Random) -> Story:
    """The process ends after its issue is done."""
    life = Life(chance).boots().works(30).claims().passes(20)
    return _one("exits when it is done", life.dies("exit 0"))


def stopped(chance: random.Random) -> Story:
    at = chance.uniform(5, 200)
    stop = Beat(at=at, what="person", word="stop", issue="1")
    lives = {"1": (Life(chance).boots().works(100).rests().done(),)}
    return (
        Story(name="stopped by a person", seconds=at + 400, lives=lives, beats=(stop,))
        if at < 170
        else stopped(chance)
    )


def background_as_recorded(chance: random.Random) -> Story:
    path = chance.choice(versions("bg_bash_idle"))
    life = Life(chance).played(recorded(path, until="Stop"))
    life.beats = [beat for beat in life.beats if beat.what != "session" or beat.word != "idle"]
    life.beats.append(Beat(at=life.now + 0.04, what="session", word="shell"))
    life.passes(300).takes("<task-notification>it ended</task-notification>").works(10).claims()
    return _one(f"recorded: {path.parent.name}", life)


KEPT: tuple[Teller, ...] = (
    rests_a_while,
    types,
    silent_tool,
    waits_for_the_api,
    thinks,
    background,
    background_as_recorded,
    subagent,
    granted_by_rule,
    trust_dialog,
    until_later,
    claimed_in_time,
    to_and_fro_with_work,
    after_another,
    in_plan_order,
    slow_validation,
    mended,
    slow_paste,
    nudged,
    hub_restarts,
    machine_sleeps,
    cleared,
    leaves,
    stopped,
)
