"""An issue that a person had planned: what was asked, what a model proposed, and what the issue shows of it.

Rule (DESIGN section 6.4): a model's plan is no order. It waits for a person with write access to set `hub:ready`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hubctl.core import events as e
from hubctl.core.board import Face
from hubctl.core.plan import Plan, draw_graph
from hubctl.core.words import ThreadId

if TYPE_CHECKING:
    from hubctl.core.state import HubState

MOST_SHOWN = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """`content` is None until a model has answered; `accepted` names the plan that people made of it."""

    asked: e.PlanAsked
    content: Plan | None = None
    accepted: str = ""

    @property
    def episode(self) -> str:
        return f"plan-{self.asked.issue}-{self.asked.act}"


Plannings = Mapping[str, Planning]
"""By the number of the issue."""
PlanningEvent = e.PlanAsked | e.PlanProposed | e.PlanDropped | e.PlanAccepted


def planned(known: Plannings, event: PlanningEvent) -> Plannings:
    """What is known after the event."""
    if isinstance(event, e.PlanAsked):
        return {**known, str(event.issue): Planning(asked=event)}
    issue = str(event.parent if isinstance(event, e.PlanAccepted) else event.issue)
    planning = known.get(issue)
    match event:
        case e.PlanDropped():
            return {name: one for name, one in known.items() if name != issue}
        case e.PlanProposed() if planning and planning.asked.act == event.act:
            return {**known, issue: replace(planning, content=event.content)}
        case e.PlanAccepted() if planning:
            return {**known, issue: replace(planning, accepted=event.plan)}
        case _:
            return known


def planning_face(state: "HubState", planning: Planning, *, full: bool) -> Face:
    """The issue has no thread of its own, so no state label."""
    return Face(comment="\n\n".join(_said(state, planning, full=full)))


def _said(state: "HubState", planning: Planning, *, full: bool) -> Iterator[str]:
    plan = planning.content
    if planning.accepted:
        yield f"**hubctl** · planned: {', '.join(_parts(state, planning)) or 'its issues are being filed'}"
        return
    if plan is None:
        failed = f"label/hub/{planning.episode}" in state.failures
        yield "**hubctl** · " + (
            "it could not be planned: set the label again" if failed else "is being planned"
        )
        return
    many = f"{len(plan.issues)} issue{'s' * (len(plan.issues) != 1)}"
    yield f"**hubctl** · planned as {many}. Set `hub:ready` to accept it; take `hub:plan` off to drop it."
    if full:
        lines = [f"- {issue.title} ({issue.role})" for issue in plan.issues]
        yield "\n".join(["```", *lines, "", draw_graph(plan), "```"])[:MOST_SHOWN]
    else:
        yield "Whoever runs the hub reads it by `hubctl events --kind plan-proposed`."


def _parts(state: "HubState", planning: Planning) -> list[str]:
    plan = state.plans.get(planning.accepted)
    filed: list[ThreadId] = list(plan.filed.values()) if plan else []
    return [f"#{name}" for name in filed]
