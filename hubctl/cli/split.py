"""`hubctl split`: a plan becomes issues."""

from pathlib import Path
from typing import Annotated

import typer

from hubctl import trust
from hubctl.cli import verb_app
from hubctl.cli.frame import JsonOption, RepoOption, here, open_log, people_only, print_json, tell
from hubctl.cli.plans import (
    PlannerOption,
    PlanOption,
    TaskArgument,
    YesOption,
    accept,
    hand_over,
    make_plan,
    plan_document,
    show_plan,
)
from hubctl.place import is_running

app = verb_app()


@app.command()
def split(
    task: TaskArgument = "",
    planner: PlannerOption = "",
    plan: PlanOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the plan, as a table and a graph.")
    ] = False,
    yes: YesOption = False,
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make issues of a plan. A running hub starts them; without one they wait for `hubctl up`."""
    place = here(repo)
    people_only("split", place)
    made = make_plan(place.checkout, task=task, planner=planner, file=plan, place=lambda: place)
    if dry_run:
        if as_json:
            print_json(plan_document(made.plan))
        else:
            tell(show_plan(made.plan))
        return
    trust.demand(place)
    accept(made, yes=yes)
    log = open_log(place)
    name = hand_over(place, log, made.plan)
    log.close()
    running = is_running(place)
    if as_json:
        print_json({"plan": name, "issues": len(made.plan.issues), "hub": running})
        return
    if not made.by_model:
        tell(show_plan(made.plan) + "\n")
    taken = (
        "the running hub files and starts them"
        if running
        else "no hub runs: `hubctl up` files and starts them"
    )
    tell(f"{len(made.plan.issues)} issues are accepted; {taken}.")
