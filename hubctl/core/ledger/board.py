"""What the hub knows of its board: how far it was read, what each issue shows, and when to try again what failed.

Rule: a board that does not answer is normal. What could not be done is done later, in its order, as long as it is wanted.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hubctl.core.documents.plan import Plan
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.core.vocabulary.words import ActionId, ThreadId

BOARD_ORDERS = frozenset({"file-issue", "close-issue", "reopen-issue", "show-issue", "open-pull"})
"""The names of the actions that go to the board."""
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)
"""Between two tries while the board does not answer."""
PATIENCE, MOST_PATIENCE = timedelta(minutes=1), timedelta(hours=1)
"""Between two tries of what the board refuses."""
MOST_ASKED_SECONDS = 3600.0
MOST_TRIES = 10
"""Beyond it the pause grows no more."""


class Outage(Struct, frozen=True, kw_only=True):
    """Since `since` nothing went, `tries` times; not before `again` it is tried again."""

    since: datetime
    tries: int
    again: datetime
    why: str


class Shown(Struct, frozen=True, kw_only=True):
    """What an issue shows; `face` is empty when somebody changed it. `times` counts how often it was shown.

    `mark`: what was true of the thread then (`rest.face_mark`); empty where the log does not say it.
    """

    face: str = ""
    label: str = ""
    mark: str = ""
    times: int = 0


class IssueText(Struct, frozen=True, kw_only=True):
    """The digests of an issue's text: as the worker was told it, and as it stands now."""

    told: str
    now: str


BoardEvent = (
    e.BoardHeard
    | e.BoardFailed
    | e.BoardAnswered
    | e.OrderHeard
    | e.IssueRead
    | e.IssueLost
    | e.IssueShown
    | e.IssueRelabelled
    | e.PullOpened
    | e.PlanAsked
    | e.PlanProposed
    | e.PlanDropped
)


def order_key(name: str, thread: ThreadId | None, action: ActionId) -> str:
    """One board order of a thread stands for those before it of the same name."""
    return f"{name}/{thread}" if thread else str(action)


# --- what failed --------------------------------------------------------------------------------------------------


def failed(before: Outage | None, at: datetime, why: str, seconds: float = 0.0) -> Outage:
    """The board did not answer (once more)."""
    tries = before.tries + 1 if before else 1
    pause = min(LONGEST, SHORTEST * 2 ** min(tries - 1, MOST_TRIES))
    asked = timedelta(seconds=min(max(seconds, 0.0), MOST_ASKED_SECONDS))
    since = before.since if before else at
    return Outage(since=since, tries=tries, again=_later(at, max(pause, asked)), why=why)


def refused(before: Outage | None, at: datetime, why: str) -> Outage:
    """The board refused one thing (once more)."""
    tries = before.tries + 1 if before else 1
    pause = min(MOST_PATIENCE, PATIENCE * 4 ** min(tries - 1, MOST_TRIES))
    return Outage(since=before.since if before else at, tries=tries, again=_later(at, pause), why=why)


def _later(at: datetime, span: timedelta) -> datetime:
    try:
        return at + span
    except OverflowError:  # a log may hold any time
        return at


class Planning(Struct, frozen=True, kw_only=True):
    """`content` is None until a model has answered; `accepted` names the plan that people made of it."""

    asked: e.PlanAsked
    content: Plan | None = None
    accepted: str = ""

    @property
    def episode(self) -> str:
        return f"plan-{self.asked.issue}-{self.asked.act}"


Plannings = Mapping[str, Planning]
"""By the number of the issue."""


