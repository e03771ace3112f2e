"""plan.yaml read: a file that a person wrote, or the JSON of a planner, becomes a Plan."""

from collections.abc import Collection
from typing import Final

from hubctl.core.documents.fields import PROSE, SCRIPT, Fields, Problems
from hubctl.core.documents.plan import Misfit, Plan, PlannedIssue, misfits
from hubctl.core.documents.yaml import Node, parse_yaml

PLAN_KEYS: Final = ("goal", "issues")
ISSUE_KEYS: Final = ("key", "title", "body", "role", "after", "validate")


def parse_plan(text: str, *, file: str, roles: Collection[str]) -> Plan:
    """Reads a plan whose issues name only these roles.

    JSON is read too when its strings hold no escaped surrogates (`ensure_ascii=False`). Raises HubError with every
    problem of the file, one a line.
    """
    problems = Problems(file)
    top = Fields(parse_yaml(text, file=file), problems, what="a plan", known=PLAN_KEYS)
    nodes = _issue_nodes(top)
    entries = [Fields(node, problems, what="an issue", known=ISSUE_KEYS) for node in nodes]
    plan = Plan(goal=top.text("goal", refused=PROSE), issues=tuple(_issue(entry) for entry in entries))
    for found in misfits(plan, roles=roles):
        _note(found, entries)
    problems.settle()
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


def _issue(entry: Fields) -> PlannedIssue:
    return PlannedIssue(
        key=entry.text("key") or "",
        title=entry.text("title") or "",
        body=entry.prose("body"),
        role=entry.text("role") or "coder",
        after=tuple(dict.fromkeys(entry.words("after"))),
        validate=entry.text("validate", refused=SCRIPT),
    )


def _note(found: Misfit, entries: list[Fields]) -> None:
    """A field that could not even be read has been named already."""
    entry = entries[found.issue]
    if found.field in entry.wrong:
        return
    lines = sorted({entries[other].line_of(found.field) for other in found.others})
    also = f" (see line {', '.join(map(str, lines))})" if lines else ""
    entry.note(found.field, found.text + also, item=found.word)
