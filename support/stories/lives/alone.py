"""Stories in which a worker drops the ball; the moment stands in them as a `dropped` beat."""

import math
import random
from collections.abc import Callable

from support.stories.lives.life import Life
from support.stories.lives.recorded import recorded, versions
from support.stories.lives.words import FIRST, Answer, Beat, Story

Teller = Callable[[random.Random], Story]
BEGIN_HOUR = 8
"""UTC: when every story begins."""
ANCHOR_SECONDS = 10
"""A life begins this much later than its story, at most."""
STALLED_SECONDS = 900
"""The shipped rule's own time."""
SILENT = ("idle_no_handoff", "handoff_done", "stop_refusal")
"""Turns that ended with words alone; the second says HANDOFF, which is data."""


def one(name: str, life: Life, seconds: float, *more: Life, also: frozenset[str] = frozenset()) -> Story:
    """One issue, and the lives of its processes."""
    lives = tuple(each.done() for each in (life, *more))
    return Story(name=name, seconds=life.now + seconds, lives={"1": lives}, also=also)


def working(chance: random.Random) -> Life:
    return Life(chance).boots().works(chance.uniform(5, 300))


def _dead(life: Life) -> Life:
    return life.dies("signal 9").drops("worker-dead", at_once=True)


def rests(chance: random.Random) -> Story:
    return one("rests and says nothing", working(chance).rests().drops("idle-no-handoff"), 700)


def rests_as_recorded(chance: random.Random) -> Story:
    path = chance.choice([path for name in SILENT for path in versions(name)])
    life = Life(chance).played(recorded(path)).drops("idle-no-handoff")
    return one(f"recorded: {path.parent.name}", life, 700)


def breaks_off(chance: random.Random) -> Story:
    """An API error that may pass by itself."""
    life = working(chance).fails(chance.choice(["server_error", "overloaded"])).drops("idle-no-handoff")
    return one("the turn ends by an API error", life, 700)


def is_logged_out(chance: random.Random) -> Story:
    error = chance.choice(["authentication_failed", "billing_error", "model_not_found"])
    life = working(chance).fails(error).drops("idle-no-handoff", at_once=True)
    return one("an error that only a person mends", life, 300)


def is_cut(chance: random.Random) -> Story:
    life = working(chance).is_cut().drops("idle-no-handoff")
    return one("Escape in the pane, and nobody types", life, 700)


def permission(chance: random.Random) -> Story:
    asked = working(chance).is_asked(chance.choice(["Bash", "Edit", "WebFetch"]))
    return one("a permission waits", asked.drops("ask-unanswered", at_once=True), 500)


def permission_as_recorded(chance: random.Random) -> Story:
    path = chance.choice([*versions("perm_bash"), *versions("perm_edit"), *versions("perm_webfetch")])
    life = Life(chance).played(recorded(path, until="PermissionRequest"))
    return one(f"recorded: {path.parent.name}", life.drops("ask-unanswered", at_once=True), 500)


def question(chance: random.Random) -> Story:
    life = working(chance)
    if chance.random() < 0.5:
        return one(
            "a question in the pane", life.asks_in_the_pane().drops("ask-unanswered", at_once=True), 500
        )
    life.drops("ask-unanswered").says("ask", "Which one?")
    return one("hubctl ask", life.rests(), 700)


def start_dialog(chance: random.Random) -> Story:
    """One that the hub may not answer; there is no session file and no hook yet."""
    name = chance.choice(["MCP server dialog", "bypass permissions warning", "first run dialog"])
    life = Life(chance).passes(1).shows("dialog", name).drops("ask-unanswered", at_once=True)
    return one(f"a {name}", life, 500)


def dies(chance: random.Random) -> Story:
    again = Life(chance).boots().works(60).claims()
    return one("is killed once", _dead(working(chance)), 500, again)


def dies_again(chance: random.Random) -> Story:
    lives = [_dead(Life(chance).boots().works(chance.uniform(5, 60))) for _ in range(4)]
    return one("dies at each start", lives[0], 900, *lives[1:])


