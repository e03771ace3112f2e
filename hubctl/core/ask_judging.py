"""What the permissions say of an ask: allow, deny, or leave it to a person; the one seam to the rules.

What the hub judges, the worker CLI must not decide before: `for_cli` says which rules it is given.
"""

from collections.abc import Iterable

from hubctl.core.ask_events import AskVia
from hubctl.core.asks import LEFT, Ask
from hubctl.core.policy import Policy
from hubctl.core.thread import Thread


def judged(policy: Policy, thread: Thread, ask: Ask) -> tuple[str, str]:
    """The decision and its reason; total, and what cannot be judged is a person's."""
    if ask.via is not AskVia.HOOK or thread.worker is None:
        return LEFT, "only a person can answer it"
    # Imported here: the parser of shell commands is loaded by a hub alone, not by every verb that knows the rules.
    from hubctl.core.judgement import ToolCall
    from hubctl.core.permission_rules import rules_of
    from hubctl.core.permissions import judge

    call = ToolCall(
        tool=ask.tool,
        input=ask.fields,
        cwd=ask.cwd,
        worktree=thread.worker.worktree,
        home=policy.home,
    )
    validate = [thread.validate] if thread.validate else []
    found = judge(rules_of(policy, policy.roles.get(thread.role), validate), call)
    return found.decision.value, found.why


READERS = frozenset({"Read", "Grep", "Glob", "LS", "NotebookRead"})
"""What the worker CLI lets through by itself in its folder: only a rule of its own makes it ask."""
FILES = READERS | {"Edit", "Write", "MultiEdit", "NotebookEdit"}


def for_cli(allow: Iterable[str], ask: Iterable[str]) -> tuple[list[str], list[str]]:
    """What of `allow` and `ask` the worker CLI is given, where the hub judges all else.

    Measured with 2.1.197 and 2.1.329: under an `ask` of its own the CLI ignores what a hook allows (then keys confirm it).
    So it is given none but those for reading, and no `allow` of a tool that another one speaks of.
    """
    asks = [rule for rule in ask if _tool(rule) in READERS]
    judged_tools = {_tool(rule) for rule in ask} - READERS
    if judged_tools & FILES:
        judged_tools |= FILES
    return [rule for rule in allow if _tool(rule) not in judged_tools], asks


def _tool(rule: str) -> str:
    return rule.partition("(")[0]
