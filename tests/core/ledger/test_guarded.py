"""What the hub says of files that changed while it goes on: once an occasion, and taken back by facts."""

from datetime import timedelta

import pytest

from hubctl.core.intake.observations import GitSeen, Observation, RulesSeen, TrustSeen
from hubctl.core.ledger import events as e
from support.core.builders import NOW, issue, policy
from support.core.stage import Stage, names, planned

WRONG = "`POLICY.md` line 4: `attemps` is no key\n`POLICY.md` line 9: more"
FILES = {"POLICY.md": "aa"}


def held(*files: str) -> TrustSeen:
    return TrustSeen(at=NOW, changed=(), held=files)


def rules(error: str = "", files: dict[str, str] = FILES) -> RulesSeen:
    return RulesSeen(at=NOW, files=files, error=error)


def git(**files: str) -> GitSeen:
    return GitSeen(at=NOW, files={f".git/{name}": value for name, value in files.items()})


def said(stage: Stage) -> list[tuple[str, str, str]]:
    return [(one.because, one.severity, one.text) for one in stage.state.open_alerts]


def test_a_held_file_is_said_and_work_goes_on() -> None:
    stage = Stage()
    assert names(stage.see(held("POLICY.md"))) == ["raise-alert"]
    ((because, _, text),) = said(stage)
    assert because == "trust"
    assert text == (
        "`POLICY.md` changed, and nobody trusted it: the trusted version holds. Look at it, then `hubctl trust`"
    )
    assert stage.see(held("POLICY.md")) == []
    assert names(stage.see(held())) == ["resolve-alert"]
    other = planned(issue("a"))
    other.see(held("POLICY.md"))
    assert other.state.untrusted == ()
    assert other.pending("start-worker")


def test_what_blocks_and_what_is_held_are_two_alerts_that_do_not_disturb_each_other() -> None:
    stage = Stage()
    stage.see(TrustSeen(at=NOW, changed=(".mcp.json",), held=()))
    assert names(stage.see(TrustSeen(at=NOW, changed=(".mcp.json",), held=("POLICY.md",)))) == ["raise-alert"]
    assert [because for because, _, _ in said(stage)] == ["undispatched", "trust"]
    assert names(stage.see(TrustSeen(at=NOW, changed=(), held=("POLICY.md",)))) == ["resolve-alert"]


def test_rules_that_cannot_be_read_are_named_with_every_line() -> None:
    stage = Stage()
    assert stage.see(rules()) == []
    assert names(stage.see(rules(WRONG))) == ["raise-alert"]
    ((because, _, text),) = said(stage)
    assert because == "policy"
    assert "`POLICY.md` line 4: `attemps` is no key `POLICY.md` line 9: more" in text
    assert dict(stage.state.guarded.last_good or {}) == FILES
    assert stage.see(rules(WRONG)) == []
    other = RulesSeen(at=NOW + timedelta(seconds=1), files=FILES, error="something else")
    assert names(stage.see(other)) == ["raise-alert", "resolve-alert"]
    assert names(stage.see(rules())) == ["resolve-alert"]
    assert stage.state.guarded.last_good is None
    kinds = [
        e.kind_of(event) for event in stage.log if not isinstance(event, e.AlertRaised | e.AlertResolved)
    ]
    assert kinds == ["policy-loaded", "policy-refused", "policy-refused", "policy-loaded"]


def test_the_shipped_rules_are_no_news_at_a_start() -> None:
    stage = Stage()
    stage.see(rules(files={}))
    assert stage.log == []


def test_a_change_of_git_is_critical_and_said_once_a_change() -> None:
    stage = Stage()
    assert stage.see(git()) == []
    assert names(stage.see(git(config="b"))) == ["raise-alert"]
    assert [(because, severity) for because, severity, _ in said(stage)] == [("git", "critical")]
    assert stage.see(git(config="b")) == []
    assert names(stage.see(GitSeen(at=stage.now, files={}))) == ["resolve-alert"]


@pytest.mark.parametrize("seen", [held("POLICY.md"), rules(WRONG), git(config="b")])
def test_none_of_them_can_be_switched_off(seen: Observation) -> None:
    stage = Stage(policy=policy("rules: {undispatched: {off: true}}"))
    assert names(stage.see(seen)) == ["raise-alert"]
    stage.replayed()


@pytest.mark.parametrize(("seen", "left"), [(held("POLICY.md"), 1), (rules(WRONG), 0), (git(config="b"), 0)])
def test_a_new_hub_begins_with_readable_rules_and_with_git_as_it_is(seen: Observation, left: int) -> None:
    stage = Stage()
    stage.see(seen)
    stage.restart()
    assert len(stage.state.open_alerts) == left
    stage.replayed()
