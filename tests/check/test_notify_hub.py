"""Alerts of a real hub, delivered to a webhook that refuses at first, over a hub that is killed in between."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from hubctl import clock
from hubctl.core.ledger import events as e
from hubctl.core.ledger.action_log import begin
from hubctl.core.ledger.actions import Notify
from support.shell import Shell
from support.waiting import PATIENCE, wait_until
from support.webhook import Webhook, listening

Up = Callable[[], "subprocess.Popen[str]"]
E = TypeVar("E", bound=e.Event)
POLICY = "```yaml hubctl\nalerts: {group: 0s, repeat: 30d}\n```\n"


@pytest.fixture
def shell(repository: Path) -> Shell:
    return Shell.make(repository)


@pytest.fixture
def hook(shell: Shell) -> Iterator[Webhook]:
    with listening(refusals=3) as made:
        shell.write("POLICY.md", POLICY)
        shell.configure(alerts={"targets": [made.address]})
        shell.log_in()
        yield made


@pytest.fixture
def up(shell: Shell, hook: Webhook) -> Iterator[Up]:
    """Starts a hub; what still runs at the end is ended."""
    hubs: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        hubs.append(shell.start("up"))
        wait_until(lambda: shell.beats() == hubs[-1].pid, PATIENCE, "the heart of the hub")
        return hubs[-1]

    yield start
    for hub in hubs:
        if hub.poll() is None:
            kill(hub)


def kill(hub: "subprocess.Popen[str]") -> None:
    hub.kill()
    hub.communicate()


def alert(name: str) -> e.AlertRaised:
    """One of a kind that no fact of this hub takes back."""
    return e.AlertRaised(
        at=clock.now(),
        alert=name,
        kind="made-up",
        severity="warning",
        because="made-up",
        episode=name,
        text=name.upper(),
    )


def of_kind(shell: Shell, kind: type[E]) -> list[E]:
    return [event for event in shell.events() if isinstance(event, kind)]


def told(documents: list[dict[str, str]]) -> list[tuple[str, str]]:
    """(state, alert) of each, in the order of arrival."""
    lines = [line for document in documents for line in document["message"].splitlines()]
    heads = [line.partition(":")[0] for line in lines[::2]]
    return list(zip(heads, [line.rpartition(" UTC, ")[2] for line in lines[1::2]], strict=True))


def test_exactly_the_episodes_arrive_in_order_though_the_hub_is_killed_in_between(
    shell: Shell, hook: Webhook, up: Up
) -> None:
    shell.log(alert("a"))
    hub = up()
    wait_until(lambda: len(hook.refused) == 1, 30, "the first refusal")
    shell.write(".claude/commands/do.md", "x")
    (own,) = wait_until(lambda: of_kind(shell, e.AlertRaised)[1:], 30, "an alert of the hub itself")
    shell.trust()
    wait_until(lambda: of_kind(shell, e.AlertResolved), 30, "the facts take it back")
    wait_until(lambda: len(hook.refused) == 2, 30, "the second refusal")
    kill(hub)
    shell.log(alert("b"))
    hub = up()
    wait_until(
        lambda: len(of_kind(shell, e.NoticeFailed)) >= 2 and not hook.refusals, 30, "the third refusal"
    )
    _is_seen_by_doctor(shell, hook)
    kill(hub)
    hub = up()
    wait_until(lambda: of_kind(shell, e.NoticeSent), 30, "the notice")
    shell.told("ack", "a")
    assert [(each["id"], each["state"]) for each in shell.json("alerts")] == [
        ("a", "acknowledged"),
        ("b", "raised"),
    ]
    hub.terminate()
    hub.communicate()
    assert told(hook.taken) == [("WARNING", "a"), ("RESOLVED", own.alert), ("WARNING", "b")]
    assert len(hook.refused) == 3
    assert not [check for check in shell.json("doctor") if check["name"] in ("anomaly", "target")]


def _is_seen_by_doctor(shell: Shell, hook: Webhook) -> None:
    checks = json.loads(shell.hubctl("doctor", "--json").stdout)
    (failing,) = [check for check in checks if check["name"] == "target"]
    assert not failing["ok"]
    assert f"`json://127.0.0.1:{hook.port}` takes no alerts since" in failing["detail"]
    assert "503" in failing["detail"]


def test_a_hub_that_dies_between_the_delivery_and_its_record_tells_it_again(
    shell: Shell, hook: Webhook, up: Up
) -> None:
    """At least once: nobody can ask a webhook what it has got."""
    hook.refusals = 0
    target = f"json://127.0.0.1:{hook.port}"
    now = clock.now()
    order = Notify(because="alerts", episode=f"{target}-1", target=target, alerts="1:raised")
    shell.log(
        e.TargetsChanged(at=now, targets=(target,)),
        alert("a"),
        *begin(order, now),
    )
    hub = up()
    wait_until(lambda: any(isinstance(event, e.NoticeSent) for event in shell.events()), 30, "the record")
    hub.terminate()
    hub.communicate()
    assert told(hook.taken) == [("WARNING", "a")]


def test_without_any_configuration_the_hubs_own_tmux_is_told(shell: Shell, hook: Webhook, up: Up) -> None:
    shell.configure()
    shell.log(alert("a"))
    hub = up()
    sent = wait_until(lambda: of_kind(shell, e.NoticeSent), 30, "the notice")
    assert [(event.target, event.told) for event in sent] == [("tmux", {"a": "raised"})]
    kill(hub)
    hub = up()
    again = wait_until(lambda: of_kind(shell, e.NoticeSent)[1:], 30, "the number, shown by the next hub")
    assert [(event.target, event.told) for event in again] == [("tmux", {})]
    hub.terminate()
    hub.communicate()
    assert (hook.refused, hook.taken) == ([], [])
