"""What the permissions say of an ask: allow, deny, or leave it to a person; the one seam to the rules.

What the hub judges, the worker CLI must not decide before: `for_cli` says which rules it is given.
"""

from collections.abc import Iterable
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
    from hubctl.core.permission_rules import rules_of

    call = ToolCall(
        tool=ask.tool,
        input=ask.fields,
        cwd=ask.cwd,
        worktree=worker.worktree,
        home=policy.home,
    )
    validate = [thread.validate] if thread.validate else []
    return rules_of(policy, policy.roles.get(thread.role), validate), call


READERS = frozenset({"Read", "Grep", "Glob", "LS", "NotebookRead"})
"""What the worker CLI lets through by itself in its folder: only a rule of its own makes it ask."""
WRITERS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


def for_cli(allow: Iterable[str], ask: Iterable[str]) -> tuple[list[str], list[str]]:
    """What of `allow` and `ask` the worker CLI is given, where the hub judges all else.

    Measured with 2.1.197 and 2.1.329: under an `ask` of its own the CLI ignores what a hook allows (then keys confirm it).
    So it is given none but those for reading, and no `allow` of a tool that another one speaks of.
    """
    asks = [rule for rule in ask if _tool(rule) in READERS]
    judged_tools = {_tool(rule) for rule in ask} - READERS
    if judged_tools & WRITERS:
        judged_tools |= WRITERS
    return [rule for rule in allow if _tool(rule) not in judged_tools], asks


def _tool(rule: str) -> str:
    return rule.partition("(")[0]
