"""Orders about issues."""

from hubctl.core.actions import CloseIssue, FileIssue, ReopenIssue
from hubctl.perform.outside import Facts, Outside


def file_issue(action: FileIssue, outside: Outside) -> Facts:
    """The nonce makes it safe to file again: the board returns the issue that it has."""
    plan = outside.state().plans[action.plan]
    issue = next(issue for issue in plan.content.issues if issue.key == action.key)
    filed = outside.board.file(nonce=f"{action.plan}:{action.key}", title=issue.title, body=issue.body)
    return {"issue": str(filed.number)}


def close_issue(action: CloseIssue, outside: Outside) -> Facts:
    """Closing twice is no error."""
    outside.board.close(outside.thread(action.thread).issue, outcome=action.outcome)
    return {}


def reopen_issue(action: ReopenIssue, outside: Outside) -> Facts:
    """Opening one that is open is no error."""
    outside.board.reopen(outside.thread(action.thread).issue)
    return {}
