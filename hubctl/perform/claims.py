"""The judgement of a claim: the evidence that the policy asks for, gathered by the hub itself."""

from pathlib import Path

from hubctl.core.documents.policy import Requirement as Required
from hubctl.core.documents.roles import Commits, Role
from hubctl.core.ledger import events as e
from hubctl.core.ledger.actions import JudgeClaim
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.prompts import way_back
from hubctl.core.vocabulary.pasteable import clean
from hubctl.core.vocabulary.text import last_words
from hubctl.perform.commands import run_there
from hubctl.perform.outside import Outside, worker_of
from hubctl.ports.workspaces import Evidence

VALIDATION_SECONDS = 1800.0
FEEDBACK_CHARACTERS = 700
"""What the composer shows as it is (docs/facts/claude-code.md#delivery-of-text): more is folded away."""


def judge_claim(action: JudgeClaim, outside: Outside) -> e.ClaimAccepted | e.ClaimRejected:
    """Accepted with the branch's commit, or rejected with what the worker is told."""
    thread = outside.thread(action.thread)
    worker, role = worker_of(thread), outside.role(thread)
    path = Path(worker.worktree)
    seen = outside.workspaces.evidence(path, branch=worker.branch, since=worker.start_commit)
    missing = _missing(outside, role, seen, worker.branch)
    if missing:
        return _rejected(outside, thread, missing, unproven=True)
    command = thread.validate or role.validate
    if command and Required.VALIDATION in outside.rules().policy.requires:
        file = f".hubctl/tasks/{thread.id}-validation-{thread.claims}.txt"
        ran = run_there(command, outside, role, place=path, file=file, seconds=VALIDATION_SECONDS)
        if ran.how:
            why, output = f"the validation {ran.how}", str(path / file)
            return _rejected(outside, thread, why, detail=ran.tail, file=file, output=output)
    refused = outside.workspaces.take_in(path, branch=worker.branch, commit=seen.head)
    if refused:
        return _rejected(outside, thread, refused)
    return e.ClaimAccepted(at=outside.now(), thread=thread.id, commit=seen.head, guarded=tuple(seen.guarded))


def _missing(outside: Outside, role: Role, seen: Evidence, branch: str) -> str:
    requires = outside.rules().policy.requires
    if Required.CLEAN_WORKTREE in requires and seen.dirty:
        names = ", ".join(seen.dirty[:5]) + (
            f" and {len(seen.dirty) - 5} more" if len(seen.dirty) > 5 else ""
        )
        return f"not everything is committed: {names}"
    if seen.elsewhere:
        return (
            f"there is work on `{seen.elsewhere}` that `{branch}` lacks: {way_back(seen.elsewhere, branch)}"
        )
    if Required.COMMIT in requires and role.commits is Commits.REQUIRED and not seen.commits:
        return "there is no commit of yours on the branch"
    return ""


def _rejected(
    outside: Outside,
    thread: Thread,
    why: str,
    *,
    detail: str = "",
    file: str = "",
    output: str = "",
    unproven: bool = False,
) -> e.ClaimRejected:
    told = feedback_text(thread, why, detail, file)
    at, name = outside.now(), thread.id
    return e.ClaimRejected(at=at, thread=name, why=why, feedback=told, output=output, unproven=unproven)


def feedback_text(thread: Thread, why: str, detail: str, file: str) -> str:
    """At most 3 lines and 700 characters: why, the file with all of it, and the last output at the end."""
    read = f" All of its output: {file}." if file else ""
    again = "Mend it, commit, and say hubctl done again."
    head = clean(f"hubctl thread {thread.id}: not done yet, attempt {thread.attempt}: {why}.{read} {again}")[
        :450
    ]
    if not detail.strip():
        return head
    room = FEEDBACK_CHARACTERS - len(head) - len("\nThe end of it:\n")
    last = clean(last_words(detail, 1, max(80, room))).replace("\n", " ")
    return f"{head}\nThe end of it:\n{last}".rstrip("\\ ")
