"""A plan read: a file that a person wrote, or the answer of a planner, becomes a Plan."""

from collections.abc import Collection, Mapping
from typing import Final

from hubctl.core.documents.fields import PROSE, SCRIPT, Fields, Problems
from hubctl.core.documents.plan import Misfit, Plan, PlannedIssue, misfits
from hubctl.core.documents.yaml import Node, parse_yaml
from hubctl.core.vocabulary.text import right_words, shown

PLAN_KEYS: Final = ("goal", "issues")
ISSUE_KEYS: Final = ("key", "title", "body", "role", "after", "validate")


def parse_plan(text: str, *, file: str, roles: Collection[str]) -> Plan:
    """Reads a plan whose issues name only these roles.

    JSON is read too when its strings hold no escaped surrogates (`ensure_ascii=False`). Raises HubError with every
    problem of the file, one a line.
    """
    problems = Problems(file)
    plan = read_plan(parse_yaml(text, file=file), problems, roles=roles)
    problems.settle()
    return plan


def read_plan(
    root: Node,
    problems: Problems,
    *,
    roles: Collection[str],
    commands: Mapping[str, str] | None = None,
    unit: str = "line",
) -> Plan:
    """The plan, as far as it can be read; it is sound where no problem was noted.

    `commands` are the words that `validate` may hold, and what each stands for; None: it holds any command. `unit` is
    what the nodes' lines count.
    """
    top = Fields(root, problems, what="a plan", known=PLAN_KEYS)
    entries = [Fields(node, problems, what="an issue", known=ISSUE_KEYS) for node in _issue_nodes(top)]
    issues = tuple(_issue(entry, commands) for entry in entries)
    plan = Plan(goal=top.text("goal", refused=PROSE), issues=issues)
    for found in misfits(plan, roles=roles):
        _note(found, entries, unit)
    return plan


def _issue_nodes(top: Fields) -> tuple[Node, ...]:
    node = top.node("issues")
    if node is not None and isinstance(node.value, tuple) and node.value:
        return node.value
    if "issues" in top.wrong:
        return ()
    if node is None or node.value == ():
        top.note(
            "issues", "the plan has no issues: write `issues:` and below it `- key: ...` and `title: ...`"
        )
    else:
        top.note("issues", "`issues` is not a list: write `- key: ...` below it, one dash an issue")
    return ()


def _issue(entry: Fields, commands: Mapping[str, str] | None) -> PlannedIssue:
    return PlannedIssue(
        key=entry.text("key") or "",
        title=entry.text("title") or "",
        body=entry.prose("body"),
        role=entry.text("role") or "coder",
        after=tuple(dict.fromkeys(entry.words("after"))),
        validate=_validate(entry, commands),
    )


def _validate(entry: Fields, commands: Mapping[str, str] | None) -> str | None:
    word = entry.text("validate", refused=SCRIPT)
    if word is None or commands is None:
        return word
    if word not in commands:
        entry.note("validate", f"`validate` cannot be {shown(word)}: {right_words(word, commands)}, or null")
    return commands.get(word)


def _note(found: Misfit, entries: list[Fields], unit: str) -> None:
    """A field that could not even be read has been named already."""
    entry = entries[found.issue]
    if found.field in entry.wrong:
        return
    lines = sorted({entries[other].line_of(found.field) for other in found.others})
    also = f" (see {unit} {', '.join(map(str, lines))})" if lines else ""
    entry.note(found.field, found.text + also, item=found.word)
