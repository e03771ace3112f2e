"""Who makes a plan of a task: the port, and its planners by name. A plan file is read, not made (`core.documents.plan_file`)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from hubctl.core.documents.config import Config, PlannerKind
from hubctl.core.documents.plan import Plan
from hubctl.core.documents.roles import Role
from hubctl.planners import api, claude


class Planner(Protocol):
    """Takes minutes, starts nothing and files nothing.

    `env` is the hub's own environment; `told` is called with one line now and then. The plan is sound; it is not
    accepted yet. Raises HubError where there is none, UsageError for a blank task.
    """

    def __call__(
        self,
        task: str,
        *,
        checkout: Path,
        config: Config,
        roles: Mapping[str, Role],
        env: Mapping[str, str],
        told: Callable[[str], None],
    ) -> Plan: ...


PLANNERS: Final[Mapping[PlannerKind, Planner]] = {PlannerKind.CLAUDE: claude.plan, PlannerKind.API: api.plan}
"""All kinds but `file`. What is heavy (`anthropic`) is imported when a plan is asked for."""
