"""`hubctl ack`, with the hub down: what it asks for, and what it refuses."""

from hubctl.core.ledger import events as e
from support.shell import AT, Shell


def alert(name: str) -> e.AlertRaised:
    return e.AlertRaised(
        at=AT, alert=name, kind="stalled", severity="warning", because="stalled", episode=name, text="Oh."
    )


def resolved(name: str) -> e.AlertResolved:
    return e.AlertResolved(at=AT, alert=name, why="gone")


def asked(shell: Shell) -> list[str]:
    return [seen.words["alert"] for seen in shell.requests() if (seen.verb, seen.by) == ("ack", "human")]


def test_several_and_all(prepared: Shell) -> None:
    prepared.log(alert("a"), alert("b"), alert("c"), resolved("c"))
    prepared.log(e.AlertAcknowledged(at=AT, alert="b", by="human"))
    assert "No hub runs" in prepared.told("ack", "a", "b", "a")
    assert asked(prepared) == ["a", "b"]
    prepared.told("ack", "--all")
    assert asked(prepared)[2:] == ["a"]
    states = {each["id"]: each["state"] for each in prepared.json("alerts", "--all")}
    assert states == {"a": "raised", "b": "acknowledged", "c": "resolved"}
    assert prepared.json("status")["alerts"] == 2
    assert "acknowledged" in prepared.told("alerts")


def test_all_of_nothing(prepared: Shell) -> None:
    assert prepared.told("ack", "--all") == "no alerts to acknowledge\n"


def test_what_is_refused_asks_for_nothing(prepared: Shell, pane: dict[str, str]) -> None:
    prepared.log(alert("a"), alert("c"), resolved("c"))
    assert "there is no alert `x`, or it is resolved since long" in prepared.refused("ack", "a", "x")[0]
    assert "resolved since long" in prepared.refused("ack", "c")[0]
    assert "is for people" in prepared.refused("ack", "a", env=pane)[0]
    assert "--all" in prepared.refused("ack", code=2)[1]
    assert "--all" in prepared.refused("ack", "a", "--all", code=2)[1]
    assert prepared.requests() == ()


def test_doctor_names_a_target_that_takes_nothing(ready: Shell) -> None:
    target = "json://127.0.0.1:1"
    ready.configure(alerts={"targets": ["json://me:s3cr3t@127.0.0.1:1/"]})
    ready.log(
        e.TargetsChanged(at=AT, targets=(target,)),
        e.NoticeFailed(at=AT, target=target, why="refused"),
        e.NoticeFailed(at=AT, target=target, why="Connection refused."),
    )
    ended = ready.hubctl("doctor")
    assert ended.returncode == 1
    line = (
        f"BAD target: `{target}` takes no alerts since 2026-01-01 00:00:00 UTC (2 tries): Connection refused."
    )
    assert line in ended.stdout
    assert f"ok  alerts: go to {target}" in ended.stdout
    assert "s3cr3t" not in ended.stdout


def test_doctor_names_an_address_that_cannot_be_used(ready: Shell) -> None:
    ready.configure(alerts={"targets": ["nope://s3cr3t/"]})
    ended = ready.hubctl("doctor")
    assert "BAD alerts: The target `nope` is nothing that Apprise can use" in ended.stdout
    assert "s3cr3t" not in ended.stdout
