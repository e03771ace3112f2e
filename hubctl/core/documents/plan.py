"""A plan: issues, who does them, what must be done before, and what proves them.

A plan can be wrong in ways that its type allows; `misfits` names them all. `dispatch_order` and `draw_graph` are total:
an `after` that names nothing is passed over.
"""

import heapq
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from hubctl.core.vocabulary.text import right_words, shown
from hubctl.core.vocabulary.values import Struct, field
from hubctl.core.vocabulary.words import ThreadId

LONGEST_TITLE: Final = 256
"""What GitHub takes, in characters."""
LARGEST_BODY: Final = 1_000_000
"""Bytes of UTF-8."""
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
UNFIT_FOR_A_TITLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
GRAPH_WIDTH = 100


class PlannedIssue(Struct, frozen=True, kw_only=True):
    """An issue that is not on the board yet. `after` holds keys of the same plan."""

    key: str
    title: str
    body: str = ""
    role: str = "coder"
    after: tuple[str, ...] = ()
    validate: str | None = None
    """A shell command whose exit 0 is proof; None: there is none to run."""


class Plan(Struct, frozen=True, kw_only=True):
    """Issues in the order in which their author wrote them."""

    goal: str | None = None
    issues: tuple[PlannedIssue, ...]


class Misfit(Struct, frozen=True, kw_only=True):
    """What is wrong with one field of one issue (its place in the plan, from 0), and what to do about it.

    `word` is the item of a list that it is about. `others` are issues that share in it, to be named with their lines.
    """

    issue: int
    field: str
    text: str
    word: str | None = None
    others: tuple[int, ...] = ()


def misfits(plan: Plan, *, roles: Collection[str]) -> tuple[Misfit, ...]:
    """Everything that keeps a plan from being run, in plan order; empty for a sound one."""
    first: dict[str, int] = {}
    for place, issue in enumerate(plan.issues):
        first.setdefault(issue.key, place)
    return tuple(
        sorted(
            (
                *(found for place, issue in enumerate(plan.issues) for found in _texts(place, issue)),
                *(
                    found
                    for place, issue in enumerate(plan.issues)
                    for found in _words(place, issue, first, roles)
                ),
                *_rings(plan, first),
            ),
            key=lambda found: found.issue,
        )
    )


def _texts(place: int, issue: PlannedIssue) -> Iterator[Misfit]:
    if not issue.key:
        yield Misfit(issue=place, field="key", text="the issue has no `key`: give it a short word")
    elif not KEY.fullmatch(issue.key):
        text = f"`key` cannot be {shown(issue.key)}: write at most 64 letters, digits, `.`, `_` or `-`"
        yield Misfit(issue=place, field="key", text=text)
    if not issue.title.strip():
        yield Misfit(issue=place, field="title", text="the issue has no `title`: write one line")
    elif UNFIT_FOR_A_TITLE.search(issue.title):
        text = "`title` holds line breaks or control characters: write one plain line"
        yield Misfit(issue=place, field="title", text=text)
    elif len(issue.title) > LONGEST_TITLE:
        text = (
            f"`title` has {len(issue.title)} characters: write at most {LONGEST_TITLE}, the rest into `body`"
        )
        yield Misfit(issue=place, field="title", text=text)
    size = len(issue.body.encode(errors="replace"))
    if size > LARGEST_BODY:
        text = f"`body` has {size} bytes: write at most {LARGEST_BODY}, and name a file for the rest"
        yield Misfit(issue=place, field="body", text=text)


def _words(
    place: int, issue: PlannedIssue, first: Mapping[str, int], roles: Collection[str]
) -> Iterator[Misfit]:
    if issue.key and first[issue.key] != place:
        text = f"`key` {shown(issue.key)} is taken by another issue: take another word"
        yield Misfit(issue=place, field="key", text=text, others=(first[issue.key],))
    if issue.role not in roles:
        text = f"there is no role {shown(issue.role)}: {right_words(issue.role, roles)}"
        yield Misfit(issue=place, field="role", text=text)
    for word in issue.after:
        if word == issue.key:
            text = f"{shown(word)} cannot be done after itself: take it out of `after`"
            yield Misfit(issue=place, field="after", text=text, word=word)
        elif word not in first:
            others = [key for key in first if key and key != issue.key]
            text = f"`after` names {shown(word)}, which is the key of no issue: {right_words(word, others)}"
            yield Misfit(issue=place, field="after", text=text, word=word)


