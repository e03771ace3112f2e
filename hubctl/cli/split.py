"""`hubctl split`: a plan becomes issues."""

import sys
from pathlib import Path
from typing import Annotated

from hubctl.cli import plans
from hubctl.cli.boards import read_issue
from hubctl.cli.options import Option
from hubctl.cli.shared import JsonOption, RepoOption, person, print_json, tell
from hubctl.core.documents.config import PlannerKind
from hubctl.core.documents.issue_text import plain_body, plain_title
from hubctl.project import trust
from hubctl.project.place import Place, is_running


def split(
    task: plans.TaskArgument = "",
    planner: plans.PlannerOption = "",
    plan: plans.PlanOption = "",
    dry_run: Annotated[bool, Option("--dry-run", help="Only show the plan, as a table and a graph.")] = False,
    issue: Annotated[
        int,
        Option(help="Plan this issue of the board; the new ones are parts of it.", show_default=False),
    ] = 0,
    yes: plans.YesOption = False,
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make issues of a plan. A running hub starts them; without one they wait for `hubctl up`."""
    place = person("split", repo)
    task = _with_issue(place, task, issue, by_model=not plan and planner != PlannerKind.FILE)
    made = plans.make_plan(place.checkout, task=task, planner=planner, file=plan, place=lambda: place)
    if dry_run:
        print_json(plans.plan_document(made.plan)) if as_json else tell(plans.show_plan(made.plan))
        return
    trust.demand(place)
    plans.accept(made, yes=yes)
    name = plans.hand_over(place, made.plan, parent=issue)
    running = is_running(place)
    if as_json:
        print_json({"plan": name, "issues": len(made.plan.issues), "hub": running})
        return
    if not made.by_model:
        tell(plans.show_plan(made.plan) + "\n")
    taken = "the running hub files" if running else "no hub runs: `hubctl up` files"
    tell(f"{len(made.plan.issues)} issues are accepted; {taken} and starts them.")


def _with_issue(place: Place, task: str, issue: int, *, by_model: bool) -> str:
    """The issue's text is the task, and a task in words is said beside it. An issue that is not there plans nothing."""
    if not issue:
        return task
    look = read_issue(place, issue)
    if not by_model:
        return task
    said = sys.stdin.read() if task == "-" else task
    parts = (plain_title(look.title), plain_body(look.body), said)
    return "\n\n".join(part for part in parts if part)
