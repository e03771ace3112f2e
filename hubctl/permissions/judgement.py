"""One call of a tool, what is said to it, and how rules decide.

Deny wins; else the most specific of ask and allow, ask where they say the same much; no match asks.
"""

from collections.abc import Iterable, Iterator, Mapping

from hubctl.core.vocabulary.values import Struct
from hubctl.permissions.paths import Folders, is_under, matches_path
from hubctl.permissions.rules import PermissionRule, Rules, Ruling, is_about


class ToolCall(Struct, frozen=True, kw_only=True):
    """One call, as the worker CLI announces it. Folders are absolute.

    `secrets` are the absolute paths of the files in the worktree that a `deny` for `Read` covers; None: nobody looked.
    """

    tool: str
    input: Mapping[str, object]
    cwd: str
    worktree: str
    home: str
    secrets: frozenset[str] | None = None

    @property
    def folders(self) -> Folders:
        return Folders(cwd=self.cwd, worktree=self.worktree, home=self.home)


class Judgement(Struct, frozen=True, kw_only=True):
    """`rule` is None where no rule decided. `why` is one line, fit for a log and for the worker.

    `wants_secrets`: it is asked only because `ToolCall.secrets` is None. `paths` are the absolute paths that an allowed call
    names, as it writes them, and `programs` what it runs, as `ls` or `git log`: what they lead to, only the disk knows.
    """

    decision: Ruling
    why: str
    rule: PermissionRule | None = None
    wants_secrets: bool = False
    paths: tuple[str, ...] = ()
    programs: frozenset[str] = frozenset()


def asked(why: str, *, wants_secrets: bool = False) -> Judgement:
    return Judgement(decision=Ruling.ASK, why=why, wants_secrets=wants_secrets)


def worst(judgements: Iterable[Judgement]) -> Judgement | None:
    """The one that decides for all of them: the first denied, else asked for good, else asked, else allowed."""
    order = (Ruling.DENY, Ruling.ASK, Ruling.ALLOW)
    ranked = sorted(judgements, key=lambda each: (order.index(each.decision), each.wants_secrets))
    return ranked[0] if ranked else None


def decided(matching: Iterable[PermissionRule], what: str) -> Judgement:
    """What the rules that match a call say together; `what` names the call."""
    found = list(matching)
    for rule in found:
        if rule.decision is Ruling.DENY:
            return Judgement(decision=Ruling.DENY, why=f"{what}: {rule}", rule=rule)
    best = max(found, key=lambda rule: (rule.weight, rule.decision is Ruling.ASK), default=None)
    if best is None:
        return asked(f"{what}: no rule allows it")
    return Judgement(decision=best.decision, why=f"{what}: {best}", rule=best)


def judge_path(rules: Rules, tool: str, path: str, folders: Folders) -> Judgement:
    """One file and one tool; `path` is absolute."""
    return decided(_about_path(rules, tool, path, folders), f"`{tool}` of `{shortened(path, folders)}`")


def _about_path(rules: Rules, tool: str, path: str, folders: Folders) -> Iterator[PermissionRule]:
    for rule in rules:
        if not is_about(rule, tool) or _allows_nothing(rule):
            continue
        allows = rule.decision is Ruling.ALLOW
        if not rule.pattern or matches_path(rule.pattern, path, folders, anywhere=not allows):
            yield rule


def _allows_nothing(rule: PermissionRule) -> bool:
    """Two forms by which the worker CLI allows no write (docs/facts/claude-code.md#permission-rules)."""
    return rule.decision is Ruling.ALLOW and (
        (rule.tool == "Edit" and not rule.pattern) or (rule.tool == "Write" and bool(rule.pattern))
    )


def shortened(path: str, folders: Folders) -> str:
    return path[len(folders.worktree) + 1 :] or "." if folders.holds(path) else path


def secrets_under(call: ToolCall, paths: Iterable[str]) -> Judgement | None:
    """What is to be said of reading these folders, whole; None: nothing."""
    if call.secrets is None:
        return asked("it reads whole folders, and secrets may lie in them", wants_secrets=True)
    found = sorted(secret for secret in call.secrets for path in paths if is_under(secret, path))
    return (
        asked(f"it reads `{shortened(found[0], call.folders)}`, a secret, with the rest of the folder")
        if found
        else None
    )