def dies_at_its_start(chance: random.Random) -> Story:
    return one(
        "exits before its first prompt",
        _dead(Life(chance).passes(chance.uniform(0.5, 3))),
        300,
        quick(chance),
    )


def quick(chance: random.Random) -> Life:
    return Life(chance).boots().works(20).claims()


def first_prompt(chance: random.Random) -> Story:
    life = Life(chance).boots(prompt="").drops("prompt-undelivered")
    return one("the first prompt is not taken", life, 400)


def message_is_stuck(chance: random.Random) -> Story:
    at = chance.uniform(30, 90)
    life = Life(chance).boots().works(900)
    stuck = Answer(takes=None, beats=Life(chance).drops("prompt-undelivered").done())
    return Story(
        name="a person's message does not go in",
        seconds=600,
        lives={"1": (life.done(),)},
        beats=(Beat(at=at, what="person", word="send", text="Go on.", issue="1"),),
        answers={"deliver message 1": (stuck,)},
    )


def nudge_is_swallowed(chance: random.Random) -> Story:
    life = working(chance).rests().drops("idle-no-handoff")
    lost = Life(chance, now=20).drops("prompt-undelivered", at_once=True).done()
    answer = Answer(takes=20, error="Enter was swallowed", beats=lost)
    told = one("the nudge is swallowed", life, 500)
    return Story(
        name=told.name, seconds=told.seconds, lives=told.lives, answers={"deliver nudge 1": (answer,)}
    )


def stalled(chance: random.Random) -> Story:
    return one("busy, and nothing moves", working(chance).drops("stalled"), 2400)


def announces_for_ever(chance: random.Random) -> Story:
    """It says again and again that it will ask again: that explains the rule's own time, and no more."""
    life = working(chance).passes(STALLED_SECONDS).drops("stalled")
    told = one("an API retry that never comes through", life, 2400)
    announced = (Answer(takes=0.05, why="251"),) * 20
    return Story(name=told.name, seconds=told.seconds, lives=told.lives, answers={"read-screen 1": announced})


def hangs_in_a_tool(chance: random.Random) -> Story:
    """The command's own limit is over, and it still runs."""
    life = working(chance).runs_silently(120, 120)
    life.beats.pop()
    return one("a tool beyond its limit", life.drops("stalled"), 2400)


def limit(chance: random.Random) -> Story:
    """Paused until the reset, and then for good."""
    life = working(chance)
    reset = math.ceil((life.now + 1200) / 60) * 60
    hour, minute = divmod(BEGIN_HOUR * 60 + reset // 60, 60)
    text = (
        f"You've hit your session limit \u00b7 resets {hour % 12 or 12}:{minute:02}{'ap'[hour >= 12]}m (UTC)"
    )
    life = (
        life.fails("rate_limit", text)
        .shows("limit")
        .passes(reset - life.now - ANCHOR_SECONDS)
        .drops("limit-overdue")
    )
    return one("the limit is over, the worker rests", life, 1200, also=frozenset({"idle-no-handoff"}))


def wakes_nobody(chance: random.Random) -> Story:
    """The clock's time has come, and the wake is lost in the pane."""
    life = Life(chance).boots(FIRST).works(20).says("handoff", to="clock:5m").rests()
    lost = Life(chance, now=10).drops("prompt-undelivered", at_once=True).done()
    answers = {"deliver wake 1": (Answer(takes=10, error="a draft stands in the composer", beats=lost),)}
    return Story(name="the wake is lost", seconds=600, lives={"1": (life.done(),)}, answers=answers)


ALONE: tuple[Teller, ...] = (
    rests,
    rests_as_recorded,
    breaks_off,
    is_logged_out,
    is_cut,
    permission,
    permission_as_recorded,
    question,
    start_dialog,
    dies,
    dies_again,
    dies_at_its_start,
    first_prompt,
    message_is_stuck,
    nudge_is_swallowed,
    wakes_nobody,
    stalled,
    announces_for_ever,
    hangs_in_a_tool,
    limit,
)