class BoardState(Struct, frozen=True, kw_only=True):
    """`read` is False until a board had something to tell: one that has no news shows nothing either."""

    read: bool = False
    cursor: str = ""
    heard: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    outage: Outage | None = None
    refused: Mapping[str, Outage] = field(default_factory=dict)
    """what the board refuses while it takes all else, by `order_key`"""
    shown: Mapping[ThreadId, Shown] = field(default_factory=dict)
    texts: Mapping[ThreadId, IssueText] = field(default_factory=dict)
    lost: Mapping[ThreadId, str] = field(default_factory=dict)
    pulls: Mapping[ThreadId, e.PullOpened] = field(default_factory=dict)
    plannings: Plannings = field(default_factory=dict)
    orders: Mapping[str, e.OrderHeard] = field(default_factory=dict)
    """the last order of each issue, by its number, as long as it was refused"""

    def shown_of(self, thread: ThreadId) -> Shown:
        return self.shown.get(thread, Shown())

    def is_edited(self, thread: ThreadId) -> bool:
        """The issue says something else than its worker was told."""
        text = self.texts.get(thread)
        return text is not None and text.told != text.now

    def order_of(self, issue: int) -> e.OrderHeard | None:
        return self.orders.get(str(issue))


def noted(known: BoardState, event: BoardEvent) -> BoardState:
    """What is known after the event."""
    match event:
        case e.BoardHeard():
            heard = {**known.heard, **event.heard}
            known = replace(known, read=True, cursor=event.cursor, heard=heard, private=event.private)
            return replace(known, outage=None)
        case e.BoardFailed():
            return replace(known, outage=failed(known.outage, event.at, event.why, event.seconds))
        case e.BoardAnswered():
            return replace(known, outage=None)
        case e.OrderHeard():
            others = {issue: order for issue, order in known.orders.items() if issue != str(event.issue)}
            return replace(known, orders={**others, str(event.issue): event} if event.refusal else others)
        case e.PlanAsked() | e.PlanProposed() | e.PlanDropped():
            return replace(known, plannings=planned(known.plannings, event))
        case _:
            return _of_an_issue(known, event, event.thread or ThreadId(""))


def _of_an_issue(
    known: BoardState,
    event: e.IssueRead | e.IssueLost | e.IssueShown | e.IssueRelabelled | e.PullOpened,
    thread: ThreadId,
) -> BoardState:
    shown = known.shown_of(thread)
    match event:
        case e.IssueRead():
            text = known.texts.get(thread, IssueText(told=event.text, now=event.text))
            return replace(known, texts={**known.texts, thread: replace(text, now=event.text)})
        case e.IssueLost():
            return replace(known, lost={**known.lost, thread: event.why})
        case e.IssueShown():
            now = Shown(face=event.face, label=event.label, mark=event.mark, times=shown.times + 1)
            return replace(known, shown={**known.shown, thread: now})
        case e.IssueRelabelled():
            return replace(known, shown={**known.shown, thread: replace(shown, face="")})
        case e.PullOpened():
            return replace(known, pulls={**known.pulls, thread: event})


def ended(known: BoardState, event: e.ActionEnded, key: str) -> BoardState:
    """After an order to the board, whatever came of it."""
    rest = {name: outage for name, outage in known.refused.items() if name != key}
    if event.unreached:
        return replace(known, outage=failed(known.outage, event.at, event.error, event.seconds))
    if event.error:
        again = refused(known.refused.get(key), event.at, event.error)
        return replace(known, outage=None, refused={**rest, key: again})
    return replace(known, outage=None, refused=rest)


def tried_anew(known: BoardState, at: datetime) -> BoardState:
    """A hub that starts tries at once."""
    outage = replace(known.outage, again=min(at, known.outage.again)) if known.outage else None
    refusals = {key: replace(one, again=min(at, one.again)) for key, one in known.refused.items()}
    return replace(known, outage=outage, refused=refusals)


PlanningEvent = e.PlanAsked | e.PlanProposed | e.PlanDropped | e.PlanAccepted


def planned(known: Plannings, event: PlanningEvent) -> Plannings:
    """What is known after the event."""
    if isinstance(event, e.PlanAsked):
        return {**known, str(event.issue): Planning(asked=event)}
    issue = str(event.parent if isinstance(event, e.PlanAccepted) else event.issue)
    planning = known.get(issue)
    match event:
        case e.PlanDropped():
            return {name: one for name, one in known.items() if name != issue}
        case e.PlanProposed() if planning and planning.asked.act == event.act:
            return {**known, issue: replace(planning, content=event.content)}
        case e.PlanAccepted() if planning:
            return {**known, issue: replace(planning, accepted=event.plan)}
        case _:
            return known
