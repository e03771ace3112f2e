"""`hubctl policy`: the rules."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from hubctl import clock
from hubctl.cli import shared
from hubctl.cli.options import Argument, Option
from hubctl.core.documents.policy import SHIPPED_POLICY, Override, Policy, PolicyPatch, Rules, merge
from hubctl.core.documents.policy import FileLine as Line
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.core.documents.policy_lint import lint
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.reports.explain import Due, HeldRule, Stated, fires_next, held_rules, override_values, stated
from hubctl.core.vocabulary.words import HUMAN
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.permissions.judge import rules_for
from hubctl.permissions.judgement import Judgement, ToolCall
from hubctl.permissions.rules import PATH_TOOLS
from hubctl.permissions.secret_files import judge_here
from hubctl.project import config, trust
from hubctl.project import shipped as data
from hubctl.project.place import Place, write_whole
from hubctl.project.rules import load_rules

SHIPPED = "shipped"
YES = ("", "y", "yes")


def check(
    file: Annotated[str, Argument(help="A policy file; none: the repository's POLICY.md.")] = "",
    repo: shared.RepoOption = Path(),
    as_json: shared.JsonOption = False,
) -> None:
    """Parse the rules and say what is wrong or unwise. Exit code 1 where they cannot be read."""
    patches = _patches(file, repo)
    own = patches[1:]
    findings = [str(finding) for finding in lint(merge(patches))]
    if as_json:
        shared.print_json({"files": [patch.file for patch in patches], "findings": findings})
        return
    for line in findings:
        shared.tell(line)
    named = own[-1].file if own else "the shipped default (there is no POLICY.md)"
    shared.tell(f"{named}: the rules can be read.")


def _patches(file: str, repo: Path) -> tuple[PolicyPatch, ...]:
    if file:
        return (*config.patches_of({}), parse_policy_text(config.read_text(Path(file)), file=file))
    return config.policy_patches(shared.here(repo).checkout)


# --- show ---------------------------------------------------------------------------------------------------------


def show(repo: shared.RepoOption = Path(), as_json: shared.JsonOption = False) -> None:
    """The rules in force: shipped and your own merged, each value with the file and line that it comes from."""
    place = shared.here(repo)
    merged = _in_force(place, shared.load_state(place))
    if as_json:
        values = [_document(value) for value in stated(merged)]
        overrides = [_override_document(override) for override in merged.overrides]
        shared.print_json({"values": values, "overrides": overrides, "prose": merged.prose})
        return
    rows = [(".".join(value.key), _written(value), _origin(value.place)) for value in stated(merged)]
    for override in merged.overrides:
        named = f"overrides ({_whom(override)})"
        rows += [
            (f"{named} {'.'.join(value.key)}", _written(value), _origin(value.place))
            for value in override_values(override)
        ]
    shared.tell(shared.table(rows, ("VALUE", "IS", "FROM")))
    if merged.prose:
        shared.tell(f"And {len(merged.prose.splitlines())} lines of prose, which the workers read.")


def _in_force(place: Place, state: HubState) -> Policy:
    """The trusted rules, and what of the files they do not hold; the last good ones where those cannot be read."""
    for change in trust.changes(place):
        if trust.is_read_by_hub(change.file):
            shared.say(
                f"`{change.file}` ({change.what}) is not trusted as it is, and not shown. `hubctl trust`"
            )
    if state.guarded.refused:
        shared.say(f"{state.guarded.refused}\nThe newest rules cannot be read: these are the last good ones.")
    return load_rules(place, state.guarded.last_good).policy


def _document(value: Stated) -> dict[str, Any]:
    shipped = _origin(value.place) == SHIPPED
    return {
        "key": ".".join(value.key),
        "value": value.value,
        "from": _origin(value.place),
        "file": None if shipped or value.place is None else value.place.file,
        "line": None if shipped or value.place is None else value.place.line,
    }


def _override_document(override: Override) -> dict[str, Any]:
    return {
        "role": override.role,
        "label": override.label,
        "from": _origin(override.place),
        "values": [_document(value) for value in override_values(override)],
    }


def _whom(override: Override) -> str:
    pairs = (("role", override.role), ("label", override.label))
    return ", ".join(f"{name} {value}" for name, value in pairs if value is not None)


def _origin(place: Line | None) -> str:
    """`POLICY.md:7`, or that it comes with hubctl."""
    return SHIPPED if place is None or place.file == SHIPPED_POLICY else f"{place.file}:{place.line}"


def _written(value: Stated) -> str:
    match value.value:
        case bool():
            return "true" if value.value else "false"
        case list():
            return f"[{', '.join(value.value)}]"
        case None:
            return "off"
        case _:
            return str(value.value)


# --- explain ------------------------------------------------------------------------------------------------------


def explain(
    thread: Annotated[str, Argument(help="The thread's number.")],
    what: Annotated[str, Argument(help="With --tool: the command, file or address.")] = "",
    tool: Annotated[str, Option(help="Say only what its worker may do with this tool, and why.")] = "",
    repo: shared.RepoOption = Path(),
    as_json: shared.JsonOption = False,
) -> None:
    """Which rules hold for a thread by its role and labels, which of them act, and what fires next and when."""
    place = shared.here(repo)
    state, found = shared.known_thread(place, thread)
    if tool:
        judgement = _judged(place, load_rules(place, state.guarded.last_good), found, tool, what)
        if as_json:
            shared.print_json(_judgement(judgement))
        else:
            shared.tell(f"{judgement.decision}: {judgement.why}")
        return
    policy = _in_force(place, state)
    due, rules = fires_next(policy, state, found, clock.now()), held_rules(policy, found)
    if as_json:
        shared.print_json(_explanation(found, rules, due))
        return
    labels = f", labels {', '.join(found.labels)}" if found.labels else ""
    shared.tell(f"Thread {found.id} ({found.title}): {found.state.value}, role {found.role}{labels}.")
    shared.tell(f"Ball: {found.ball.holder}, {found.ball.why}.")
    shared.tell(_next(due, found))
    shared.tell(shared.table([_rule_row(rule) for rule in rules], ("RULE", "ACTS", "SAYS")))


def _next(due: Due | None, thread: Thread) -> str:
    if due is None:
        who = "you must act" if thread.ball.holder == HUMAN else "nothing is due as long as nothing happens"
        return f"Next: {who}."
    now = " (now)" if due.at <= clock.now() else ""
    return f"Next: {due.because}: {due.does} at {due.at:%Y-%m-%d %H:%M:%S} UTC{now}."


def _rule_row(rule: HeldRule) -> tuple[str, str, str]:
    values = (f"{value.key[-1]} {_written(value)} ({_origin(value.place)})" for value in rule.values)
    return rule.rule.value, "yes" if rule.acts else "no", ", ".join(values)


def _explanation(thread: Thread, rules: Iterable[HeldRule], due: Due | None) -> dict[str, Any]:
    return {
        "thread": thread.id,
        "role": thread.role,
        "labels": list(thread.labels),
        "next": {"at": shared.iso(due.at), "rule": due.because, "does": due.does} if due else None,
        "rules": [
            {
                "rule": rule.rule.value,
                "acts": rule.acts,
                "values": [{**_document(value), "key": value.key[-1]} for value in rule.values],
            }
            for rule in rules
        ],
    }


def _judged(place: Place, rules: Rules, thread: Thread, tool: str, what: str) -> Judgement:
    """`what` is the command, the file or the address that the tool would be called with."""
    standing = thread.worker.worktree if thread.worker else ""
    worktree = standing or str(place.checkout / ".hubctl" / "worktrees" / thread.id)
    field = "file_path" if tool in PATH_TOOLS else "command" if tool == "Bash" else "url"
    call = ToolCall(tool=tool, input={field: what}, cwd=worktree, worktree=worktree, home=rules.policy.home)
    return judge_here(rules_for(rules.policy, thread), call)


def _judgement(judgement: Judgement) -> dict[str, Any]:
    rule = judgement.rule
    return {
        "decision": judgement.decision.value,
        "why": judgement.why,
        "rule": rule.text if rule else None,
        "from": rule.source if rule else None,
        "file": rule.place.file if rule and rule.place else None,
        "line": rule.place.line if rule and rule.place else None,
    }


# --- edit ---------------------------------------------------------------------------------------------------------


def edit(repo: shared.RepoOption = Path()) -> None:
    """Open POLICY.md in $VISUAL or $EDITOR, check it when the editor closes, and trust it when it can be read."""
    place = shared.person("policy edit", repo)
    path, words = place.checkout / config.POLICY_FILE, shared.editor()
    stub = "" if path.exists() else (data.templates() / config.POLICY_FILE).read_text()
    if stub:
        with writing(path):
            write_whole(path, stub, mode=0o666)
    patches = _edited(words, path)
    if stub and path.read_text() == stub:
        path.unlink()
        shared.tell(f"Nothing was written, so there is no {config.POLICY_FILE}; the shipped rules hold.")
        return
    trust.accept(place, only=frozenset({config.POLICY_FILE}))
    for finding in lint(merge(patches)):
        shared.tell(str(finding))
    shared.tell(
        f"{config.POLICY_FILE}: the rules can be read, and are trusted. A running hub goes by them at once."
    )


def _edited(words: list[str], path: Path) -> tuple[PolicyPatch, ...]:
    """What the file says when its author is done with it. Raises HubError: it cannot be read, and stays untrusted."""
    while True:
        code = subprocess.run([*words, str(path)], check=False).returncode
        if code:
            raise HubError(f"`{words[0]}` ended with exit {code}, so nothing is trusted.", "Try again.")
        try:
            return config.policy_patches(path.parent)
        except HubError as error:
            if not sys.stdin.isatty():
                raise HubError(error.message, _UNTRUSTED) from error
            shared.say(error.message)
            if input("Edit again? [Y/n] ").strip().lower() not in YES:
                raise HubError("POLICY.md cannot be read.", _UNTRUSTED) from error


_UNTRUSTED = "Correct it with `hubctl policy edit`; it is not trusted, and the rules before it hold."
