"""A log of any length, as hubs write it: threads of plans that are worked on, asked about, judged and closed, a few at a time.

Its events are facts of real threads in the order in which a hub learns them, so that each finds its cell in the table.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.ledger import events as e
from hubctl.core.ledger.outside_events import AskKind, AskVia, Decision
from hubctl.core.vocabulary.words import ActionId, Proof, ThreadId, View, Work
from hubctl.store.eventlog import SqliteEventLog

OF_A_PLAN = 5
AT_ONCE = 4
TURNS = 14
"""Of each worker: a turn is two events."""
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
AT_A_TIME = 20_000


def history(threads: int, *, open_ones: int = 20, since: int = 1) -> Iterator[e.Event]:
    """The log of so many threads, of which the last `open_ones` are still worked on. About 50 events a thread."""
    if since == 1:
        yield e.HubStarted(at=BEGUN, pid=1, version="0")
        yield e.TargetsChanged(at=BEGUN, targets=("tmux",))
    for first in range(since, threads + 1, OF_A_PLAN):
        numbers = range(first, min(first + OF_A_PLAN, threads + 1))
        yield from _filed(numbers)
        lives = [_life(number, over=number <= threads - open_ones) for number in numbers]
        for some in (lives[:AT_ONCE], lives[AT_ONCE:]):
            yield from _in_turn(some)


def written(path: Path, threads: int, *, open_ones: int = 20) -> int:
    """Such a log in a file; returns how many events it holds."""
    log, head, events = SqliteEventLog(path), 0, history(threads, open_ones=open_ones)
    while some := tuple(islice(events, AT_A_TIME)):
        head = log.append(some, head=head)
    log.close()
    return head


def _filed(numbers: range) -> Iterator[e.Event]:
    """A plan, each of its issues behind the one before."""
    plan, at = f"p{numbers[0]}", _at(numbers[0])
    keys = [f"k{number}" for number in numbers]
    issues = tuple(
        PlannedIssue(key=key, title=f"Do {key}", body="What to do, and how it is seen that it is done. " * 4)
        for key in keys
    )
    yield e.PlanAccepted(at=at, plan=plan, base="base", content=Plan(issues=issues))
    for number, issue in zip(numbers, issues, strict=True):
        yield from _done(
            "file-issue", "plan", f"{plan}:{issue.key}", None, at, fact=_opened(number, plan, issue)
        )


def _opened(number: int, plan: str, issue: PlannedIssue) -> e.Event:
    return e.ThreadOpened(
        at=_at(number),
        thread=ThreadId(str(number)),
        issue=number,
        title=issue.title,
        body=issue.body,
        role="coder",
        plan=plan,
        key=issue.key,
        base="base",
        validate="python -m pytest -q",
    )


def _in_turn(lives: list[Iterator[e.Event]]) -> Iterator[e.Event]:
    """One event of each after the other, as workers that run at the same time."""
    while lives:
        for life in list(lives):
            event = next(life, None)
            if event is None:
                lives.remove(life)
            else:
                yield event


def _life(number: int, *, over: bool) -> Iterator[e.Event]:
    yield from _started(number)
    yield from _worked(number)
    if over:
        yield from _ended(number)


def _started(number: int) -> Iterator[e.Event]:
    at, thread, worker = _at(number), ThreadId(str(number)), f"w{number}-1"
    action = ActionId(f"dispatch/{thread}/start-1")
    began = e.ActionBegan(
        at=at,
        thread=thread,
        action=action,
        name="start-worker",
        because="dispatch",
        episode="start-1",
        words={},
    )
    yield from (began, e.WorkerAssigned(at=at, thread=thread, start=1))
    yield e.WorkerStarted(
        at=at,
        thread=thread,
        worker=worker,
        start=1,
        session=f"00000000-0000-4000-8000-{number:012}",
        pane=f"%{number}",
        window=f"@{number}",
        pid=number,
        worktree=f"/repo/.hubctl/worktrees/{thread}-do",
        branch=f"hub/{thread}-do",
        start_commit="0" * 40,
        role_version="0" * 16,
    )
    yield e.ActionEnded(at=at, thread=thread, action=action)
    yield e.ViewChanged(at=at, thread=thread, view=View.BUSY, source="session")
    yield e.PromptProven(at=at, thread=thread, purpose="task", proof=Proof.HOOK, heard=(f"{thread}:task",))


def _worked(number: int) -> Iterator[e.Event]:
    at, thread = _at(number), ThreadId(str(number))
    for turn in range(TURNS):
        now = at + timedelta(seconds=turn)
        yield e.TokensCounted(at=now, thread=thread, input_tokens=900 * turn, output_tokens=90 * turn)
        yield e.WorkChanged(at=now, thread=thread, what=Work.FILES, mark=f"{number}-{turn}")
    yield e.ProgressReported(at=at, thread=thread, text="The parser is there; its tests are next.")
    if number % 4 == 0:
        yield from _asked(number)
    if number % 10 == 0:
        yield from _alerted(number)


def _asked(number: int) -> Iterator[e.Event]:
    at, thread, ask = _at(number), ThreadId(str(number)), f"a{number}"
    yield e.DialogOpened(at=at, thread=thread, what="permission: Bash")
    yield e.AskOpened(
        at=at,
        thread=thread,
        ask=ask,
        kind=AskKind.PERMISSION,
        via=AskVia.HOOK,
        worker=f"w{number}-1",
        tool="Bash",
        input='{"command":"make dist"}',
        gate=f"{ask}.gate",
    )
    yield e.AskJudged(at=at, thread=thread, ask=ask, reason="no rule matches")
    yield e.AskAnswered(
        at=at, thread=thread, ask=ask, by="human", how="command line", decision=Decision.ALLOW
    )
    yield e.AskClosed(at=at, thread=thread, ask=ask, why="answered")
    yield e.DialogClosed(at=at, thread=thread)


def _alerted(number: int) -> Iterator[e.Event]:
    at, thread, alert = _at(number), ThreadId(str(number)), f"stalled/{number}/1"
    yield e.AlertRaised(
        at=at,
        thread=thread,
        alert=alert,
        kind="stalled",
        severity="critical",
        because="stalled",
        episode="1",
        text=f"Thread {thread} (Do it): the worker is busy, yet nothing of it moves.",
    )
    yield e.NoticeSent(at=at, target="tmux", told={alert: "raised"})
    yield e.AlertResolved(at=at, thread=thread, alert=alert, why="it moves again")
    yield e.NoticeSent(at=at, target="tmux", told={alert: "resolved"})


def _ended(number: int) -> Iterator[e.Event]:
    at, thread = _at(number) + timedelta(minutes=1), ThreadId(str(number))
    yield e.RequestTaken(at=at, number=number, verb="done", by=f"worker:{thread}")
    yield e.DoneClaimed(at=at, thread=thread, summary="It is made, and its tests pass.")
    yield e.ViewChanged(at=at, thread=thread, view=View.IDLE, source="session")
    accepted = e.ClaimAccepted(at=at, thread=thread, commit="1" * 40)
    yield from _done("judge-claim", "done", "claim-1", thread, at, fact=accepted)
    yield from _done("end-worker", "closed", "end-1", thread, at, fact=e.WorkerEnded(at=at, thread=thread))
    yield from _done("close-issue", "board", "issue-0", thread, at, fact=e.IssueClosed(at=at, thread=thread))


def _done(
    name: str, because: str, episode: str, thread: ThreadId | None, at: datetime, *, fact: e.Event
) -> Iterator[e.Event]:
    """An order from its beginning to its end, and the fact that it brought."""
    action = ActionId(f"{because}/{thread or 'hub'}/{episode}")
    yield e.ActionBegan(
        at=at, thread=thread, action=action, name=name, because=because, episode=episode, words={}
    )
    yield fact
    yield e.ActionEnded(at=at, thread=thread, action=action)


def _at(number: int) -> datetime:
    return BEGUN + timedelta(minutes=number)
