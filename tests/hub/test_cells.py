"""Whether workers get cells: off, wanted and required, with and without bubblewrap."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.cells import start
from hubctl.core.documents.config import Containment
from hubctl.core.vocabulary.hosts import Host
from hubctl.doors.rules import WorkerDoors, read_rules
from hubctl.errors import HubError
from hubctl.hub.cells import CellDoors, uncontained
from hubctl.project.place import Place


def known() -> None:
    """The login can stay outside."""


def signed() -> None:
    raise HubError("A worker signs each request itself.", "Use an API key.")


def test_a_login_that_cannot_stay_outside_is_no_reason_to_start_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hubctl.hub.cells.hindrance", lambda: None)
    assert uncontained(Containment.OFF, signed) is None
    why = uncontained(Containment.WANTED, signed)
    assert why
    assert why.message == "A worker signs each request itself."
    with pytest.raises(HubError, match="signs each request"):
        uncontained(Containment.REQUIRED, signed)


@pytest.mark.parametrize("wish", Containment)
def test_where_cells_can_be_made_nothing_is_said(wish: Containment) -> None:
    assert uncontained(wish, known) is None


def test_where_none_can_be_made_only_required_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "PROGRAM", "no-such-bwrap")
    assert uncontained(Containment.OFF, known) is None
    why = uncontained(Containment.WANTED, known)
    assert why is not None
    assert "apt-get install bubblewrap" in why.cure
    with pytest.raises(HubError, match="bubblewrap is not installed"):
        uncontained(Containment.REQUIRED, known)


LISTED, OPENED = Host(name="listed.example"), Host(name="opened.example")
ROLES = Host(name="roles.example")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """With two workers that live, and one that has ended."""
    for worker in ("w1-1", "w2-1"):
        (tmp_path / "workers" / worker).mkdir(parents=True)
        (tmp_path / "workers" / worker / "token").write_text("t")
    return Place(id="i", state=tmp_path, checkout=tmp_path)


@pytest.fixture
def doors(place: Place) -> Iterator[CellDoors]:
    made = CellDoors(place, {"PATH": os.environ["PATH"]})
    with made.held():
        for worker in ("w1-1", "w2-1", "w3-1"):
            made.open(WorkerDoors(worker=worker, thread=worker[1], hosts=(LISTED,)))
        yield made
        for token in place.workers.glob("*/token"):
            token.unlink()


def test_an_opened_host_is_one_workers_alone(doors: CellDoors, place: Place) -> None:
    doors.lead("w1-1", (LISTED, OPENED))
    hosts = {worker: one.hosts for worker, one in read_rules(place.state).items()}
    assert hosts == {"w1-1": (LISTED, OPENED), "w2-1": (LISTED,)}


def test_what_a_role_names_stays_open(doors: CellDoors, place: Place) -> None:
    doors.open(WorkerDoors(worker="w1-1", thread="1", hosts=(LISTED, ROLES), of_role=(ROLES,)))
    doors.lead("w1-1", (LISTED, OPENED))
    assert read_rules(place.state)["w1-1"].hosts == (LISTED, OPENED, ROLES)


def test_the_doors_of_who_has_ended_are_not_opened_again(doors: CellDoors, place: Place) -> None:
    doors.lead("w3-1", (LISTED, OPENED))
    assert all(OPENED not in one.hosts for one in read_rules(place.state).values())
