"""The rules in force: what POLICY.md and the roles say, as one value that changes at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hubctl.core.policy import Policy
from hubctl.core.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Whoever needs more than one of them takes the value once, and not each from its own moment."""

    policy: Policy
    roles: Mapping[str, Role] = field(default_factory=dict)