def _rings(plan: Plan, first: Mapping[str, int]) -> Iterator[Misfit]:
    """One ring of each knot: broken there, other rings of the same knot may show up."""
    left = _without(_before(plan), frozenset(_sorted(plan)))
    while left:
        ring = _ring(left)
        path = " -> ".join(plan.issues[place].key for place in (*ring, ring[0]))
        text = f"the issues wait for each other in a ring, `{path}`: take one `after` out"
        word = plan.issues[ring[1]].key
        yield Misfit(issue=ring[0], field="after", text=text, word=word, others=tuple(ring[1:]))
        left = _without(left, ring)


def _ring(left: Mapping[int, frozenset[int]]) -> list[int]:
    """Follows what each waits for until it comes back; every issue of `left` waits for one of `left`."""
    path = [min(left)]
    while (following := min(left[path[-1]])) not in path:
        path.append(following)
    ring = path[path.index(following) :]
    start = ring.index(min(ring))
    return ring[start:] + ring[:start]


def _without(left: Mapping[int, frozenset[int]], done: Collection[int]) -> dict[int, frozenset[int]]:
    """What still waits for something when these are taken as done."""
    rest = dict(left)
    while done:
        rest = {place: before.difference(done) for place, before in rest.items() if place not in done}
        done = {place for place, before in rest.items() if not before}
    return rest


def _before(plan: Plan) -> dict[int, frozenset[int]]:
    """What each issue waits for, by places; unknown keys and the issue itself left out."""
    places = {issue.key: place for place, issue in reversed(tuple(enumerate(plan.issues)))}
    return {
        place: frozenset(places[key] for key in issue.after if key in places and places[key] != place)
        for place, issue in enumerate(plan.issues)
    }


def _sorted(plan: Plan) -> list[int]:
    before = _before(plan)
    behind: dict[int, list[int]] = {place: [] for place in before}
    for place, needed in before.items():
        for earlier in needed:
            behind[earlier].append(place)
    open_ = {place: len(needed) for place, needed in before.items()}
    ready = [place for place, count in open_.items() if not count]
    order: list[int] = []
    while ready:
        place = heapq.heappop(ready)
        order.append(place)
        for later in behind[place]:
            open_[later] -= 1
            if not open_[later]:
                heapq.heappush(ready, later)
    return order


def dispatch_order(plan: Plan) -> tuple[str, ...]:
    """The keys such that each comes behind all of its `after`, else in plan order.

    What is in a ring, or behind one, can never start and is left out.
    """
    return tuple(plan.issues[place].key for place in _sorted(plan))


def draw_graph(plan: Plan) -> str:
    """The plan as plain text, in steps: what is in one step may run at the same time; `<-` names what it waits for."""
    before = _before(plan)
    step: dict[int, int] = {}
    for place in _sorted(plan):
        step[place] = 1 + max((step[earlier] for earlier in before[place]), default=0)
    width = max((len(issue.key) for issue in plan.issues), default=0)
    lines: list[str] = []
    for number in range(1, max(step.values(), default=0) + 1):
        members = [plan.issues[place] for place in sorted(step) if step[place] == number]
        for mark, issue in zip((f"{number}.", *("" for _ in members)), members, strict=False):
            lines += _draw_issue(f"{mark:<4}{issue.key:<{width}}  ", issue)
    return "\n".join(lines)


def _draw_issue(head: str, issue: PlannedIssue) -> list[str]:
    """One line, and the arrows below it where they do not fit."""
    import textwrap  # on use: what only folds a plan draws none

    line = f"{head}{textwrap.shorten(issue.title, 60, placeholder='...')} ({issue.role})"
    if not issue.after:
        return [line]
    arrows = f"<- {', '.join(issue.after)}"
    if len(line) + 2 + len(arrows) <= GRAPH_WIDTH:
        return [f"{line}  {arrows}"]
    indent = " " * len(head)
    room = max(GRAPH_WIDTH, len(head) + 40)
    under = textwrap.wrap(
        arrows, room, initial_indent=indent, subsequent_indent=f"{indent}   ", break_on_hyphens=False
    )
    return [line, *under]


class AcceptedPlan(Struct, frozen=True, kw_only=True):
    """A plan and how far it is filed: the threads by the keys of their issues."""

    base: str
    content: Plan
    parent: int = 0
    filed: Mapping[str, ThreadId] = field(default_factory=dict)

    @property
    def unfiled(self) -> tuple[str, ...]:
        """The keys whose issues are not on the board yet, each after those it waits for."""
        if all(issue.key in self.filed for issue in self.content.issues):
            return ()  # as mostly, and it is asked at each look
        return tuple(key for key in dispatch_order(self.content) if key not in self.filed)
