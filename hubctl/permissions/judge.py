"""What the rules say to one call of a tool: allow, ask, or deny, with the reason and the rule.

Nothing here ever allows what it does not understand. Shell commands are judged in `shell_judge`, part by part.
"""

from typing import Final
from urllib.parse import urlsplit

from hubctl.core.documents.policy import Policy
from hubctl.core.ledger.asks import ELICITATION, Ask
from hubctl.core.ledger.thread import Thread, Worker
from hubctl.core.vocabulary.values import replace
from hubctl.permissions.judgement import Judgement, ToolCall, asked, decided, judge_path, secrets_under
from hubctl.permissions.rules import READERS, WRITERS, Rules, Ruling, is_about, matches_host, rules_of
from hubctl.permissions.shell_judge import judge_shell

QUESTIONS: Final = frozenset({"AskUserQuestion", ELICITATION, "ExitPlanMode"})
"""Tools that are a question to a person: no rule may answer them."""
NO_PATH: Final = "the call names no file that can be judged"


def judge(rules: Rules, call: ToolCall) -> Judgement:
    """Total: whatever cannot be judged is asked."""
    if call.tool in QUESTIONS:
        return asked("it is a question to a person")
    if call.tool == "Bash":
        text = call.input.get("command")
        return judge_shell(rules, call, text) if isinstance(text, str) else asked("there is no command")
    if call.tool in READERS | WRITERS:
        return _judge_files(rules, call)
    return _judge_other(rules, call)


# --- files ----------------------------------------------------------------------------------------------------------


def _judge_files(rules: Rules, call: ToolCall) -> Judgement:
    folders = call.folders
    paths = [call.input[key] for key in ("file_path", "path", "notebook_path") if key in call.input]
    if not paths and call.tool in ("Grep", "Glob", "LS"):
        paths = [call.cwd]
    if len(paths) != 1 or not isinstance(paths[0], str) or not paths[0] or "\0" in paths[0]:
        return asked(f"`{call.tool}`: {NO_PATH}")
    path = folders.absolute(paths[0])
    if call.tool == "Glob" and (pattern := call.input.get("pattern")) and not _stays(pattern):
        return asked(f"`Glob` of `{pattern}` leaves its folder")
    said = judge_path(rules, call.tool, path, folders)
    if said.decision is not Ruling.ALLOW:
        return said
    return _judge_search(call, path) or replace(said, paths=(path,))


def _stays(pattern: object) -> bool:
    return isinstance(pattern, str) and not pattern.startswith(("/", "~")) and ".." not in pattern


def _judge_search(call: ToolCall, path: str) -> Judgement | None:
    """`Grep` reads whole folders. None: nothing is to be said against it."""
    return secrets_under(call, [path]) if call.tool == "Grep" else None


# --- the rest -------------------------------------------------------------------------------------------------------


def _judge_other(rules: Rules, call: ToolCall) -> Judgement:
    about = [rule for rule in rules if is_about(rule, call.tool)]
    host = _host(call.input.get("url"))
    what = f"`{call.tool}` of `{host}`" if host else f"`{call.tool}`"
    fitting, unclear = [], []
    for rule in about:
        if not rule.pattern:
            fitting.append(rule)
        elif call.tool == "WebFetch" and rule.pattern.startswith("domain:"):
            fitting += [rule] if host and matches_host(rule.pattern, host) else []
            unclear += [] if host else [rule]
        elif rule.decision is not Ruling.ALLOW:
            unclear.append(rule)
    said = decided(fitting, what)
    if unclear and said.decision is Ruling.ALLOW:
        return Judgement(decision=Ruling.ASK, why=f"{what}: {unclear[0]} may hold", rule=unclear[0])
    return said


def _host(url: object) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".") if isinstance(url, str) else ""
    except ValueError:
        return ""


def judgeable(policy: Policy, thread: Thread, ask: Ask, worker: Worker) -> tuple[Rules, ToolCall]:
    """The rules that hold for this ask, and the call that it is about."""
    call = ToolCall(
        tool=ask.tool,
        input=ask.fields,
        cwd=ask.cwd,
        worktree=worker.worktree,
        home=policy.home,
    )
    return rules_for(policy, thread), call


def rules_for(policy: Policy, thread: Thread) -> Rules:
    """All that holds for a thread's worker: the policy's, the role's, and the commands that prove the work."""
    proofs = [*policy.proofs, *([thread.validate] if thread.validate else [])]
    return rules_of(policy, policy.roles.get(thread.role), proofs)
