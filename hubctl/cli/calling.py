"""What the rules say to one call of a tool, for a person who asks why a worker was asked."""

from typing import Any

from hubctl.core.documents.policy import Rules
from hubctl.core.ledger.thread import Thread
from hubctl.permissions.judge import rules_for
from hubctl.permissions.judgement import Judgement, ToolCall
from hubctl.permissions.rules import PATH_TOOLS
from hubctl.permissions.secret_files import judge_here
from hubctl.project.place import Place


def judged(place: Place, rules: Rules, thread: Thread, tool: str, what: str) -> Judgement:
    """`what` is the command, the file or the address that the tool would be called with."""
    standing = thread.worker.worktree if thread.worker else ""
    worktree = standing or str(place.checkout / ".hubctl" / "worktrees" / thread.id)
    field = "file_path" if tool in PATH_TOOLS else "command" if tool == "Bash" else "url"
    call = ToolCall(tool=tool, input={field: what}, cwd=worktree, worktree=worktree, home=rules.policy.home)
    return judge_here(rules_for(rules.policy, thread), call)


def document(judgement: Judgement) -> dict[str, Any]:
    rule = judgement.rule
    return {
        "decision": judgement.decision.value,
        "why": judgement.why,
        "rule": rule.text if rule else None,
        "from": rule.source if rule else None,
        "file": rule.place.file if rule and rule.place else None,
        "line": rule.place.line if rule and rule.place else None,
    }
