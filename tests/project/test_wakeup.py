"""What wakes a sleeping hub, and that nobody ever waits for it."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl import clock
from hubctl.ports.log import Asking
from hubctl.project.wakeup import LONGEST, NAME, wake, woken
from hubctl.store.eventlog import SqliteEventLog
from support.waiting import PATIENCE, wait_until

FOLDERS: dict[str, Callable[[Path], Path]] = {
    "short": lambda tmp_path: tmp_path,
    "long": lambda tmp_path: tmp_path / ("x" * 200),
}


@pytest.fixture(params=FOLDERS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Of a hub in a folder whose sockets have short names, or names that no system takes."""
    folder = FOLDERS[request.param](tmp_path)
    folder.mkdir(exist_ok=True)
    assert (len(str(folder / NAME)) > LONGEST) or request.param == "short"
    return folder / "hub.db"


def test_a_sleeping_hub_is_woken_each_time(log: Path) -> None:
    heard = threading.Event()
    with woken(log, heard.set):
        for _ in range(3):
            heard.clear()
            wake(log)
            assert heard.wait(PATIENCE)
        assert (log.parent / NAME).stat().st_mode & 0o777 == 0o600
    assert not (log.parent / NAME).exists()


def test_nobody_listens(log: Path) -> None:
    wake(log)
    with woken(log, threading.Event().set):
        pass
    wake(log)
    (log.parent / NAME).touch()
    wake(log)


def test_a_hub_that_hears_nothing_any_more_is_not_waited_for(log: Path) -> None:
    """More bytes than the kernel keeps."""
    hangs, goes_on = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        goes_on.wait(PATIENCE)

    with woken(log, hang):
        wake(log)
        assert hangs.wait(PATIENCE)
        for _ in range(2000):
            wake(log)
        goes_on.set()


def test_the_socket_of_a_killed_hub_is_taken_over(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as left:
        left.bind(str(tmp_path / NAME))
    heard = threading.Event()
    with woken(tmp_path / "hub.db", heard.set):
        wake(tmp_path / "hub.db")
        assert heard.wait(PATIENCE)


def test_a_folder_that_takes_no_socket_makes_the_hub_slower_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with woken(tmp_path / "hub.db", threading.Event().set):
        wake(tmp_path / "hub.db")


def test_a_request_wakes_once_it_is_written_down(tmp_path: Path) -> None:
    log, met = SqliteEventLog(tmp_path / "hub.db"), list[int]()
    with woken(log.path, lambda: met.extend(seen.number for seen in log.requests(after=0))):
        number = log.ask(Asking(verb="trigger", by="human"), at=clock.now())
        assert wait_until(lambda: met, PATIENCE, "the request") == [number]
    log.close()
