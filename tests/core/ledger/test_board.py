"""An issue that a person had planned: asked, proposed, shown, accepted; a plan of a model is no order."""

from typing import Any

from hubctl.core.intake.observations import Filed, PlanSeen
from hubctl.core.messages.issue_face import planning_face
from hubctl.core.vocabulary.board import MARKER, PLAN, READY, Look
from hubctl.core.vocabulary.words import ThreadId
from support.core.board_acts import labelled, look, shown, told, unlabelled
from support.core.builders import issue, plan
from support.core.stage import Stage, names

FIVE = ThreadId("5")
ASKED = [MARKER, PLAN]
BOTH = [MARKER, PLAN, READY]
CONTENT = plan(issue("a"), issue("b", "a", validate="true"))


def big(*acts: Any, labels: list[str] = ASKED, **said: Any) -> Look:
    return look(*acts, number=5, labels=labels, **said)


def asked() -> Stage:
    stage = Stage()
    stage.see(told(big(labelled(PLAN))))
    return stage


def proposed() -> Stage:
    stage = asked()
    planning = stage.state.board.plannings[ThreadId("5")]
    stage.see(PlanSeen(at=stage.now, issue=5, act=planning.asked.act, content=CONTENT))
    stage.end("plan-issue")
    return stage


def text(stage: Stage, *, full: bool = True) -> str:
    return planning_face(stage.state, stage.state.board.plannings[ThreadId("5")], full=full).comment


def test_the_label_has_an_issue_planned_and_starts_no_worker() -> None:
    stage = asked()
    assert sorted(names(stage.orders)) == ["plan-issue", "show-issue 5"]
    assert not stage.state.threads
    assert "is being planned" in text(stage)
    stage.replayed()


def test_an_outsiders_label_has_nothing_planned() -> None:
    stage = Stage()
    assert stage.see(told(big(labelled(PLAN, by="mallory", counts=False)))) == []


def test_a_proposal_is_shown_and_files_nothing() -> None:
    stage = proposed()
    shown(stage, FIVE)
    assert not stage.state.plans
    assert "Do a (coder)" in text(stage)
    assert "Do a" not in text(stage, full=False)
    assert "planned as 2 issues" in text(stage, full=False)
    stage.replayed()


def test_a_person_accepts_it_and_its_issues_are_parts() -> None:
    stage = proposed()
    shown(stage, FIVE)
    stage.see(told(big(labelled(READY), labels=BOTH), cursor="c2"))
    (accepted,) = stage.state.plans.values()
    assert (accepted.parent, accepted.base, len(accepted.content.issues)) == (5, "base", 2)
    stage.end("file-issue", None, Filed(number=6))
    assert "planned: #6" in text(stage)
    before = len(stage.state.plans)
    stage.see(told(big(labelled(READY), labels=BOTH), cursor="c3"))
    assert len(stage.state.plans) == before
    assert FIVE not in stage.state.threads


def test_an_outsider_and_a_hasty_person_accept_nothing() -> None:
    stage = asked()
    stage.see(told(big(labelled(READY), labels=BOTH), cursor="c2"))
    assert not stage.state.plans
    assert "not there yet" in stage.state.open_alerts[0].text
    other = proposed()
    other.see(told(big(labelled(READY, by="mallory", counts=False), labels=BOTH), cursor="c2"))
    assert not other.state.plans


def test_taking_the_label_off_drops_the_plan() -> None:
    stage = proposed()
    stage.see(told(big(unlabelled(PLAN), labels=[MARKER]), cursor="c2"))
    assert not stage.state.board.plannings
    stage.see(told(big(labelled(READY), labels=[MARKER, READY]), cursor="c3"))
    assert not stage.state.plans
    assert FIVE in stage.state.threads


def test_a_planner_that_fails_is_told_and_asked_again_by_the_label() -> None:
    stage = asked()
    stage.end("plan-issue", error="no login")
    assert "could not be planned" in text(stage)
    stage.see(told(big(labelled(PLAN)), cursor="c2"))
    assert stage.pending("plan-issue").words["issue"] == "5"


def test_what_a_planner_says_late_is_nobodys() -> None:
    stage = asked()
    stage.see(told(big(labelled(PLAN)), cursor="c2"))
    stage.see(PlanSeen(at=stage.now, issue=5, act="event-0", content=CONTENT))
    stage.see(PlanSeen(at=stage.now, issue=7, act="event-0", content=CONTENT))
    assert stage.state.board.plannings[ThreadId("5")].content is None
