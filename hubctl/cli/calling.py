"""What the rules say to one call of a tool, for a person who asks why a worker was asked."""

from pathlib import Path
from typing import Any

from hubctl import config
from hubctl.core.judgement import Judgement, ToolCall
from hubctl.core.permission_rules import PATH_TOOLS, rules_of
from hubctl.core.rules import Rules
from hubctl.core.thread import Thread
from hubctl.place import Place
from hubctl.secret_files import judge_here


def judged(place: Place, rules: Rules, thread: Thread, tool: str, what: str) -> Judgement:
    """`what` is the command, the file or the address that the tool would be called with."""
    configured = config.held_config(place)
    proof = [*configured.validate.values(), *([thread.validate] if thread.validate else [])]
    standing = thread.worker.worktree if thread.worker else ""
    worktree = standing or str(place.checkout / ".hubctl" / "worktrees" / thread.id)
    home = configured.worker.env.get("HOME") or str(Path.home())
    field = "file_path" if tool in PATH_TOOLS else "command" if tool == "Bash" else "url"
    call = ToolCall(tool=tool, input={field: what}, cwd=worktree, worktree=worktree, home=home)
    return judge_here(rules_of(rules.policy, rules.roles.get(thread.role), proof), call)


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
