"""What tests of the core build their worlds of: the shipped policy, plans, events, and a thread in each state."""

from datetime import UTC, datetime

from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.documents.policy import Policy, merge
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.words import Proof, ThreadId, View
from hubctl.project import shipped as data

NOW = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
SHIPPED = parse_policy_text((data.policies() / "POLICY.md").read_text(encoding="utf-8"), file="shipped")
ONE, TWO, THREE = ThreadId("1"), ThreadId("2"), ThreadId("3")


def policy(*lines: str) -> Policy:
    """The shipped policy with these lines of YAML over it."""
    own = "\n".join(["```yaml hubctl", *lines, "```"])
    return merge([SHIPPED, parse_policy_text(own, file="own")]) if lines else merge([SHIPPED])


def issue(key: str, *after: str, validate: str | None = None, role: str = "coder") -> PlannedIssue:
    return PlannedIssue(
        key=key, title=f"Do {key}", body=f"The task of {key}.", role=role, after=after, validate=validate
    )


def plan(*issues: PlannedIssue) -> Plan:
    return Plan(issues=issues)


# --- events -------------------------------------------------------------------------------------------------------


def opened(
    thread: ThreadId = ONE, *after: ThreadId, at: datetime = NOW, role: str = "coder", key: str = ""
) -> e.ThreadOpened:
    return e.ThreadOpened(
        at=at,
        thread=thread,
        issue=int(thread),
        title=f"Do {thread}",
        body="The task.",
        role=role,
        plan="p",
        key=key or f"k{thread}",
        base="base",
        after=after,
    )


def assigned(thread: ThreadId = ONE, *, start: int = 1, resume: bool = False) -> e.WorkerAssigned:
    return e.WorkerAssigned(at=NOW, thread=thread, start=start, resume=resume)


def started(thread: ThreadId = ONE, *, start: int = 1, at: datetime = NOW) -> e.WorkerStarted:
    return e.WorkerStarted(
        at=at,
        thread=thread,
        worker=worker_of(thread, start),
        start=start,
        session=f"session-{thread}",
        pane=f"%{thread}{start}",
        window=f"@{thread}{start}",
        pid=int(f"{thread}00{start}"),
        worktree=f"trees/{thread}",
        branch=f"hub/{thread}",
        start_commit="c0",
        role_version="v1",
    )


def worker_of(thread: ThreadId, start: int) -> str:
    return f"w{thread}-{start}"


def proven(thread: ThreadId = ONE, purpose: str = "task", at: datetime = NOW) -> e.PromptProven:
    return e.PromptProven(at=at, thread=thread, purpose=purpose, proof=Proof.HOOK)


def viewed(view: View, thread: ThreadId = ONE, at: datetime = NOW) -> e.ViewChanged:
    return e.ViewChanged(at=at, thread=thread, view=view, source="session")


def taken(thread: ThreadId = ONE, *, by_person: bool = True) -> e.PromptTaken:
    return e.PromptTaken(at=NOW, thread=thread, by_person=by_person, text="Go on.")


def claimed(thread: ThreadId = ONE) -> e.DoneClaimed:
    return e.DoneClaimed(at=NOW, thread=thread, summary="All of it.")


def rejected(thread: ThreadId = ONE) -> e.ClaimRejected:
    return e.ClaimRejected(
        at=NOW, thread=thread, why="the tests fail", feedback="hubctl thread 1: not done yet"
    )


def fed_back(thread: ThreadId = ONE) -> e.FeedbackProven:
    return e.FeedbackProven(at=NOW, thread=thread, proof=Proof.HOOK)


def accepted(thread: ThreadId = ONE) -> e.ClaimAccepted:
    return e.ClaimAccepted(at=NOW, thread=thread, commit="c1")


def died(thread: ThreadId = ONE, at: datetime = NOW) -> e.WorkerDied:
    return e.WorkerDied(at=at, thread=thread, how="exit 1")


def dialog(thread: ThreadId = ONE, at: datetime = NOW) -> e.DialogOpened:
    return e.DialogOpened(at=at, thread=thread, what="permission for Bash")


def on_screen(kind: e.AskKind, text: str, *options: str, yes: str = "", no: str = "") -> e.AskOpened:
    """What the hub reads of a dialog."""
    via = e.AskVia.SCREEN
    return e.AskOpened(
        at=NOW, thread=ONE, ask="", kind=kind, via=via, worker="", text=text, options=options, yes=yes, no=no
    )


def undelivered(thread: ThreadId = ONE) -> e.PromptUndelivered:
    return e.PromptUndelivered(at=NOW, thread=thread, purpose="nudge", why="Enter was swallowed")


def handed(thread: ThreadId = ONE, *, to: str = "human", at: datetime = NOW) -> e.HandedOff:
    return e.HandedOff(at=at, thread=thread, to=to, why="needs a key")


def asked(thread: ThreadId = ONE, *, at: datetime = NOW) -> e.Asked:
    return e.Asked(at=at, thread=thread, text="Which one?")


def written(number: int = 7, thread: ThreadId = ONE, text: str = "The first one.") -> e.MessageWritten:
    return e.MessageWritten(at=NOW, thread=thread, number=number, text=text)


def message_proven(number: int = 7, thread: ThreadId = ONE) -> e.MessageProven:
    return e.MessageProven(at=NOW, thread=thread, number=number, proof=Proof.HOOK)


STARTING = (opened(), assigned(), started())
WORKING = (*STARTING, proven())
IDLE = (*WORKING, viewed(View.IDLE))
WAITING = (*WORKING, viewed(View.WAITING), dialog())
REVIEWING = (*WORKING, claimed())
REJECTED = (*REVIEWING, viewed(View.IDLE), rejected())
DONE = (*REVIEWING, viewed(View.IDLE), accepted())
FAILED = (*WORKING, e.ThreadFailed(at=NOW, thread=ONE, rule="stalled", why="given up"))
CANCELED = (*WORKING, e.ThreadCanceled(at=NOW, thread=ONE, why="stopped by a person"))


def thread(*events: e.Event, id: ThreadId = ONE) -> Thread:
    """The thread after these events."""
    return fold(events).threads[id]
