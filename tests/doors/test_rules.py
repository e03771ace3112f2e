"""The doors' file: what is written is read back whole, with a folder of sockets for each worker."""

import stat
from pathlib import Path

from hubctl.core.vocabulary.hosts import Host
from hubctl.doors.rules import (
    Secret,
    Source,
    Vault,
    WorkerDoors,
    read_rules,
    sockets_of,
    write_rules,
)

MODEL = Vault(
    upstream="https://api.example.org",
    secrets=(Secret(header="x-api-key", source=Source.ENVIRONMENT, name="ANTHROPIC_API_KEY"),),
)
DOORS = WorkerDoors(
    worker="3-coder",
    thread="3",
    model=MODEL,
    hosts=(Host(name="example.org", wild=True), Host(name="mirror", port=8443, private=True)),
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_rules(tmp_path, [DOORS])
    assert read_rules(tmp_path) == {"3-coder": DOORS}


def test_each_worker_has_a_folder_of_its_own_that_nobody_else_may_enter(tmp_path: Path) -> None:
    write_rules(tmp_path, [DOORS])
    assert stat.S_IMODE(sockets_of(tmp_path, "3-coder").stat().st_mode) == 0o700


def test_who_is_not_written_again_has_no_doors(tmp_path: Path) -> None:
    write_rules(tmp_path, [DOORS])
    write_rules(tmp_path, [])
    assert read_rules(tmp_path) == {}


def test_without_a_file_nobody_has_doors(tmp_path: Path) -> None:
    assert read_rules(tmp_path) == {}


def test_a_worker_without_a_model_has_no_door_to_one() -> None:
    plain = WorkerDoors(worker="3-check", thread="3")
    assert (plain.sockets, DOORS.sockets) == (("egress.sock",), ("model.sock", "egress.sock"))
