"""Orders about issues."""

from hubctl.core.documents.policy import Pulls
from hubctl.core.intake.observations import Filed, PlanSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import CloseIssue, FileIssue, OpenPull, PlanIssue, ReopenIssue, ShowIssue
from hubctl.core.ledger.rest import face_mark
from hubctl.core.messages.issue_face import face_digest, face_of, is_open_book, planning_face, pull_request
from hubctl.core.vocabulary.board import READY
from hubctl.core.vocabulary.words import ThreadId
from hubctl.errors import HubError
from hubctl.perform.outside import Outside, worker_of


def file_issue(action: FileIssue, outside: Outside) -> Filed:
    """The nonce makes it safe to file again: the board returns the issue that it has."""
    state = outside.state()
    plan = state.plans[action.plan]
    issue = next(issue for issue in plan.content.issues if issue.key == action.key)
    nonce, labels = f"{action.plan}:{action.key}", (READY,) if outside.board.shows else ()
    filed = outside.board.file(
        nonce=nonce, title=issue.title, body=issue.body, labels=labels, parent=plan.parent
    )
    blocking = [int(plan.filed[key]) for key in issue.after if key in plan.filed]
    outside.board.link(filed.number, parent=plan.parent, blocked_by=blocking)
    return Filed(number=filed.number)


def close_issue(action: CloseIssue, outside: Outside) -> None:
    """Closing twice is no error."""
    outside.board.close(outside.thread(action.thread).issue, outcome=action.outcome)


def reopen_issue(action: ReopenIssue, outside: Outside) -> None:
    """Opening one that is open is no error."""
    outside.board.reopen(outside.thread(action.thread).issue)


def show_issue(action: ShowIssue, outside: Outside) -> e.IssueShown | None:
    """The newest face, whatever the thread has gone through since this was ordered."""
    state, policy, name, mark = outside.state(), outside.rules().policy, action.thread or ThreadId(""), ""
    if name in state.threads:
        thread = state.threads[name]
        face = face_of(policy, state, thread)
        mark = face_mark(thread, state.alerts, state.asks, state.board)
    elif name in state.board.plannings:
        face = planning_face(state, state.board.plannings[name], full=is_open_book(policy, state))
    else:
        return None  # its plan was dropped meanwhile
    outside.board.show(int(name), face)
    return e.IssueShown(
        at=outside.now(), thread=action.thread, face=face_digest(face), label=face.label, mark=mark
    )


def plan_issue(action: PlanIssue, outside: Outside) -> None:
    """May take minutes; what comes of it is put beside the outcome."""
    planning = outside.state().board.of(action.issue).planning
    if planning is None or planning.content is not None:
        return
    asked = planning.asked
    content = outside.plan(f"{asked.title}\n\n{asked.body}")
    outside.put(PlanSeen(at=outside.now(), issue=asked.issue, act=asked.act, content=content))


def open_pull(action: OpenPull, outside: Outside) -> e.PullOpened:
    """Publishing what is published and offering what is offered change nothing."""
    thread = outside.thread(action.thread)
    if thread.commit != action.commit:
        raise HubError(f"Thread {thread.id} went on after `{action.commit}`.")
    draft = outside.rules().policy.board.pulls is Pulls.DRAFT
    outside.workspaces.publish(worker_of(thread).branch)
    address = outside.board.pull(thread.issue, pull_request(outside.state(), thread, draft=draft))
    return e.PullOpened(at=outside.now(), thread=thread.id, address=address, commit=action.commit)
