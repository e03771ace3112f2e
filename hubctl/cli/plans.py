"""How `split` and `run` come to a plan, and how a plan is shown and handed to the hub."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.cli.options import Argument, Option
from hubctl.cli.shared import agreed, request, say, table
from hubctl.core.documents.config import PlannerKind
from hubctl.core.documents.plan import Plan, draw_graph
from hubctl.core.documents.plan_file import parse_plan
from hubctl.core.vocabulary.values import Struct
from hubctl.errors import HubError, UsageError
from hubctl.git.repository import dirty, head
from hubctl.project import trust
from hubctl.project.config import LARGEST_FILE, load_config, load_roles, read_text, text_of_file
from hubctl.project.place import Place
from hubctl.store.codec import plain

TaskArgument = Annotated[
    str,
    Argument(
        help="The task in words, - reads standard input; left out with --planner file.", show_default=False
    ),
]
PlannerOption = Annotated[
    str,
    Option(help="Who makes the plan: claude, api or file (hubctl.yaml: planner).", show_default=False),
]
YesOption = Annotated[bool, Option("--yes -y", help="Accept a model's plan as it is.")]
PlanOption = Annotated[
    str,
    Option("--plan", help="The plan file, for --planner file; - reads standard input.", show_default=False),
]


class MadePlan(Struct, frozen=True, kw_only=True):
    """A plan, and whether a model made it: then a person must accept it."""

    plan: Plan
    by_model: bool


def make_plan(checkout: Path, *, task: str, planner: str, file: str, place: Callable[[], Place]) -> MadePlan:
    """The plan, read or asked for, and checked; nothing is filed yet. `place` is asked for only where a model plans."""
    chosen = planner or (PlannerKind.FILE.value if file else load_config(checkout).planner.value)
    if chosen not in {kind.value for kind in PlannerKind}:
        raise UsageError(f"`--planner {chosen}` is no planner.", "Planners: claude, api, file.")
    if chosen == PlannerKind.FILE:
        return MadePlan(plan=_read_plan(checkout, task=task, file=file), by_model=False)
    if file:
        raise UsageError(
            f"`--plan` belongs to `--planner file`, not to `{chosen}`.", "Leave one of the two out."
        )
    return MadePlan(plan=_ask_planner(place(), PlannerKind(chosen), task), by_model=True)


def _read_plan(checkout: Path, *, task: str, file: str) -> Plan:
    if not file:
        raise UsageError("`--planner file` needs the file.", "Add `--plan plan.yaml`.")
    if task:
        raise UsageError(
            "With `--planner file` the plan says it all.", "Leave the task out, or write it as `goal:`."
        )
    text = _standard_input() if file == "-" else read_text(Path(file))
    return parse_plan(text, file="standard input" if file == "-" else file, roles=load_roles(checkout))


def _ask_planner(place: Place, kind: PlannerKind, task: str) -> Plan:
    """A planner runs the configured command with the configured environment: both must be trusted."""
    from hubctl.planners import PLANNERS

    trust.demand(place)
    wanted = sys.stdin.read() if task == "-" else task
    config, roles = load_config(place.checkout), load_roles(place.checkout)
    return PLANNERS[kind](
        wanted, checkout=place.checkout, config=config, roles=roles, env=os.environ, told=say
    )


def accept(made: MadePlan, *, yes: bool) -> None:
    """A plan that a model made is shown, and starts only when a person said so; a file is accepted by the call."""
    if not made.by_model:
        return
    say(show_plan(made.plan) + "\n")
    if yes:
        return
    if not sys.stdin.isatty():
        raise HubError(
            "A model made this plan, and nobody has accepted it: nothing is filed.",
            "Keep it with `--dry-run --json > plan.json` and run `--planner file --plan plan.json`; or add `--yes`.",
        )
    if not agreed("Start this plan?"):
        raise HubError("The plan was not accepted: nothing is filed.")


def _standard_input() -> str:
    said = sys.stdin.buffer.read(LARGEST_FILE + 1)
    return text_of_file(said, name="standard input")


def show_plan(plan: Plan) -> str:
    """As a table and as a graph."""
    rows = [
        (issue.key, issue.title, issue.role, ", ".join(issue.after) or "-", issue.validate or "-")
        for issue in plan.issues
    ]
    goal = f"{plan.goal}\n\n" if plan.goal else ""
    return f"{goal}{table(rows, ('KEY', 'TITLE', 'ROLE', 'AFTER', 'VALIDATE'))}\n\n{draw_graph(plan)}"


def plan_document(plan: Plan) -> object:
    return plain(plan)


def hand_over(place: Place, plan: Plan, *, parent: int = 0) -> str:
    """Writes the plan down for the hub, durably, and returns its id. A dirty main checkout is named, not refused.

    `parent` is the issue that was planned, 0: none.
    """
    repository = place.repository
    changed = dirty(repository)
    if changed:
        say(f"Note: {len(changed)} uncommitted changes in `{place.checkout}` are not seen by the workers.")
    base = head(repository)
    name = f"p{clock.now():%Y%m%d%H%M%S%f}"
    words = {"plan": name, "base": base, **({"parent": str(parent)} if parent else {})}
    request(place, "plan", words=words, content=plan)
    return name
