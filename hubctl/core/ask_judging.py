"""What the permissions say of an ask: allow, deny, or leave it to a person; the one seam to the rules."""

from typing import TYPE_CHECKING

from hubctl.core.ask_events import AskVia
from hubctl.core.asks import LEFT, Ask
from hubctl.core.policy import Policy
from hubctl.core.thread import Thread, Worker

if TYPE_CHECKING:
    from hubctl.core.judgement import ToolCall
    from hubctl.core.permission_rules import Rules


def judged(policy: Policy, thread: Thread, ask: Ask) -> tuple[str, str]:
    """The decision and its reason; total, and what cannot be judged is a person's. An empty decision: look first."""
    if ask.via is not AskVia.HOOK or thread.worker is None:
        return LEFT, "only a person can answer it"
    # Imported here: the parser of shell commands is loaded by a hub alone, not by every verb that knows the rules.
    from hubctl.core.permissions import judge

    found = judge(*judgeable(policy, thread, ask, thread.worker))
    return "" if found.wants_secrets else found.decision.value, found.why


def judgeable(policy: Policy, thread: Thread, ask: Ask, worker: Worker) -> "tuple[Rules, ToolCall]":
    """The rules that hold for this ask, and the call that it is about."""
    from hubctl.core.judgement import ToolCall

    call = ToolCall(
        tool=ask.tool,
        input=ask.fields,
        cwd=ask.cwd,
        worktree=worker.worktree,
        home=policy.home,
    )
    return rules_for(policy, thread), call


def rules_for(policy: Policy, thread: Thread) -> "Rules":
    """All that holds for a thread's worker: the policy's, the role's, and the commands that prove the work."""
    from hubctl.core.permission_rules import rules_of

    proofs = [*policy.proofs, *([thread.validate] if thread.validate else [])]
    return rules_of(policy, policy.roles.get(thread.role), proofs)
