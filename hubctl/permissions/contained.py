"""What is asked of a worker in a cell: what a person's own rules name, and nothing else that the cell holds anyway.

In a cell the rules on words are a courtesy: a worker can answer its own dialog (docs/facts/cells.md#what-a-cell-does-not-hold).
What must hold belongs to what the cell shows and to its doors.
"""

from collections.abc import Iterable

from hubctl.core.documents.policy import SHIPPED_POLICY, Policy
from hubctl.core.documents.roles import Role
from hubctl.core.vocabulary.values import replace
from hubctl.permissions.judgement import Judgement
from hubctl.permissions.rules import PermissionRule, Ruling

FREE = ("Bash", "Edit", "Write", "NotebookEdit", "Read", "Grep", "Glob")
"""The tools that reach nothing but the cell."""


def asked_in_cell(policy: Policy, role: Role) -> list[str]:
    """The `ask` rules of the role and of the person's own POLICY.md; those of the shipped one rest."""
    where = policy.places.get(("permissions", "ask"))
    own = policy.permissions.ask if where is not None and where.file != SHIPPED_POLICY else ()
    return [*role.ask, *own]


def in_cell(said: Judgement, tool: str) -> Judgement:
    """A judgement for a worker in a cell: what no `deny` and no `ask` of a person names is allowed, of the tools that are free."""
    if said.decision is not Ruling.ASK or tool not in FREE or _is_persons(said.rule):
        return said
    return replace(said, decision=Ruling.ALLOW, why=f"{said.why}; its cell holds it")


def _is_persons(rule: PermissionRule | None) -> bool:
    if rule is None or rule.decision is not Ruling.ASK:
        return False
    return rule.place is None or rule.place.file != SHIPPED_POLICY


def free_rules(rules: Iterable[str]) -> list[str]:
    """What a contained worker's settings allow: the free tools, and what the rules allow of others."""
    return [*FREE, *(rule for rule in rules if rule.partition("(")[0] not in FREE)]
