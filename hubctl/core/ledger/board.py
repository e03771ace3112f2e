"""What the hub knows of its board: how far it was read, what each issue shows, and when to try again what failed.

Rule: a board that does not answer is normal. What could not be done is done later, in its order, as long as it is wanted.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

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


class OnBoard(Struct, frozen=True, kw_only=True):
    """What is known of one issue. `lost` is why it is not there any more, `order` the last one, as long as it was refused."""

    planning: Planning | None = None
    shown: Shown = field(default_factory=Shown)
    text: IssueText | None = None
    lost: str | None = None
    pull: e.PullOpened | None = None
    order: e.OrderHeard | None = None
    heard: Mapping[str, str] = field(default_factory=dict)
    """the newest act of each source that was taken"""


NOTHING: Final = OnBoard()


class BoardState(Struct, frozen=True, kw_only=True):
    """`read` is False until a board had something to tell: one that has no news shows nothing either."""

    read: bool = False
    cursor: str = ""
    private: bool = False
    outage: Outage | None = None
    refused: Mapping[str, Outage] = field(default_factory=dict)
    """what the board refuses while it takes all else, by `order_key`"""
    issues: Mapping[ThreadId, OnBoard] = field(default_factory=dict)

    def of(self, issue: str | int) -> OnBoard:
        return self.issues.get(ThreadId(str(issue)), NOTHING)

    def holding(self, issue: str | int, known: OnBoard) -> "BoardState":
        """The same with this of an issue; where it is nothing, the issue is forgotten."""
        issues = {**self.issues, ThreadId(str(issue)): known}
        if known == NOTHING:
            del issues[ThreadId(str(issue))]
        return replace(self, issues=issues)

    @property
    def plannings(self) -> Mapping[ThreadId, Planning]:
        return {name: one.planning for name, one in self.issues.items() if one.planning}

    def shown_of(self, thread: ThreadId) -> Shown:
        return self.of(thread).shown

    def is_lost(self, thread: ThreadId) -> bool:
        return self.of(thread).lost is not None

    def is_edited(self, thread: ThreadId) -> bool:
        """The issue says something else than its worker was told."""
        text = self.of(thread).text
        return text is not None and text.told != text.now


def noted(known: BoardState, event: BoardEvent) -> BoardState:
    """What is known after the event."""
    match event:
        case e.BoardHeard():
            known = replace(known, read=True, cursor=event.cursor, private=event.private, outage=None)
            for source, act in event.heard.items():
                one = known.of(name := source.partition(":")[0])
                known = known.holding(name, replace(one, heard={**one.heard, source: act}))
            return known
        case e.BoardFailed():
            return replace(known, outage=failed(known.outage, event.at, event.why, event.seconds))
        case e.BoardAnswered():
            return replace(known, outage=None)
        case e.OrderHeard():
            order = event if event.refusal else None
            return known.holding(event.issue, replace(known.of(event.issue), order=order))
        case e.PlanAsked() | e.PlanProposed() | e.PlanDropped():
            return planned(known, event)
        case _:
            return known.holding(event.thread or "", _of_an_issue(known.of(event.thread or ""), event))


def _of_an_issue(
    one: OnBoard, event: e.IssueRead | e.IssueLost | e.IssueShown | e.IssueRelabelled | e.PullOpened
) -> OnBoard:
    match event:
        case e.IssueRead():
            told = one.text.told if one.text else event.text
            return replace(one, text=IssueText(told=told, now=event.text))
        case e.IssueLost():
            return replace(one, lost=event.why)
        case e.IssueShown():
            times = one.shown.times + 1
            now = Shown(face=event.face, label=event.label, mark=event.mark, times=times)
            return replace(one, shown=now)
        case e.IssueRelabelled():
            return replace(one, shown=replace(one.shown, face=""))
        case e.PullOpened():
            return replace(one, pull=event)


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


def planned(known: BoardState, event: PlanningEvent) -> BoardState:
    """What is known after the event."""
    issue = event.parent if isinstance(event, e.PlanAccepted) else event.issue
    one = known.of(issue)
    planning = one.planning
    match event:
        case e.PlanAsked():
            planning = Planning(asked=event)
        case e.PlanDropped():
            planning = None
        case e.PlanProposed() if planning and planning.asked.act == event.act:
            planning = replace(planning, content=event.content)
        case e.PlanAccepted() if planning:
            planning = replace(planning, accepted=event.plan)
    return known.holding(issue, replace(one, planning=planning))
